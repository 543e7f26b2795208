"""Which way of a split a contact takes."""

from bisect import bisect_right
from itertools import accumulate

from dripline.sequences.interpreter.program import Split, Way


def way_of(split: Split, drawn: float) -> Way:
    """The way whose share of the span from 0 to 1 holds the number that was drawn; the last one takes the rest."""
    *bounds, total = accumulate(way.weight for way in split.branches)
    return split.branches[bisect_right(bounds, drawn * total)]
