"""Domains that mail comes from: what belongs into their DNS, whether it is there, and the keys that sign mail."""
