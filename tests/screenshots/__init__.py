"""Pictures of mails as a real browser shows them: `make mail-screenshots`."""
