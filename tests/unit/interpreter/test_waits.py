"""Waits: the event or the timeout, never both."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.predicates.model import Comparison, EventTest, Operator
from dripline.sequences.interpreter.model import (
    Cursor,
    Decision,
    Ended,
    EndStatus,
    Outcome,
    Parked,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Branch, Email, Go, Leave, Program, Wait
from dripline.sequences.interpreter.stepping import advance, step
from tests.makers.programs import NOON, NOTHING, KnownFacts, seen_at

DAY = timedelta(days=1)
BYE = Email("bye", "bye", None, None)
WAITING = Cursor("wait", NOON, 0)
ON = Go("bye")
TIMED_OUT = "checkout did not happen within 3d"


def _program(on_timeout: Branch = ON, *, exits: tuple[Comparison, ...] = ()) -> Program:
    wait = Wait("wait", EventTest("checkout"), 3 * DAY, on_timeout, "bye")
    return Program({"wait": wait, "bye": BYE}, "wait", exits)


def _checked_out(at: datetime) -> KnownFacts:
    return KnownFacts(events={"checkout": at})


def test_a_wait_waits_for_its_event_and_at_most_for_its_timeout() -> None:
    decision = step(_program(), WAITING, NOTHING, NOON + DAY)

    assert decision == Decision(Waiting(WAITING, NOON + 3 * DAY, "event:checkout"))


def test_the_event_ends_the_wait() -> None:
    at = NOON + DAY

    decision = step(_program(), WAITING, _checked_out(at), at)

    visit = Visit(1, "wait", "wait", Outcome.DONE, "checkout happened at 2030-01-02T12:00:00.000Z", at)
    assert decision == Decision(Waiting(Cursor("bye", at, 1), at), (visit,))


def test_an_event_that_came_before_the_wait_is_not_missed() -> None:
    decision = step(_program(), WAITING, _checked_out(NOON - timedelta(seconds=1)), NOON)

    assert [visit.outcome for visit in decision.visits] == [Outcome.DONE]


def test_the_timeout_goes_on() -> None:
    late = NOON + 3 * DAY

    decision = step(_program(), WAITING, NOTHING, late)

    visit = Visit(1, "wait", "wait", Outcome.WAITED, TIMED_OUT, late)
    assert decision == Decision(Waiting(Cursor("bye", late, 1), late), (visit,))


def test_the_timeout_can_end_the_run() -> None:
    late = NOON + 3 * DAY

    decision = step(_program(Leave("timeout")), WAITING, NOTHING, late)

    visit = Visit(1, "wait", "wait", Outcome.EXITED, TIMED_OUT, late)
    assert decision == Decision(Ended(EndStatus.EXITED, "timeout", Cursor("wait", NOON, 1)), (visit,))


def test_a_turn_that_comes_late_does_not_take_an_event_in_time_for_a_timeout() -> None:
    decision = step(_program(Leave("timeout")), WAITING, _checked_out(NOON + 3 * DAY), NOON + 9 * DAY)

    assert [visit.outcome for visit in decision.visits] == [Outcome.DONE]


def test_an_event_after_the_deadline_does_not_undo_the_timeout() -> None:
    one_too_late = NOON + 3 * DAY + timedelta(microseconds=1)

    decision = step(_program(Leave("timeout")), WAITING, _checked_out(one_too_late), NOON + 9 * DAY)

    assert [visit.outcome for visit in decision.visits] == [Outcome.EXITED]


def test_an_exit_after_a_wait_belongs_to_the_step_it_prevents() -> None:
    program = _program(exits=(Comparison("contact.email", Operator.NOT_EXISTS),))

    decision = advance(program, WAITING, NOTHING, NOON + 3 * DAY)

    assert [(visit.step, visit.outcome) for visit in decision.visits] == [
        ("wait", Outcome.WAITED),
        ("bye", Outcome.EXITED),
    ]


def test_an_exit_condition_is_looked_at_when_a_wait_begins() -> None:
    program = _program(exits=(Comparison("contact.email", Operator.NOT_EXISTS),))

    decision = step(program, WAITING, NOTHING, NOON)

    assert [(visit.step, visit.outcome) for visit in decision.visits] == [("wait", Outcome.EXITED)]


_HOURS = st.integers(-10, 100)


@pytest.mark.parametrize("leaves", [False, True])
@settings(max_examples=150, deadline=None)
@given(event=st.none() | _HOURS, looks=st.lists(_HOURS.filter(lambda hour: hour >= 0), max_size=6))
def test_a_wait_is_resolved_once_whenever_it_is_looked_at(leaves: bool, event: int | None, looks: list[int]) -> None:
    program = _program(Leave("timeout") if leaves else ON)
    happened = NOON + timedelta(hours=event) if event is not None else None
    known = _checked_out(happened) if happened is not None else NOTHING
    state: State = Waiting(WAITING, NOON)
    outcomes: list[Outcome] = []

    for hour in (*sorted(looks), 200):
        now = NOON + timedelta(hours=hour)
        if isinstance(state, Waiting):
            decision = advance(program, state.cursor, seen_at(known, now), now)
            outcomes += [visit.outcome for visit in decision.visits]
            state = decision.state

    in_time = happened is not None and happened <= NOON + 3 * DAY
    assert outcomes == [Outcome.DONE if in_time else Outcome.EXITED if leaves else Outcome.WAITED]
    assert isinstance(state, Parked) is (in_time or not leaves)
