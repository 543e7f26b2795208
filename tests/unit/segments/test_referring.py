"""Which segments may name which."""

import pytest

from dripline.kernel.errors import Invalid
from dripline.kernel.ids import SegmentId, new_uuid
from dripline.segments.referring import below, refuse_cycle, refuse_depth, upon
from dripline.segments.store import Named

A, B, C, D = (SegmentId(new_uuid()) for _ in range(4))
GRAPH = {
    A: Named("a", frozenset()),
    B: Named("b", frozenset([A])),
    C: Named("c", frozenset([A, B])),
    D: Named("d", frozenset([C])),
}


def test_those_upon_a_segment_come_after_what_they_name() -> None:
    assert [upon(each, GRAPH) for each in (A, B, C, D)] == [[B, C, D], [C, D], [D], []]


def test_those_below_are_all_that_are_needed() -> None:
    assert below([D], GRAPH) == {A, B, C, D}
    assert below([B], GRAPH) == {A, B}


def test_naming_what_leads_back_is_refused_with_the_way() -> None:
    with pytest.raises(Invalid, match="a → d → c → a"):
        refuse_cycle(A, [D], GRAPH)


def test_naming_the_same_segment_by_two_ways_is_no_circle() -> None:
    refuse_cycle(D, [B, C], GRAPH)


def test_depth_counts_the_longest_way() -> None:
    chain = [SegmentId(new_uuid()) for _ in range(7)]
    graph = {each: Named(f"s{place}", frozenset(chain[:place])) for place, each in enumerate(chain)}

    refuse_depth(graph, chain[:6])
    with pytest.raises(Invalid, match="'s6' would lie 6 segments deep"):
        refuse_depth(graph, chain)
