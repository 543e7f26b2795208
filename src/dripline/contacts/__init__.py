"""People: their addresses, properties, wishes, and the addresses that must not be mailed."""
