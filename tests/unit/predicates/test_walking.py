"""What conditions consist of, depend on, and cross by time alone."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings

from dripline.predicates import walking
from dripline.predicates.boundaries import Boundary, DateBoundary, EventBoundary, boundaries
from dripline.predicates.dependencies import Key, keys_of
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.walking import depth_of, events_in, lists_in, segments_in
from tests.makers.conditions import predicates

NEWS, POWER = UUID(int=1), UUID(int=2)
WEEK = timedelta(days=7)
ORDERED = EventTest("order.placed", within="7d")
EVERYTHING = All(
    (
        AnyOf((TagTest("vip"), ListTest("newsletter"), ListTest("*"))),
        Not(SegmentTest("power-users")),
        ORDERED,
        Not(ORDERED),
        EventTest("app.opened"),
    )
)


def exists(path: str) -> Comparison:
    return Comparison(path, Operator.EXISTS)


def test_the_tests_in_a_condition_are_found_in_order() -> None:
    assert list(walking.tests_in(EVERYTHING)) == [
        TagTest("vip"),
        ListTest("newsletter"),
        ListTest("*"),
        SegmentTest("power-users"),
        ORDERED,
        ORDERED,
        EventTest("app.opened"),
    ]
    assert lists_in(EVERYTHING) == {"newsletter"}
    assert segments_in(EVERYTHING) == {"power-users"}
    assert events_in(EVERYTHING) == (ORDERED, EventTest("app.opened"))


def test_the_levels_of_a_condition_are_counted() -> None:
    assert depth_of(TagTest("a")) == 1
    assert depth_of(All(())) == 1
    assert depth_of(EVERYTHING) == 3


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (exists("contact.email"), {("field", "email")}),
        (exists("contact.subscribed"), {("field", "unsubscribed")}),
        (exists("contact.tags"), {("tag", "*"), ("untag", "*")}),
        (exists("contact.properties.plan"), {("property", "plan")}),
        (exists("contact.properties.a.b"), {("property", "a"), ("property", "a.b")}),
        (DateTest("contact.properties.at", Relation.IN_THE_LAST, "7d"), {("property", "at")}),
        (TagTest("vip"), {("tag", "vip"), ("untag", "vip")}),
        (TagTest("*"), {("tag", "*"), ("untag", "*")}),
        (ListTest("newsletter"), {("list", str(NEWS)), ("unlist", str(NEWS))}),
        (ListTest("*"), {("list", "*"), ("unlist", "*")}),
        (ListTest("nowhere"), set()),
        (SegmentTest("power-users"), {("segment", str(POWER)), ("unsegment", str(POWER))}),
        (SegmentTest("nowhere"), set()),
        (
            EventTest("order.placed", (exists("event.total"), exists("contact.timezone"))),
            {("event", "order.placed"), ("field", "timezone")},
        ),
        (
            AnyOf((Not(TagTest("a")), All((exists("contact.userId"),)))),
            {("tag", "a"), ("untag", "a"), ("field", "userId")},
        ),
    ],
)
def test_a_condition_listens_to_what_can_change_it(predicate: Predicate, expected: set[Key]) -> None:
    keys = keys_of(predicate, {"newsletter": NEWS}, {"power-users": POWER})

    # Of a new contact nothing is known that was not known before, but that may be what is asked for.
    assert keys == {("contact", "added"), *expected}


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (TagTest("vip"), ()),
        (EventTest("order.placed"), ()),
        (ORDERED, (EventBoundary("order.placed", timedelta()), EventBoundary("order.placed", WEEK))),
        (
            DateTest("contact.createdAt", Relation.IN_THE_LAST, "7d"),
            (DateBoundary("contact.createdAt", timedelta()), DateBoundary("contact.createdAt", WEEK)),
        ),
        (
            DateTest("contact.properties.at", Relation.MORE_THAN_AGO, "7d"),
            (DateBoundary("contact.properties.at", WEEK),),
        ),
        (
            DateTest("contact.properties.at", Relation.IN_THE_NEXT, "7d"),
            (DateBoundary("contact.properties.at", -WEEK), DateBoundary("contact.properties.at", timedelta())),
        ),
        (
            DateTest("contact.properties.at", Relation.MORE_THAN_AHEAD, "7d"),
            (DateBoundary("contact.properties.at", -WEEK),),
        ),
        (
            All((ORDERED, Not(ORDERED))),
            (EventBoundary("order.placed", timedelta()), EventBoundary("order.placed", WEEK)),
        ),
    ],
)
def test_time_alone_flips_a_condition_at_these_boundaries(predicate: Predicate, expected: tuple[Boundary, ...]) -> None:
    assert boundaries(predicate) == expected


@settings(max_examples=100, deadline=None)
@given(predicates())
def test_every_condition_can_be_walked_through(predicate: Predicate) -> None:
    assert len(list(walking.tests_in(predicate))) >= len(events_in(predicate))
    assert keys_of(predicate, {}, {}) >= {("contact", "added")}
    assert depth_of(predicate) >= 1
    assert len(set(boundaries(predicate))) == len(boundaries(predicate))
