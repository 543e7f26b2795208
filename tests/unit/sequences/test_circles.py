"""Sequences that start each other: what a definition causes, and the circle that a warning names."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.ids import SequenceId
from dripline.sequences.circles import causes, circle, enrolls
from dripline.sequences.model import References
from tests.unit.sequences.test_moving import a_definition

LIST, OTHER = UUID(int=7), UUID(int=8)
_IDS = st.integers(0, 5).map(lambda number: SequenceId(UUID(int=number)))


def s(number: int) -> SequenceId:
    return SequenceId(UUID(int=number))


def test_the_changes_of_a_definition_are_the_facts_that_it_causes() -> None:
    definition = a_definition(
        "action: tag, tag: VIP",
        "action: condition, tag: x, then: [ { action: untag, tag: old } ]",
        "action: addToList, list: news",
        "action: removeFromList, list: news",
        "action: email, template: a-mail",
        "action: enroll, sequence: other",
        "action: delay, duration: 1d",
    )
    references = References(lists={"news": LIST}, sequences={"other": OTHER})

    assert causes(definition, references) == {
        ("tag", "vip"),
        ("untag", "old"),
        ("list", str(LIST)),
        ("unlist", str(LIST)),
        ("event", "email.sent"),
    }
    assert enrolls(definition, references) == {OTHER}


def test_the_shortest_circle_is_named_with_both_ends() -> None:
    follows = {s(1): {s(2), s(3)}, s(2): {s(4)}, s(3): {s(1)}, s(4): {s(1)}}

    assert circle(s(1), follows) == (s(1), s(3), s(1))


def test_a_sequence_that_starts_itself_is_a_circle_of_one() -> None:
    assert circle(s(1), {s(1): {s(1)}}) == (s(1), s(1))


def test_a_circle_of_others_is_not_ones_own() -> None:
    assert circle(s(1), {s(1): {s(2)}, s(2): {s(3)}, s(3): {s(2)}}) is None


@settings(max_examples=150, deadline=None)
@given(follows=st.dictionaries(_IDS, st.frozensets(_IDS)), start=_IDS)
def test_a_circle_is_found_exactly_where_one_can_come_back(
    follows: dict[SequenceId, frozenset[SequenceId]], start: SequenceId
) -> None:
    reached: set[SequenceId] = set()
    frontier = set(follows.get(start, ()))
    while frontier - reached:
        reached |= frontier
        frontier = {after for each in frontier for after in follows.get(each, ())}

    way = circle(start, follows)

    assert (way is not None) == (start in reached)
    if way is not None:
        assert way[0] == way[-1] == start
        assert all(after in follows[before] for before, after in pairwise(way))
