"""Blocks that were made of HTML, put in order by a model: it may lose nothing, add nothing, and change no word."""
