"""Deciding what an enrollment does next."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dripline.predicates.evaluate import Facts
from dripline.predicates.truth import holds
from dripline.sequences.interpreter.explaining import explain
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
from dripline.sequences.interpreter.program import (
    Condition,
    Delay,
    Email,
    Go,
    Leave,
    Node,
    Program,
    StepId,
)


def step(program: Program, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    """Decide one step: the exit conditions first, then the step at the cursor.

    A delay that is over is left before the exit conditions are looked at, so that an exit belongs to the step it
    prevents. The same arguments always give the same decision. Times are aware.
    """
    if cursor.step is None:
        return Decision(Ended(EndStatus.COMPLETED, None, cursor))
    node = program.nodes.get(cursor.step)
    if node is None:
        return _removed(cursor)
    if isinstance(node, Delay) and _over(node, cursor) <= now:
        return _arrive(cursor, node.next, now)
    return _exit(program, node, cursor, facts, now) or _run(program, node, cursor, facts, now)


def advance(program: Program, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    """Decide step after step until the enrollment waits for a later time, is parked, or has ended."""
    decision = step(program, cursor, facts, now)
    visits = decision.visits
    while isinstance(decision.state, Waiting) and decision.state.until <= now:
        decision = step(program, decision.state.cursor, facts, now)
        visits += decision.visits
    return Decision(decision.state, visits)


def settled(
    program: Program, cursor: Cursor, settlement: Settlement, at: datetime, *, reason: str | None = None
) -> Decision:
    """What follows when the effect at the cursor has been settled: its visit, and where to go on.

    Without exit conditions a delay that follows begins here, which saves a turn; otherwise the next step is due at
    once, because the exit conditions come first.
    """
    assert cursor.step is not None, "only a step asks for an effect"
    outcome = _OUTCOMES[settlement]
    node = program.nodes.get(cursor.step)
    if node is None:
        visit = Visit(cursor.visits, cursor.step, "email", outcome, reason, at)
        return Decision(_removed(cursor).state, (visit,))
    assert isinstance(node, Email), "only an email asks for an effect"
    visit = Visit(cursor.visits, node.id, action_of(node), outcome, reason, at)
    following = _arrive(cursor, node.next, at, visit)
    if program.exits or not isinstance(following.state, Waiting):
        return following
    return Decision(_begin_delay(program, following.state), following.visits)


def action_of(node: Node) -> str:
    """The word that the author wrote for this kind of step."""
    match node:
        case Email():
            return "email"
        case Delay():
            return "delay"
        case Condition():
            return "condition"
        case unreachable:
            assert_never(unreachable)


_OUTCOMES = {
    Settlement.SENT: Outcome.SENT,
    Settlement.IN_DOUBT: Outcome.IN_DOUBT,
    Settlement.SKIPPED: Outcome.SKIPPED,
    Settlement.FAILED: Outcome.FAILED,
}


def _run(program: Program, node: Node, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    match node:
        case Email():
            counted = replace(cursor, visits=cursor.visits + 1)
            return Decision(Parked(counted, SendEmail(counted.visits, node.id, node.template, node.sender)))
        case Delay():
            return Decision(Waiting(cursor, _over(node, cursor)))
        case Condition():
            return _choose(program, node, cursor, facts, now)
        case unreachable:
            assert_never(unreachable)


def _exit(program: Program, node: Node, cursor: Cursor, facts: Facts, now: datetime) -> Decision | None:
    for exit_condition in program.exits:
        found = facts.look_up(exit_condition.path)
        if holds(exit_condition.operator, found, exit_condition.value):
            reason = explain(exit_condition, found)
            visit = Visit(cursor.visits + 1, node.id, action_of(node), Outcome.EXITED, reason, now)
            return _leave(cursor, "exit_condition", visit)
    return None


def _choose(program: Program, node: Condition, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    found = facts.look_up(node.test.path)
    is_true = holds(node.test.operator, found, node.test.value)
    outcome = Outcome.TRUE if is_true else Outcome.FALSE
    reason = explain(node.test, found)
    visit = Visit(cursor.visits + 1, node.id, action_of(node), outcome, reason, now)
    if not is_true:
        return _arrive(cursor, node.on_false, now, visit)
    match node.on_true:
        case Leave(reason=leaving):
            return _leave(cursor, leaving, visit)
        case Go(next=following, skipping=skipped):
            passed = _skip(program, skipped, after=visit)
            return _arrive(cursor, following, now, visit, *passed)
        case unreachable:
            assert_never(unreachable)


def _skip(program: Program, skipped: tuple[StepId, ...], *, after: Visit) -> tuple[Visit, ...]:
    return tuple(
        Visit(
            after.number + count,
            step_id,
            action_of(program.nodes[step_id]),
            Outcome.SKIPPED,
            f"skipped by {after.step}",
            after.at,
        )
        for count, step_id in enumerate(skipped, start=1)
    )


def _arrive(cursor: Cursor, following: StepId | None, at: datetime, *visits: Visit) -> Decision:
    """Stand at the next step from now on, or complete. A clock that was set back does not take `since` back."""
    reached = visits[-1].number if visits else cursor.visits
    arrived = Cursor(following, max(at, cursor.since), reached)
    if following is None:
        return Decision(Ended(EndStatus.COMPLETED, None, arrived), visits)
    return Decision(Waiting(arrived, at), visits)


def _leave(cursor: Cursor, reason: str, visit: Visit) -> Decision:
    left = replace(cursor, visits=visit.number)
    return Decision(Ended(EndStatus.EXITED, reason, left), (visit,))


def _removed(cursor: Cursor) -> Decision:
    return Decision(Ended(EndStatus.EXITED, "step_removed", cursor))


def _begin_delay(program: Program, waiting: Waiting) -> Waiting:
    cursor = waiting.cursor
    node = program.nodes.get(cursor.step) if cursor.step is not None else None
    return Waiting(cursor, _over(node, cursor)) if isinstance(node, Delay) else waiting


def _over(node: Delay, cursor: Cursor) -> datetime:
    return cursor.since + node.duration
