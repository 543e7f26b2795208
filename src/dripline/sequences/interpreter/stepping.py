"""Deciding what an enrollment does next."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from dripline.kernel.clock import iso
from dripline.kernel.durations import format_duration
from dripline.predicates.evaluate import evaluate
from dripline.sequences.interpreter.explaining import explain, weigh
from dripline.sequences.interpreter.model import (
    CallWebhook,
    CreateDiscount,
    Cursor,
    Decision,
    Effect,
    Ended,
    EndStatus,
    Facts,
    Outcome,
    Parked,
    SendEmail,
    Settlement,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.moving import arrive, follow, leave, removed, visit_of
from dripline.sequences.interpreter.program import (
    Act,
    Branch,
    Condition,
    Delay,
    Discount,
    Email,
    Exit,
    Go,
    Leave,
    Node,
    Program,
    Split,
    Until,
    Wait,
    Webhook,
)
from dripline.sequences.interpreter.splitting import way_of
from dripline.sequences.interpreter.timing import date_of, delay_ends, mail_may_go
from dripline.sequences.interpreter.wording import action_of, describe_change


def step(program: Program, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    """Decide one step: the exit conditions first, then the step at the cursor.

    A delay or a wait that is over is left before the exit conditions are looked at, so that an exit belongs to the
    step it prevents. The same arguments always give the same decision. Times are aware.
    """
    if cursor.step is None:
        return Decision(Ended(EndStatus.COMPLETED, None, cursor))
    node = program.nodes.get(cursor.step)
    if node is None:
        return removed(cursor)
    return (
        _go_on_when_over(program, node, cursor, facts, now)
        or _exit(program, node, cursor, facts, now)
        or _run(program, node, cursor, facts, now)
    )


def advance(program: Program, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    """Decide step after step until the enrollment waits for a later time, is parked, or has ended.

    It also stops where the contact is to be changed: what follows is due at once, and asks for the facts anew.
    """
    decision = step(program, cursor, facts, now)
    visits = decision.visits
    while isinstance(decision.state, Waiting) and decision.state.until <= now and not decision.changes:
        decision = step(program, decision.state.cursor, facts, now)
        visits += decision.visits
    return Decision(decision.state, visits, decision.changes)


def settled(
    program: Program, cursor: Cursor, settlement: Settlement, at: datetime, *, reason: str | None = None
) -> Decision:
    """What follows when the effect at the cursor has been settled: its visit, and where to go on.

    A mail that failed is passed; where a code or a call failed for good, the author has said what follows.

    Without exit conditions a delay of a mere duration that follows begins here, which saves a turn; otherwise the next
    step is due at once, because exit conditions, dates and local times need the facts.
    """
    assert cursor.step is not None, "only a step asks for an effect"
    outcome = _OUTCOMES[settlement]
    node = program.nodes.get(cursor.step)
    if node is None:
        visit = Visit(cursor.visits, cursor.step, "email", outcome, reason, at)
        return Decision(removed(cursor).state, (visit,))
    assert isinstance(node, Email | Discount | Webhook), "no other step asks for an effect"
    visit = Visit(cursor.visits, node.id, action_of(node), outcome, reason, at)
    failed = settlement is Settlement.FAILED
    onward = node.on_error if failed and not isinstance(node, Email) else Go(node.next)
    following = follow(program, onward, cursor, visit)
    if program.exits or not isinstance(following.state, Waiting):
        return following
    return Decision(_begin_delay(program, following.state), following.visits)


_OUTCOMES = {
    Settlement.SENT: Outcome.SENT,
    Settlement.DONE: Outcome.DONE,
    Settlement.IN_DOUBT: Outcome.IN_DOUBT,
    Settlement.SKIPPED: Outcome.SKIPPED,
    Settlement.FAILED: Outcome.FAILED,
}


def _go_on_when_over(program: Program, node: Node, cursor: Cursor, facts: Facts, now: datetime) -> Decision | None:
    """What follows a delay or a wait that is over; None for every other step, and before the end."""
    match node:
        case Delay() if delay_ends(node, cursor.since, facts) <= now:
            return arrive(cursor, node.next, now)
        case Until():
            date = date_of(node, facts)
            is_over = date is not None and cursor.since < date <= now
            return arrive(cursor, node.next, now) if is_over else None
        case Wait():
            return _resolve(program, node, cursor, facts, now)
        case _:
            return None


def _resolve(program: Program, node: Wait, cursor: Cursor, facts: Facts, now: datetime) -> Decision | None:
    """Event or timeout, never both: an event up to the deadline wins, also when it is looked at after it."""
    deadline = cursor.since + node.timeout
    first = facts.first(node.test)
    if first is not None and first <= deadline:
        visit = visit_of(cursor, node, Outcome.DONE, f"{node.test.event} happened at {iso(first)}", now)
        return arrive(cursor, node.next, now, visit)
    if now < deadline:
        return None
    reason = f"{node.test.event} did not happen within {format_duration(node.timeout)}"
    outcome = _outcome(node.on_timeout, passing=Outcome.WAITED)
    return follow(program, node.on_timeout, cursor, visit_of(cursor, node, outcome, reason, now))


def _exit(program: Program, node: Node, cursor: Cursor, facts: Facts, now: datetime) -> Decision | None:
    for exit_condition in program.exits:
        if evaluate(exit_condition, facts):
            visit = visit_of(cursor, node, Outcome.EXITED, explain(exit_condition, facts), now)
            return leave(cursor, "exit_condition", visit)
    return None


def _run(program: Program, node: Node, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    match node:
        case Email():
            return _ask_for_mail(program, node, cursor, facts, now)
        case Delay():
            return _wait(program, cursor, delay_ends(node, cursor.since, facts))
        case Until():
            return _wait_for_date(program, node, cursor, facts, now)
        case Wait():
            return _wait(program, cursor, cursor.since + node.timeout)
        case Condition():
            return _choose(program, node, cursor, facts, now)
        case Split():
            way = way_of(node, facts.draw(node.id))
            return arrive(cursor, way.next, now, visit_of(cursor, node, Outcome.DONE, f"branch {way.name}", now))
        case Act():
            visit = visit_of(cursor, node, Outcome.DONE, describe_change(node.change), now)
            return replace(arrive(cursor, node.next, now, visit), changes=(node.change,))
        case Discount(offer=offer):
            return _ask(cursor, CreateDiscount(cursor.visits + 1, node.id, offer))
        case Webhook(url=url):
            return _ask(cursor, CallWebhook(cursor.visits + 1, node.id, url))
        case Exit():
            return leave(cursor, "step", visit_of(cursor, node, Outcome.EXITED, node.reason, now))
        case unreachable:
            assert_never(unreachable)


def _ask_for_mail(program: Program, node: Email, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    opens = mail_may_go(program.window, facts, now)
    if opens > now:
        return _wait(program, cursor, opens)
    return _ask(cursor, SendEmail(cursor.visits + 1, node.id, node.template, node.sender))


def _ask(cursor: Cursor, effect: Effect) -> Decision:
    return Decision(Parked(replace(cursor, visits=effect.visit), effect))


def _wait(program: Program, cursor: Cursor, until: datetime) -> Decision:
    assert cursor.step is not None, "only a step waits"
    return Decision(Waiting(cursor, until, program.wakes.get(cursor.step)))


def _wait_for_date(program: Program, node: Until, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    date = date_of(node, facts)
    if date is not None and date > cursor.since:
        return _wait(program, cursor, date)
    branch = node.on_missing if date is None else node.on_past
    reason = f"there is no date at {node.path}" if date is None else f"{node.path} is past: {iso(date)}"
    outcome = _outcome(branch, passing=Outcome.SKIPPED)
    return follow(program, branch, cursor, visit_of(cursor, node, outcome, reason, now))


def _choose(program: Program, node: Condition, cursor: Cursor, facts: Facts, now: datetime) -> Decision:
    is_true, why = weigh(node.test, facts)
    visit = visit_of(cursor, node, Outcome.TRUE if is_true else Outcome.FALSE, why, now)
    return follow(program, node.on_true if is_true else Go(node.on_false), cursor, visit)


def _outcome(branch: Branch, *, passing: Outcome) -> Outcome:
    return Outcome.EXITED if isinstance(branch, Leave) else passing


def _begin_delay(program: Program, waiting: Waiting) -> Waiting:
    cursor = waiting.cursor
    match program.nodes.get(cursor.step) if cursor.step is not None else None:
        case Delay(duration=duration, at=None):
            return Waiting(cursor, cursor.since + duration)
        case _:
            return waiting
