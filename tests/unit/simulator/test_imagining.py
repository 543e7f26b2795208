"""A contact who is imagined: what is assumed happens at its time, what a run changes is changed."""

from datetime import timedelta
from uuid import UUID

import pytest

from dripline.contacts.facts import Company, ContactFacts
from dripline.engine.insight.dry_running import nobody
from dripline.engine.insight.imagining import Imagined
from dripline.kernel.addresses import parse_address
from dripline.predicates.model import Comparison, EventTest, Operator
from dripline.sequences.interpreter.program import (
    AddTag,
    Change,
    EnterSequence,
    JoinList,
    LeaveList,
    RemoveTag,
    SetProperty,
)
from dripline.sequences.simulator.world import AssumedEvent
from tests.makers.programs import NOON

HOUR = timedelta(hours=1)
NEWS, SHOP = UUID(int=1), UUID(int=2)
PAID = EventTest("paid")
BIG = EventTest("paid", (Comparison("event.total", Operator.GREATER_THAN, 10),))
LATELY = EventTest("paid", within="2h")

FACTS = ContactFacts(
    nobody(parse_address("ann@example.com"), NOON),
    {"plan": "pro"},
    NOON,
    Company(frozenset({"trial"}), frozenset({SHOP})),
    {"news": NEWS, "shop": SHOP},
)
PAYING = Imagined(
    FACTS,
    (AssumedEvent("paid", NOON + 3 * HOUR, {"total": 49}), AssumedEvent("paid", NOON + HOUR, {"total": 5})),
    (PAID, BIG, LATELY),
)


@pytest.mark.parametrize(
    ("hours", "counts", "firsts"),
    [
        (0, (0, 0, 0), (None, None)),
        (1, (1, 0, 1), (1, None)),
        (3, (2, 1, 1), (1, 3)),
        (9, (2, 1, 0), (1, 3)),
    ],
)
def test_events_count_from_when_they_happen(
    hours: int, counts: tuple[int, int, int], firsts: tuple[int | None, int | None]
) -> None:
    known = PAYING.at(NOON + hours * HOUR)

    assert tuple(known.count(test) for test in (PAID, BIG, LATELY)) == counts
    times = (None if hour is None else NOON + hour * HOUR for hour in firsts)
    assert (known.first(PAID), known.first(BIG)) == tuple(times)


def test_the_next_event_is_the_first_after_a_time() -> None:
    assert PAYING.next_event("paid", after=NOON) == NOON + HOUR
    assert PAYING.next_event("paid", after=NOON + HOUR) == NOON + 3 * HOUR
    assert PAYING.next_event("paid", after=NOON + 3 * HOUR) is None
    assert PAYING.next_event("login", after=NOON) is None


@pytest.mark.parametrize(
    ("change", "tags", "lists", "plan"),
    [
        (AddTag("vip"), {"trial", "vip"}, {SHOP}, None),
        (RemoveTag("trial"), set(), {SHOP}, None),
        (JoinList("news"), {"trial"}, {SHOP, NEWS}, None),
        (LeaveList("shop"), {"trial"}, set(), None),
        (SetProperty("plan", "team"), {"trial"}, {SHOP}, "team"),
        (EnterSequence("winback"), {"trial"}, {SHOP}, None),
    ],
)
def test_a_change_is_seen_from_then_on(change: Change, tags: set[str], lists: set[UUID], plan: str | None) -> None:
    known = PAYING.after(change).at(NOON)

    assert (set(known.company.tags), set(known.company.lists)) == (tags, lists)
    assert known.look_up("contact.properties.plan") == plan
    assert PAYING.at(NOON).company == FACTS.company


def test_a_property_that_is_set_to_nothing_is_gone() -> None:
    known = PAYING.after(SetProperty("plan", "team")).after(SetProperty("plan", None)).at(NOON)

    assert known.look_up("contact.properties.plan") is None
    assert known.look_up("event.plan") == "pro"
