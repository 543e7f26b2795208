"""Dripline: an engine for email sequences."""

__version__ = "0.1.0"
