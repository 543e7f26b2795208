"""What would happen to one contact, step by step, if every mail were sent at once and no fact changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dripline.kernel.durations import format_duration
from dripline.predicates.evaluate import Facts
from dripline.sequences.interpreter.model import (
    Cursor,
    Ended,
    EndStatus,
    Parked,
    Settlement,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Delay, Email, Program
from dripline.sequences.interpreter.stepping import action_of, settled, step


@dataclass(frozen=True, slots=True)
class SimulatedStep:
    """One step that was passed, in order. `outcome` is an outcome of a visit, or `waited` for a delay.

    `at` is the time of the outcome, and of the arrival for a delay. `template` is there for emails.
    """

    id: str
    action: str
    at: datetime
    outcome: str
    reason: str | None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How the run ended, why, and when."""

    status: EndStatus
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """The steps that were passed, and the end."""

    steps: tuple[SimulatedStep, ...]
    end: End


def dry_run(program: Program, facts: Facts, *, start: datetime) -> Run:
    """Run a program from `start` (aware) to its end, jumping over the waits. Writes and sends nothing."""
    now = start
    state: State = Waiting(Cursor(program.first, start, 0), start)
    rows: list[SimulatedStep] = []
    while not isinstance(state, Ended):
        match state:
            case Waiting(cursor, until):
                rows += _waited(program, cursor, now, until)
                now = max(now, until)
                decision = step(program, cursor, facts, now)
            case Parked(cursor, _):
                decision = settled(program, cursor, Settlement.SENT, now)
        rows += [_shown(program, visit) for visit in decision.visits]
        state = decision.state
    return Run(tuple(rows), End(state.status, state.reason, now))


def _waited(program: Program, cursor: Cursor, now: datetime, until: datetime) -> Iterator[SimulatedStep]:
    """The row of a delay: when the run waits for it, or passes one that is no longer than nothing."""
    node = program.nodes.get(cursor.step) if cursor.step is not None else None
    if isinstance(node, Delay) and (until > now or not node.duration):
        over = cursor.since + node.duration
        reason = f"waits {format_duration(node.duration)}, until {_show(over)}"
        yield SimulatedStep(node.id, action_of(node), cursor.since, "waited", reason)


def _shown(program: Program, visit: Visit) -> SimulatedStep:
    node = program.nodes[visit.step]
    template = node.template if isinstance(node, Email) else None
    return SimulatedStep(visit.step, visit.action, visit.at, str(visit.outcome), visit.reason, template)


def _show(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
