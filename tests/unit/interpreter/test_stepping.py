"""What an enrollment does next."""

from datetime import timedelta

import pytest

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
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Condition, Delay, Email, Go, Leave, Program
from dripline.sequences.interpreter.stepping import advance, settled, step
from tests.makers.programs import NOON, NOTHING, facts

IS_PRO = Comparison("contact.properties.plan", Operator.EQUALS, "pro")
PRO = facts(plan="pro")
DAY = timedelta(days=1)
LATER = NOON + DAY

HI = Email("hi", "welcome", None, "pause")
PAUSE = Delay("pause", DAY, "bye")
BYE = Email("bye", "bye", "ann@example.com", None)


def _program(*nodes: Email | Delay | Condition, exits: tuple[Comparison, ...] = ()) -> Program:
    return Program({node.id: node for node in nodes}, nodes[0].id if nodes else None, exits)


SIMPLE = _program(HI, PAUSE, BYE)
GUARDED = _program(HI, PAUSE, BYE, exits=(IS_PRO,))


def _at(name: str | None, *, visits: int = 0) -> Cursor:
    return Cursor(name, NOON, visits)


def test_an_email_parks_the_enrollment_under_its_visit() -> None:
    decision = step(SIMPLE, _at("hi", visits=4), NOTHING, LATER)

    assert decision == Decision(Parked(_at("hi", visits=5), SendEmail(5, "hi", "welcome", None)))


def test_a_delay_counts_from_the_arrival() -> None:
    decision = step(SIMPLE, _at("pause"), NOTHING, NOON + DAY / 2)

    assert decision == Decision(Waiting(_at("pause"), LATER))


def test_a_delay_that_is_over_is_left_at_once() -> None:
    decision = step(SIMPLE, _at("pause", visits=1), NOTHING, LATER)

    assert decision == Decision(Waiting(Cursor("bye", LATER, 1), LATER))


def test_a_wake_before_the_time_changes_nothing() -> None:
    first = step(SIMPLE, _at("pause"), NOTHING, NOON)
    assert isinstance(first.state, Waiting)

    again = step(SIMPLE, first.state.cursor, NOTHING, LATER - timedelta(seconds=1))

    assert again == first


@pytest.mark.parametrize("place", ["hi", "pause", "bye"])
def test_an_exit_condition_comes_before_every_step(place: str) -> None:
    decision = step(GUARDED, _at(place, visits=2), PRO, NOON)

    reason = 'contact.properties.plan is "pro": equals "pro" holds'
    action = "delay" if place == "pause" else "email"
    visit = Visit(3, place, action, Outcome.EXITED, reason, NOON)
    assert decision == Decision(Ended(EndStatus.EXITED, "exit_condition", _at(place, visits=3)), (visit,))


def test_an_exit_after_a_delay_belongs_to_the_step_it_prevents() -> None:
    decision = advance(GUARDED, _at("pause", visits=1), PRO, LATER)

    assert decision.state == Ended(EndStatus.EXITED, "exit_condition", Cursor("bye", LATER, 2))
    assert [(visit.step, visit.outcome) for visit in decision.visits] == [("bye", Outcome.EXITED)]


def test_the_end_is_complete_whatever_the_exit_conditions_say() -> None:
    decision = step(GUARDED, _at(None, visits=2), PRO, NOON)

    assert decision == Decision(Ended(EndStatus.COMPLETED, None, _at(None, visits=2)))


def test_a_sequence_that_ends_with_a_delay_ends_after_it() -> None:
    program = _program(Delay("pause", DAY, None))

    assert advance(program, _at("pause"), NOTHING, NOON).state == Waiting(_at("pause"), LATER)
    assert advance(program, _at("pause"), NOTHING, LATER).state == Ended(
        EndStatus.COMPLETED, None, Cursor(None, LATER, 0)
    )


def test_a_true_condition_can_leave() -> None:
    program = _program(Condition("ask", IS_PRO, Leave("condition"), "hi"), HI, PAUSE, BYE)

    decision = step(program, _at("ask"), PRO, NOON)

    reason = 'contact.properties.plan is "pro": equals "pro" holds'
    visit = Visit(1, "ask", "condition", Outcome.TRUE, reason, NOON)
    assert decision == Decision(Ended(EndStatus.EXITED, "condition", _at("ask", visits=1)), (visit,))


def test_a_true_condition_can_skip_the_next_step() -> None:
    program = _program(Condition("ask", IS_PRO, Go("pause", ("hi",)), "hi"), HI, PAUSE, BYE)

    decision = advance(program, _at("ask"), PRO, NOON)

    assert decision.state == Waiting(_at("pause", visits=2), LATER)
    assert [(visit.number, visit.step, visit.action, visit.outcome) for visit in decision.visits] == [
        (1, "ask", "condition", Outcome.TRUE),
        (2, "hi", "email", Outcome.SKIPPED),
    ]
    assert decision.visits[1].reason == "skipped by ask"


def test_a_false_condition_goes_on() -> None:
    program = _program(Condition("ask", IS_PRO, Leave("condition"), "hi"), HI, PAUSE, BYE)

    decision = step(program, _at("ask"), NOTHING, LATER)

    reason = 'contact.properties.plan is missing: equals "pro" does not hold'
    visit = Visit(1, "ask", "condition", Outcome.FALSE, reason, LATER)
    assert decision == Decision(Waiting(Cursor("hi", LATER, 1), LATER), (visit,))


def test_advance_goes_on_until_there_is_something_to_wait_for() -> None:
    program = _program(Delay("none", timedelta(), "ask"), Condition("ask", IS_PRO, Go("hi"), "hi"), HI, PAUSE, BYE)

    decision = advance(program, _at("none"), NOTHING, LATER)

    assert decision.state == Parked(Cursor("hi", LATER, 2), SendEmail(2, "hi", "welcome", None))
    assert [visit.outcome for visit in decision.visits] == [Outcome.FALSE]


def test_a_step_that_is_gone_ends_the_enrollment() -> None:
    decision = step(SIMPLE, _at("gone", visits=3), NOTHING, NOON)

    assert decision == Decision(Ended(EndStatus.EXITED, "step_removed", _at("gone", visits=3)))


def test_a_delay_after_a_mail_counts_from_the_settling() -> None:
    decision = settled(SIMPLE, _at("hi", visits=1), Settlement.SENT, LATER)

    visit = Visit(1, "hi", "email", Outcome.SENT, None, LATER)
    assert decision == Decision(Waiting(Cursor("pause", LATER, 1), LATER + DAY), (visit,))


def test_with_exit_conditions_the_next_step_is_due_at_once_after_a_mail() -> None:
    decision = settled(GUARDED, _at("hi", visits=1), Settlement.SENT, LATER)

    assert decision.state == Waiting(Cursor("pause", LATER, 1), LATER)


def test_the_last_mail_completes_the_sequence_when_it_is_settled() -> None:
    decision = settled(GUARDED, _at("bye", visits=2), Settlement.SENT, LATER)

    assert decision.state == Ended(EndStatus.COMPLETED, None, Cursor(None, LATER, 2))


@pytest.mark.parametrize("settlement", Settlement)
def test_every_settlement_goes_on_and_is_written_down(settlement: Settlement) -> None:
    decision = settled(SIMPLE, _at("hi", visits=1), settlement, LATER, reason="so it was")

    visit = Visit(1, "hi", "email", Outcome(settlement.value), "so it was", LATER)
    assert decision == Decision(Waiting(Cursor("pause", LATER, 1), LATER + DAY), (visit,))


def test_a_mail_that_is_settled_after_its_step_is_gone_still_counts() -> None:
    decision = settled(SIMPLE, _at("gone", visits=1), Settlement.SENT, LATER)

    visit = Visit(1, "gone", "email", Outcome.SENT, None, LATER)
    assert decision == Decision(Ended(EndStatus.EXITED, "step_removed", _at("gone", visits=1)), (visit,))
