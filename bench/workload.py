"""A workload: its sides, and what they are held to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.records import Aim, Run
from bench.stage import Stage

Measure = Callable[[Stage, int], Awaitable[Run]]
"""Measures one side once, in a fresh database; the number is the repetition, from 1."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of those compared. `about` says its settings, and how its promises differ from ours."""

    name: str
    about: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured, and how. `aims` reads floors and goals off the runs; `needs` names what must be installed."""

    name: str
    about: str
    unit: str
    sides: Sequence[Side]
    prepare: Callable[[Stage], Awaitable[None]]
    aims: Callable[[Sequence[Run]], Sequence[Aim]]
    settings: Callable[[Stage], Mapping[str, str]]
    needs_peers: bool = False
