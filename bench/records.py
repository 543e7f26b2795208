"""What is written down about a measurement."""

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One side, once. `cpu`: CPU seconds by process, over exactly the measured time; `figures`: whatever else counts.

    `lost` and `doubled` come from an audit of the rows (or of the sink) after the run; None where it does not apply.
    """

    side: str
    repetition: int
    units: int
    seconds: float
    cpu: Mapping[str, float]
    wal_bytes: int
    lost: int | None = None
    doubled: int | None = None
    figures: Mapping[str, float] = {}

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.units / self.seconds


class Aim(msgspec.Struct, frozen=True):
    """A floor or a goal, and what came of it. `at_most`: smaller is better."""

    words: str
    wanted: float
    got: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.got <= self.wanted if self.at_most else self.got >= self.wanted


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one workload, with what one must know to judge them."""

    workload: str
    about: str
    unit: str
    at: str
    machine: Mapping[str, str]
    settings: Mapping[str, str]
    sides: Mapping[str, str]
    runs: Sequence[Run]
    aims: Sequence[Aim]


def runs_of(runs: Sequence[Run], side: str) -> list[Run]:
    """The runs of one side, in order."""
    return [run for run in runs if run.side == side]


def median_rate(runs: Sequence[Run], side: str) -> float:
    """Units a second of a side, the median of its runs."""
    return median(run.rate for run in runs_of(runs, side))


def median_figure(runs: Sequence[Run], side: str, name: str) -> float:
    """A figure of a side, the median of its runs."""
    return median(run.figures[name] for run in runs_of(runs, side))


def ratio(runs: Sequence[Run], side: str, other: str) -> float:
    """How many times as fast a side is as another: the median of the ratios within each repetition."""
    pairs = zip(runs_of(runs, side), runs_of(runs, other), strict=True)
    return median(one.rate / two.rate for one, two in pairs)
