"""How a mail that was decided on leaves the house: written, checked, handed over, its outcome recorded."""
