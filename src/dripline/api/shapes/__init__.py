"""What answers look like, where several routes give the same."""
