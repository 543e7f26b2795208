"""Calls of addresses that others named: signed, to public addresses only, and never redirected."""
