"""Other times for waits that have begun: after a pause, and in another version of the sequence."""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from dripline.sequences.interpreter.model import Cursor, Facts
from dripline.sequences.interpreter.program import Delay, Email, Node, Program, Until, Wait
from dripline.sequences.interpreter.timing import date_of, delay_ends, mail_may_go

Length: TypeAlias = tuple[object, ...]
"""What decides how long a step is waited at: two that are equal are waited at alike."""


def shifted(
    program: Program, cursor: Cursor, facts: Facts, *, due_at: datetime, paused_at: datetime, now: datetime
) -> tuple[Cursor, datetime]:
    """Where a run stands after a pause up to `now` if that had not been: it has as long to wait as it had left.

    Delays and timeouts are moved; a local time stays that time of day. Dates do not wait for anybody, and what has been
    woken, or is due for another reason, stays due.
    """
    node = program.nodes.get(cursor.step) if cursor.step is not None else None
    by = now - max(cursor.since, paused_at)
    later = replace(cursor, since=cursor.since + by)
    match node:
        case Delay():
            return later, delay_ends(node, later.since, facts)
        case Wait(timeout=timeout):
            is_woken = due_at < cursor.since + timeout
            return later, due_at if is_woken else later.since + timeout
        case _:
            return cursor, due_at


def retimed(
    old: Program, new: Program, cursor: Cursor, facts: Facts, *, due_at: datetime, now: datetime
) -> datetime | None:
    """When a run is due that waits at a step which `new` has with another length; None when it stays as it is.

    A wait that has begun counts from its beginning, so the time may have passed. A wait for another event is looked at
    now: it may have happened already.
    """
    was, becomes = _node_at(old, cursor), _node_at(new, cursor)
    if was is None or becomes is None or not is_other_length(old, was, new, becomes):
        return None
    if isinstance(was, Wait) and due_at < cursor.since + was.timeout:
        return None
    if isinstance(becomes, Wait) and not (isinstance(was, Wait) and was.test == becomes.test):
        return now
    return _ends(new, becomes, cursor.since, facts, now)


def is_other_length(old: Program, was: Node, new: Program, becomes: Node) -> bool:
    """Whether a step that is waited at in both programs is waited at for another time."""
    before, after = length_of(old, was), length_of(new, becomes)
    return before is not None and after is not None and before != after


def length_of(program: Program, node: Node) -> Length | None:
    """How long a step is waited at; None for one that is passed at once."""
    match node:
        case Delay(duration=duration, at=at):
            return "delay", duration, at
        case Until(path=path, at=at):
            return "until", path, at
        case Wait(test=test, timeout=timeout):
            return "wait", test, timeout
        case Email():
            return "window", program.window
        case _:
            return None


def _ends(program: Program, node: Node, since: datetime, facts: Facts, now: datetime) -> datetime | None:
    match node:
        case Delay():
            return delay_ends(node, since, facts)
        case Until():
            return date_of(node, facts)
        case Wait(timeout=timeout):
            return since + timeout
        case Email():
            return mail_may_go(program.window, facts, now)
        case _:
            return None


def _node_at(program: Program, cursor: Cursor) -> Node | None:
    return program.nodes.get(cursor.step) if cursor.step is not None else None
