"""Webhooks: what happened, told to addresses that a workspace has named; at least once, and in no order."""
