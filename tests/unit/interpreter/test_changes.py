"""What steps change about the contact, and steps that leave."""

import pytest

from dripline.predicates.model import TagTest
from dripline.sequences.interpreter.model import Cursor, Decision, Ended, EndStatus, Outcome, Parked, Visit, Waiting
from dripline.sequences.interpreter.program import (
    Act,
    AddTag,
    Change,
    Condition,
    Email,
    EnterSequence,
    Exit,
    Go,
    JoinList,
    Leave,
    LeaveList,
    Program,
    RemoveTag,
    SetProperty,
)
from dripline.sequences.interpreter.stepping import advance, step
from tests.makers.programs import NOON, NOTHING, KnownFacts

BYE = Email("bye", "bye", None, None)


@pytest.mark.parametrize(
    ("change", "action", "reason"),
    [
        (AddTag("vip"), "tag", 'adds the tag "vip"'),
        (RemoveTag("vip"), "untag", 'removes the tag "vip"'),
        (JoinList("news"), "addToList", 'adds to the list "news"'),
        (LeaveList("news"), "removeFromList", 'removes from the list "news"'),
        (SetProperty("plan", "pro"), "setProperty", 'sets the property "plan" to "pro"'),
        (SetProperty("plan", None), "setProperty", 'removes the property "plan"'),
        (EnterSequence("winback"), "enroll", 'enrolls in "winback"'),
    ],
)
def test_a_change_is_asked_for_and_written_down(change: Change, action: str, reason: str) -> None:
    program = Program({"act": Act("act", change, "bye"), "bye": BYE}, "act", ())

    decision = step(program, Cursor("act", NOON, 2), NOTHING, NOON)

    visit = Visit(3, "act", action, Outcome.DONE, reason, NOON)
    assert decision == Decision(Waiting(Cursor("bye", NOON, 3), NOON), (visit,), (change,))


def test_what_follows_a_change_is_not_decided_by_the_facts_before_it() -> None:
    ask = Condition("ask", TagTest("vip"), Leave("condition"), "bye")
    program = Program({"act": Act("act", AddTag("vip"), "ask"), "ask": ask, "bye": BYE}, "act", ())

    first = advance(program, Cursor("act", NOON, 0), NOTHING, NOON)
    assert (first.state, first.changes) == (Waiting(Cursor("ask", NOON, 1), NOON), (AddTag("vip"),))

    then = advance(program, first.state.cursor, KnownFacts(tags=frozenset({"vip"})), NOON)
    assert then.state == Ended(EndStatus.EXITED, "condition", Cursor("ask", NOON, 2))


def test_the_last_step_may_be_a_change() -> None:
    program = Program({"act": Act("act", AddTag("vip"), None)}, "act", ())

    decision = advance(program, Cursor("act", NOON, 0), NOTHING, NOON)

    assert decision.state == Ended(EndStatus.COMPLETED, None, Cursor(None, NOON, 1))
    assert decision.changes == (AddTag("vip"),)


def test_a_change_that_is_reached_later_in_a_turn_is_kept() -> None:
    ask = Condition("ask", TagTest("vip"), Go("act"), "act")
    program = Program({"ask": ask, "act": Act("act", AddTag("vip"), "bye"), "bye": BYE}, "ask", ())

    decision = advance(program, Cursor("ask", NOON, 0), NOTHING, NOON)

    assert [visit.step for visit in decision.visits] == ["ask", "act"]
    assert decision.changes == (AddTag("vip"),)
    assert not isinstance(decision.state, Parked)


def test_changes_with_values_that_are_no_keys_can_be_gathered() -> None:
    changes: set[Change] = {SetProperty("a", {"b": [1]}), SetProperty("a", {"b": [1]}), SetProperty("a", [2])}

    assert len(changes) == 2


@pytest.mark.parametrize("reason", [None, "won back"])
def test_an_exit_leaves_for_the_reason_of_its_author(reason: str | None) -> None:
    program = Program({"out": Exit("out", reason)}, "out", ())

    decision = step(program, Cursor("out", NOON, 0), NOTHING, NOON)

    visit = Visit(1, "out", "exit", Outcome.EXITED, reason, NOON)
    assert decision == Decision(Ended(EndStatus.EXITED, "step", Cursor("out", NOON, 1)), (visit,))
