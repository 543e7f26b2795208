"""Delays to a local time and to a date."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from dripline.kernel.values import Json
from dripline.sequences.interpreter.model import (
    Cursor,
    Decision,
    Ended,
    EndStatus,
    Outcome,
    Settlement,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Branch, Delay, Email, Go, Leave, Program, Until
from dripline.sequences.interpreter.stepping import advance, settled, step
from tests.makers.programs import NOON, KnownFacts

NINE = time(9)
DAY = timedelta(days=1)
RENEWS = "contact.properties.renewsAt"
BYE = Email("bye", "bye", None, None)
ON = Go("bye")
PAUSE = Cursor("pause", NOON, 0)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _living_in(zone: str | None, renews: Json = None) -> KnownFacts:
    return KnownFacts({"contact.timezone": zone, RENEWS: renews})


def _to_nine(duration: timedelta) -> Program:
    return Program({"pause": Delay("pause", duration, "bye", NINE), "bye": BYE}, "pause", ())


def _until(at: time | None = None, *, on_missing: Branch = ON, on_past: Branch = ON) -> Program:
    return Program({"pause": Until("pause", RENEWS, at, on_missing, on_past, "bye"), "bye": BYE}, "pause", ())


@pytest.mark.parametrize(
    ("duration", "zone", "ends"),
    [
        # NOON is noon in UTC, 07:00 in New York, 01:00 of the next day in Auckland.
        (timedelta(), None, "2030-01-02T09:00"),
        (timedelta(), "America/New_York", "2030-01-01T14:00"),
        (timedelta(), "Pacific/Auckland", "2030-01-01T20:00"),
        (DAY, None, "2030-01-02T09:00"),
        (DAY, "America/New_York", "2030-01-02T14:00"),
        (3 * DAY, "Europe/Berlin", "2030-01-04T08:00"),
        # Clocks go forward on 2030-03-31 in Berlin: it is nine there an hour earlier, counted in UTC.
        (88 * DAY, "Europe/Berlin", "2030-03-30T08:00"),
        (89 * DAY, "Europe/Berlin", "2030-03-31T07:00"),
    ],
)
def test_a_delay_to_a_local_time_ends_at_it(duration: timedelta, zone: str | None, ends: str) -> None:
    decision = step(_to_nine(duration), PAUSE, _living_in(zone), NOON)

    assert decision == Decision(Waiting(PAUSE, _utc(ends), "field:timezone"))


def test_a_local_time_follows_the_contact_who_moves() -> None:
    program = _to_nine(DAY)
    in_berlin = step(program, PAUSE, _living_in("Europe/Berlin"), NOON)
    assert isinstance(in_berlin.state, Waiting)

    in_los_angeles = step(program, PAUSE, _living_in("America/Los_Angeles"), in_berlin.state.until)

    assert in_los_angeles.state == Waiting(PAUSE, _utc("2030-01-02T17:00"), "field:timezone")


@pytest.mark.parametrize(
    ("renews", "at", "zone", "ends"),
    [
        ("2030-01-10T15:00:00Z", None, None, "2030-01-10T15:00"),
        ("2030-01-10", None, "America/New_York", "2030-01-10T05:00"),
        ("2030-01-10", NINE, "America/New_York", "2030-01-10T14:00"),
        ("2030-01-10", NINE, None, "2030-01-10T09:00"),
    ],
)
def test_a_delay_lasts_until_its_date(renews: str, at: time | None, zone: str | None, ends: str) -> None:
    decision = step(_until(at), PAUSE, _living_in(zone, renews), NOON)

    assert decision == Decision(Waiting(PAUSE, _utc(ends), "property:renewsAt"))


def test_a_date_that_has_come_lets_go_without_a_visit() -> None:
    decision = step(_until(), PAUSE, _living_in(None, "2030-01-02"), _utc("2030-01-02T00:00"))

    assert decision == Decision(Waiting(Cursor("bye", _utc("2030-01-02T00:00"), 0), _utc("2030-01-02T00:00")))


@pytest.mark.parametrize(("moved_to", "until"), [("2030-02-01", "2030-02-01"), ("2030-01-05", "2030-01-05")])
def test_a_date_that_moves_moves_the_delay(moved_to: str, until: str) -> None:
    program = _until()
    first = step(program, PAUSE, _living_in(None, "2030-01-10"), NOON)
    assert isinstance(first.state, Waiting)

    woken = step(program, first.state.cursor, _living_in(None, moved_to), NOON + DAY)

    assert woken.state == Waiting(PAUSE, _utc(until), "property:renewsAt")


def test_a_date_that_moves_to_before_now_lets_go_at_once() -> None:
    decision = step(_until(), PAUSE, _living_in(None, "2030-01-02"), NOON + 3 * DAY)

    assert decision.state == Waiting(Cursor("bye", NOON + 3 * DAY, 0), NOON + 3 * DAY)


MISSING = f"there is no date at {RENEWS}"
PAST = f"{RENEWS} is past: 2029-12-31T00:00:00.000Z"


@pytest.mark.parametrize("renews", [None, "soon", "", 1893456000, ["2030-01-10"], True])
def test_without_a_date_the_delay_is_passed_over_and_says_so(renews: Json) -> None:
    decision = step(_until(), PAUSE, _living_in(None, renews), NOON)

    visit = Visit(1, "pause", "delay", Outcome.SKIPPED, MISSING, NOON)
    assert decision == Decision(Waiting(Cursor("bye", NOON, 1), NOON), (visit,))


def test_without_a_date_the_author_may_let_nobody_go_on() -> None:
    decision = step(_until(on_missing=Leave("step")), PAUSE, _living_in(None), NOON)

    visit = Visit(1, "pause", "delay", Outcome.EXITED, MISSING, NOON)
    assert decision == Decision(Ended(EndStatus.EXITED, "step", replace(PAUSE, visits=1)), (visit,))


@pytest.mark.parametrize("renews", ["2029-12-31", "2030-01-01T12:00:00Z"])
def test_a_date_that_is_past_at_the_arrival_goes_on_and_says_so(renews: str) -> None:
    decision = step(_until(), PAUSE, _living_in(None, renews), NOON + DAY)

    assert [(visit.step, visit.outcome) for visit in decision.visits] == [("pause", Outcome.SKIPPED)]
    assert decision.state == Waiting(Cursor("bye", NOON + DAY, 1), NOON + DAY)


def test_a_date_that_is_past_never_mails_when_the_author_skips_the_next_step() -> None:
    program = _until(on_past=Go(None, ("bye",)))

    decision = step(program, PAUSE, _living_in(None, "2029-12-31"), NOON)

    visits = (
        Visit(1, "pause", "delay", Outcome.SKIPPED, PAST, NOON),
        Visit(2, "bye", "email", Outcome.SKIPPED, "skipped by pause", NOON),
    )
    assert decision == Decision(Ended(EndStatus.COMPLETED, None, Cursor(None, NOON, 2)), visits)


def test_a_date_that_is_past_can_end_the_run() -> None:
    decision = step(_until(on_past=Leave("step")), PAUSE, _living_in(None, "2029-12-31"), NOON)

    visit = Visit(1, "pause", "delay", Outcome.EXITED, PAST, NOON)
    assert decision == Decision(Ended(EndStatus.EXITED, "step", replace(PAUSE, visits=1)), (visit,))


def test_a_turn_that_comes_late_does_not_make_a_date_past() -> None:
    program = _until(on_past=Leave("step"))

    decision = advance(program, PAUSE, _living_in(None, "2030-01-02"), NOON + 30 * DAY)

    assert decision.visits == ()
    assert decision.state.cursor.step == "bye"


@pytest.mark.parametrize(
    "pause", [Delay("pause", DAY, None, NINE), Until("pause", RENEWS, None, Go(None), Go(None), None)]
)
def test_after_a_mail_what_needs_the_facts_is_due_at_once(pause: Delay | Until) -> None:
    program = Program({"hi": Email("hi", "hi", None, "pause"), "pause": pause, "bye": BYE}, "hi", ())

    decision = settled(program, Cursor("hi", NOON, 1), Settlement.SENT, NOON)

    assert decision.state == Waiting(Cursor("pause", NOON, 1), NOON)
