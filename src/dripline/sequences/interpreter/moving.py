"""Moving an enrollment: on to a step, over steps, out of the sequence, each with its visits."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dripline.sequences.interpreter.model import Cursor, Decision, Ended, EndStatus, Outcome, Visit, Waiting
from dripline.sequences.interpreter.program import Branch, Go, Leave, Node, Program, StepId
from dripline.sequences.interpreter.wording import action_of


def follow(program: Program, branch: Branch, cursor: Cursor, visit: Visit) -> Decision:
    """Take a branch after a visit: leave, or go on, with a visit for every step that is passed over."""
    match branch:
        case Leave(reason=leaving):
            return leave(cursor, leaving, visit)
        case Go(next=following, skipping=skipped):
            passed = _skip(program, skipped, after=visit)
            return arrive(cursor, following, visit.at, visit, *passed)
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


def visit_of(cursor: Cursor, node: Node, outcome: Outcome, reason: str | None, at: datetime) -> Visit:
    """The next visit: at this step."""
    return Visit(cursor.visits + 1, node.id, action_of(node), outcome, reason, at)


def arrive(cursor: Cursor, following: StepId | None, at: datetime, *visits: Visit) -> Decision:
    """Stand at the next step from now on, or complete. A clock that was set back does not take `since` back."""
    reached = visits[-1].number if visits else cursor.visits
    arrived = Cursor(following, max(at, cursor.since), reached)
    if following is None:
        return Decision(Ended(EndStatus.COMPLETED, None, arrived), visits)
    return Decision(Waiting(arrived, at), visits)


def leave(cursor: Cursor, reason: str, visit: Visit) -> Decision:
    """Leave the sequence where the cursor stands, after a visit."""
    left = replace(cursor, visits=visit.number)
    return Decision(Ended(EndStatus.EXITED, reason, left), (visit,))


def removed(cursor: Cursor) -> Decision:
    """Leave the sequence because the step at the cursor is not in it."""
    return Decision(Ended(EndStatus.EXITED, "step_removed", cursor))
