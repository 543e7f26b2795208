"""What a publishing would do to those who are in older versions: group by group, before anybody is touched. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from dripline.kernel.durations import format_duration
from dripline.sequences.interpreter.explaining import describe
from dripline.sequences.interpreter.program import Delay, Email, Node, Program, StepId, Until, Wait
from dripline.sequences.interpreter.retiming import is_other_length
from dripline.sequences.interpreter.windows import Window
from dripline.sequences.language.model import ACTIONS, Definition
from dripline.sequences.language.walking import walk
from dripline.sequences.moving import id_of, redirect


class Effect(StrEnum):
    """What becomes of those who stand at a step."""

    STAYS = "stays"
    GOES_ON = "goes_on"
    MOVES = "moves"
    EXITS = "exits"


@dataclass(frozen=True, slots=True)
class Group:
    """Those who stand at one step of one version: how many wait, wait for their mail to go, are stuck.

    `to` is the step at which those go on whose own step was removed.
    """

    version: int
    step: StepId
    action: str
    waiting: int
    parked: int
    stuck: int
    effect: Effect
    to: StepId | None = None

    def __str__(self) -> str:
        count = self.waiting + self.parked + self.stuck
        who = f"{count} at {self.step!r} of version {self.version}"
        match self.effect:
            case Effect.STAYS:
                return f"{who}: {_verb(count, 'finishes', 'finish')} that version."
            case Effect.GOES_ON:
                return f"{who}: {_verb(count, 'goes', 'go')} on at the same step of the new version."
            case Effect.MOVES:
                return f"{who}: {self.step!r} is removed; {_verb(count, 'goes', 'go')} on at {self.to!r}."
            case Effect.EXITS:
                removed = f"{self.step!r} is removed and nothing follows it"
                return f"{who}: {removed}; {_verb(count, 'leaves', 'leave')} with the reason step_removed."


@dataclass(frozen=True, slots=True)
class Length:
    """A step that is waited at for another time in the new version; in words, and as spans where it is a mere one."""

    version: int
    step: StepId
    was: str
    becomes: str
    span: timedelta | None


def group(
    version: int, step: StepId, counts: tuple[int, int, int], old: Definition, new: Definition, *, moving: bool
) -> Group:
    """What becomes of those who stand at a step of `old`: so many wait, wait for their mail, are stuck."""
    actions = {id_of(placed.step): ACTIONS[type(placed.step)] for placed in walk(old)}
    action = actions.get(step, "")
    if not moving:
        return Group(version, step, action, *counts, Effect.STAYS)
    leads_to = redirect(old, new).leads_to
    if step not in leads_to:
        return Group(version, step, action, *counts, Effect.GOES_ON)
    to = leads_to[step]
    return Group(version, step, action, *counts, Effect.EXITS if to is None else Effect.MOVES, to)


def lengths(version: int, steps: Sequence[StepId], old: Program, new: Program) -> list[Length]:
    """Those of these steps that are waited at for another time in the new version."""
    found: list[Length] = []
    for step in steps:
        was, becomes = old.nodes.get(step), new.nodes.get(step)
        if was is not None and becomes is not None and is_other_length(old, was, new, becomes):
            described = describe_wait(old, was), describe_wait(new, becomes)
            found.append(Length(version, step, *described, _span(becomes)))
    return found


def describe_wait(program: Program, node: Node) -> str:
    """How long a step is waited at, such as `3d`, or `until event.date at 09:00`; empty for one that is passed."""
    match node:
        case Delay(duration=duration, at=at):
            return format_duration(duration) + (f" at {at:%H:%M}" if at is not None else "")
        case Until(path=path, at=at):
            return f"until {path}" + (f" at {at:%H:%M}" if at is not None else "")
        case Wait(test=test, timeout=timeout):
            return f"{describe(test)} or {format_duration(timeout)}"
        case Email():
            return _describe_window(program.window)
        case _:
            return ""


def _describe_window(window: Window | None) -> str:
    if window is None:
        return "at any time"
    days = ", ".join(_DAYS[day] for day in sorted(window.days))
    return f"{window.opens:%H:%M} to {window.closes:%H:%M} {window.timezone or 'of the contact'} ({days})"


_DAYS: Mapping[int, str] = dict(enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun")))


def _span(node: Node) -> timedelta | None:
    match node:
        case Delay(duration=duration, at=None):
            return duration
        case Wait(timeout=timeout):
            return timeout
        case _:
            return None


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
