"""Changing the text of a definition step by step: what is not changed keeps its spelling, order, comments and ids."""
