"""Campaigns: named groups of sequences and templates, with their numbers added up."""
