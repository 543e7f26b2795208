"""Mail and the sending window."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from dripline.predicates.model import Comparison, Operator
from dripline.sequences.interpreter.model import (
    Cursor,
    Decision,
    Ended,
    EndStatus,
    Outcome,
    Parked,
    SendEmail,
    Settlement,
    Waiting,
)
from dripline.sequences.interpreter.program import Condition, Delay, Email, Leave, Program
from dripline.sequences.interpreter.stepping import advance, settled, step
from dripline.sequences.interpreter.windows import Window
from tests.makers.programs import NOON, NOTHING, KnownFacts, facts

DAY = timedelta(days=1)
MORNING = Window(time(9), time(11), frozenset(range(7)))
HI = Email("hi", "welcome", None, "pause")
PAUSE = Delay("pause", DAY, "bye")
BYE = Email("bye", "bye", None, None)
PRO = Comparison("contact.properties.plan", Operator.EQUALS, "pro")
PROGRAM = Program({node.id: node for node in (HI, PAUSE, BYE)}, "hi", (), MORNING)
AT_HI = Cursor("hi", NOON, 0)
SENT = Decision(Parked(replace(AT_HI, visits=1), SendEmail(1, "hi", "welcome", None)))


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _living_in(zone: str) -> KnownFacts:
    return KnownFacts({"contact.timezone": zone})


def test_a_mail_outside_the_window_waits_until_it_opens() -> None:
    decision = step(PROGRAM, AT_HI, NOTHING, NOON)

    assert decision == Decision(Waiting(AT_HI, _utc("2030-01-02T09:00"), "field:timezone"))


def test_a_mail_inside_the_window_is_asked_for() -> None:
    assert step(PROGRAM, AT_HI, NOTHING, _utc("2030-01-02T10:59")) == SENT


def test_the_window_of_the_contact_is_where_they_live_at_the_time_of_the_mail() -> None:
    in_berlin = step(PROGRAM, AT_HI, _living_in("Europe/Berlin"), NOON)
    assert isinstance(in_berlin.state, Waiting)

    in_new_york = step(PROGRAM, AT_HI, _living_in("America/New_York"), in_berlin.state.until)

    assert in_berlin.state.until == _utc("2030-01-02T08:00")
    assert in_new_york.state == Waiting(AT_HI, _utc("2030-01-02T14:00"), "field:timezone")


def test_a_window_in_a_fixed_zone_does_not_hear_of_moves() -> None:
    fixed = replace(PROGRAM, window=replace(MORNING, timezone="Asia/Tokyo"))

    decision = step(fixed, AT_HI, _living_in("Europe/Berlin"), NOON)

    assert decision.state == Waiting(AT_HI, _utc("2030-01-02T00:00"))


def test_only_mail_waits_for_the_window() -> None:
    ask = Condition("ask", PRO, Leave("condition"), "pause")
    program = Program({"ask": ask, "pause": PAUSE, "bye": BYE}, "ask", (), MORNING)

    decision = advance(program, Cursor("ask", NOON, 0), NOTHING, NOON)

    assert [visit.outcome for visit in decision.visits] == [Outcome.FALSE]
    assert decision.state == Waiting(Cursor("pause", NOON, 1), NOON + DAY)


def test_a_mail_that_waited_for_the_window_is_not_sent_to_who_has_left_meanwhile() -> None:
    program = replace(PROGRAM, exits=(PRO,))

    decision = step(program, AT_HI, facts(plan="pro"), _utc("2030-01-02T09:00"))

    assert decision.state == Ended(EndStatus.EXITED, "exit_condition", Cursor("hi", NOON, 1))


def test_the_delay_after_a_mail_that_waited_counts_from_its_sending() -> None:
    opens = _utc("2030-01-02T09:00")
    parked = step(PROGRAM, AT_HI, NOTHING, opens)

    decision = settled(PROGRAM, parked.state.cursor, Settlement.SENT, opens)

    assert decision.state == Waiting(Cursor("pause", opens, 1), opens + DAY)
