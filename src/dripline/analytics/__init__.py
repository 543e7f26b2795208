"""Analytics: what became of the mail of a sequence, counted as it happens."""
