"""The rules of a segment, in every format that is read. Pure."""

from dripline.segments.formats.reading import format_of, read_rules

__all__ = ["format_of", "read_rules"]
