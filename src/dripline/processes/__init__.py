"""The processes: how the parts are wired together and kept alive."""
