"""Feedback: what other servers say about mail, hours or days after they took it."""
