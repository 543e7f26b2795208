"""Versions of a sequence: what an author has written becomes one, and those who are inside are brought along."""
