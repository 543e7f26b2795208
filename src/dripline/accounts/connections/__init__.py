"""Connections: the accounts that a workspace has with providers outside, and their secrets."""
