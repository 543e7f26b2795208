"""Mails made of blocks: what a block is, how a tree of them is read, and how it becomes HTML."""
