"""Segments: contacts for whom rules hold, built for all at once and kept up with every change of one."""
