"""Catching up: what a run would have done by now if every mail on the way had been skipped."""

from datetime import datetime

from dripline.sequences.interpreter.model import Cursor, Decision, Facts, Parked, SendEmail, Settlement, Waiting
from dripline.sequences.interpreter.program import Program
from dripline.sequences.interpreter.stepping import settled, step

MISSED = "missed_while_paused"
"""Why a mail was skipped whose time fell into a pause."""


def catch_up(program: Program, cursor: Cursor, facts: Facts, *, due_at: datetime, now: datetime) -> Decision:
    """Run on from `due_at`, each step at the time at which it was due, until something is due after `now` only.

    Mail is skipped with the reason `MISSED`. Waits count from when they would have begun; conditions look at `facts`,
    which are those of today. It also stops where the contact is to be changed: what follows is due at once, at a time
    that may have passed, and asks for the facts anew. And it stops at a code or a call: these are asked for late rather
    than never, because what comes after them is made for those who have had them.
    """
    decision = _skip_mail(program, step(program, cursor, facts, due_at), due_at)
    at, visits = due_at, decision.visits
    while isinstance(decision.state, Waiting) and decision.state.until <= now and not decision.changes:
        at = max(at, decision.state.until)
        decision = _skip_mail(program, step(program, decision.state.cursor, facts, at), at)
        visits += decision.visits
    return Decision(decision.state, visits, decision.changes)


def _skip_mail(program: Program, decision: Decision, at: datetime) -> Decision:
    if not (isinstance(decision.state, Parked) and isinstance(decision.state.effect, SendEmail)):
        return decision
    skipped = settled(program, decision.state.cursor, Settlement.SKIPPED, at, reason=MISSED)
    return Decision(skipped.state, (*decision.visits, *skipped.visits), skipped.changes)
