"""Sequences: how they are written, checked, run and kept."""
