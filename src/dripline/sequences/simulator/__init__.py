"""The simulator: a whole run in virtual time, by the interpreter that runs live."""
