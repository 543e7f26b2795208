"""What would happen to one contact, step by step, if every mail were sent and every code made at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from dripline.kernel.durations import format_duration
from dripline.sequences.interpreter.model import (
    Cursor,
    Ended,
    EndStatus,
    Parked,
    SendEmail,
    Settlement,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Delay, Email, Node, Program, StepId, Until
from dripline.sequences.interpreter.stepping import settled, step
from dripline.sequences.interpreter.wording import action_of
from dripline.sequences.simulator.world import World


@dataclass(frozen=True, slots=True)
class SimulatedStep:
    """One step that was passed, in order. `outcome` is an outcome of a visit, `waited` for a delay, or `deferred`.

    `at` is the time of the outcome, and of the arrival for a delay, and for a mail that waits for its window.
    `template` is there for emails.
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
    """The steps that were passed, and the end. `mailed` is the world as it was at each mail, by step."""

    steps: tuple[SimulatedStep, ...]
    end: End
    mailed: Mapping[StepId, World] = field(default_factory=dict, compare=False)


def dry_run(program: Program, world: World, *, start: datetime) -> Run:
    """Run a program from `start` (aware) to its end, jumping over the waits. Writes and sends nothing."""
    now = start
    state: State = Waiting(Cursor(program.first, start, 0), start)
    rows: list[SimulatedStep] = []
    mailed: dict[StepId, World] = {}
    while not isinstance(state, Ended):
        match state:
            case Waiting(cursor, until, wakes):
                rows += _waited(program, cursor, now, until)
                now = max(now, _woken(world, wakes, now, until))
                decision = step(program, cursor, world.at(now), now)
            case Parked(cursor, effect) if isinstance(effect, SendEmail):
                mailed[effect.step] = world
                decision = settled(program, cursor, Settlement.SENT, now)
            case Parked(cursor, effect):
                assert not isinstance(effect, SendEmail), "mail was sent above"
                world, says = world.asked(effect, now)
                decision = settled(program, cursor, Settlement.DONE, now, reason=says)
        rows += [_shown(program, visit) for visit in decision.visits]
        for change in decision.changes:
            world = world.after(change)
        state = decision.state
    return Run(tuple(rows), End(state.status, state.reason, now), mailed)


def _woken(world: World, wakes: str | None, now: datetime, until: datetime) -> datetime:
    """When the wait is looked at: at its end, or before it when its event comes."""
    kind, _, name = (wakes or "").partition(":")
    happens = world.next_event(name, after=now) if kind == "event" else None
    return min(until, happens) if happens is not None else until


def _waited(program: Program, cursor: Cursor, now: datetime, until: datetime) -> Iterator[SimulatedStep]:
    """The row of a delay, or of a mail that is deferred. A wait has a visit, which says how it ended."""
    node = program.nodes.get(cursor.step) if cursor.step is not None else None
    over = f", until {_show(until)}"
    match node:
        case Delay() | Until() if until > now:
            yield _row(node, cursor.since, "waited", f"{_what_for(node)}{over}")
        case Delay(duration=duration, at=None) if duration == timedelta():
            yield _row(node, cursor.since, "waited", f"{_what_for(node)}{over}")
        case Email() if until > now:
            yield _row(node, now, "deferred", f"waits for the window to open{over}")
        case _:
            pass


def _what_for(node: Delay | Until) -> str:
    match node:
        case Delay(duration=duration, at=time() as at) if duration == timedelta():
            return f"waits for {at:%H:%M} local time"
        case Delay(duration=duration, at=at):
            return f"waits {format_duration(duration)}{_and_for(at)}"
        case Until(path=path, at=at):
            return f"waits for {path}{_and_for(at)}"


def _and_for(at: time | None) -> str:
    return f" and for {at:%H:%M} local time" if at is not None else ""


def _shown(program: Program, visit: Visit) -> SimulatedStep:
    return _row(program.nodes[visit.step], visit.at, str(visit.outcome), visit.reason)


def _row(node: Node, at: datetime, outcome: str, reason: str | None) -> SimulatedStep:
    template = node.template if isinstance(node, Email) else None
    return SimulatedStep(node.id, action_of(node), at, outcome, reason, template)


def _show(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
