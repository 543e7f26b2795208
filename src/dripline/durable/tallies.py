"""Counting by day and by hour, exactly and without a hot row.

Whoever makes something countable happen writes deltas in the same transaction: what is rolled back is not counted, and
two who count the same thing do not wait for each other. A sweep adds deltas to sums now and then; a reading takes both.

A subject names what is counted about, from the general to the particular (`sequence:<id>/<version>/<step>/`), so that
a beginning of it asks for a sum. Sums are kept of each subject and, where it has several parts, of all that have the
same first part: without its slash, so that no beginning has both. What stands somewhere now has no hour: it is counted
at the epoch (see `sequences/enrollments/counts.py`). Months are added up too, for readings of a long time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import WorkspaceId, new_uuid

_sql = queries(__package__)

HOURS_KEPT = timedelta(days=62)
SINCE_EVER, EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Before and after everything that is counted."""

_MOST_AT_ONCE = 5_000
_FIRST_LETTER, _LAST_LETTER = chr(1), chr(0x10FFFF)


class Span(StrEnum):
    """What counts are added up by. Hours are kept for two months, days for ever."""

    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something happened about a subject in the hour (UTC) that begins `at`."""

    subject: str
    at: datetime
    what: str
    count: int


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """The midnight that the day began with."""
    return hour_of(at).replace(hour=0)


def counted(happened: Iterable[tuple[str, str]], *, at: datetime) -> list[Tally]:
    """Tallies of what happened at a time, given as subject and word, in the order in which each came first."""
    return [Tally(subject, hour_of(at), what, count) for (subject, what), count in Counter(happened).items()]


async def add_tallies(tx: Tx, workspace: WorkspaceId, tallies: Sequence[Tally]) -> None:
    """Count, in the transaction of what is counted. A count below zero takes back."""
    if not tallies:
        return
    await tx.run(
        _sql["add_tallies"],
        workspace,
        [new_uuid() for _ in tallies],
        [tally.subject for tally in tallies],
        [tally.at for tally in tallies],
        [tally.what for tally in tallies],
        [tally.count for tally in tallies],
    )


async def read_sums(
    tx: Tx,
    workspace: WorkspaceId,
    *beginnings: str,
    since: datetime = SINCE_EVER,
    until: datetime = EVER,
    by: Span = Span.DAY,
) -> Mapping[str, Mapping[str, int]]:
    """How often what was counted about subjects that begin so, from `since` up to before `until`: by subject and word.

    No beginning is that of another one. `since` and `until` are the beginnings of days or, by hour, of hours.
    """
    parts = [_below(beginning) for beginning in beginnings]
    rows = await _read(tx, workspace, parts, parts, since, until, by, for_subjects=True)
    return {row["subject"]: row["counts"] for row in rows}


async def read_wholes(
    tx: Tx,
    workspace: WorkspaceId,
    *wholes: str,
    since: datetime = SINCE_EVER,
    until: datetime = EVER,
) -> Mapping[str, Mapping[str, int]]:
    """The same for all that begins with each of these, which are the first part of subjects, added up."""
    kept = [each for whole in wholes for each in _kept(whole)]
    fresh = [_below(whole) for whole in wholes]
    rows = await _read(tx, workspace, kept, fresh, since, until, Span.DAY, for_subjects=True)
    found: dict[str, Counter[str]] = {whole: Counter() for whole in wholes}
    for row in rows:
        found[row["subject"].split("/", 1)[0] + "/"].update(row["counts"])
    return found


async def read_series(
    tx: Tx, workspace: WorkspaceId, *beginnings: str, since: datetime, until: datetime, by: Span
) -> Mapping[datetime, Mapping[str, int]]:
    """The same by the day or hour on which it was counted, and word; in order, without those on which nothing was."""
    kept = [each for beginning in beginnings for each in _kept(beginning)]
    fresh = [_below(beginning) for beginning in beginnings]
    rows = await _read(tx, workspace, kept, fresh, since, until, by, for_subjects=False)
    return {row["at"]: row["counts"] for row in rows}


def _below(beginning: str) -> tuple[str, str]:
    """The bounds of all subjects that begin so."""
    return beginning, beginning + _LAST_LETTER


def _kept(beginning: str) -> list[tuple[str, str]]:
    """The bounds of the sums that add up to all subjects that begin so. Those of a first part are there added up."""
    if beginning.index("/") < len(beginning) - 1:
        return [_below(beginning)]
    return [(subject, subject + _FIRST_LETTER) for subject in (beginning, beginning.removesuffix("/"))]


async def _read(
    tx: Tx,
    workspace: WorkspaceId,
    kept: Sequence[tuple[str, str]],
    fresh: Sequence[tuple[str, str]],
    since: datetime,
    until: datetime,
    by: Span,
    *,
    for_subjects: bool,
) -> Sequence[Row]:
    bounds = [[first for first, _ in kept], [behind for _, behind in kept]]
    bounds += [[first for first, _ in fresh], [behind for _, behind in fresh]]
    months = _months(since, until) if for_subjects and by is Span.DAY else (since, since)
    return await tx.rows(_sql["read_tallies"], workspace, *bounds, since, until, by, for_subjects, *months)


def _months(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The whole months within: from the first that begins in it up to before the one that it ends in."""
    first = since if since <= SINCE_EVER else _month_from(since)
    behind = until if until >= EVER else until.replace(day=1)
    return (first, behind) if first < behind else (since, since)


def _month_from(at: datetime) -> datetime:
    """The first beginning of a month from the beginning of a day on."""
    return at if at.day == 1 else (at.replace(day=1) + timedelta(days=32)).replace(day=1)


def total(counted: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """Counts by word, added up."""
    found: Counter[str] = Counter()
    for counts in counted:
        found.update(counts)
    return found


async def fold(database: Database) -> int:
    """Add deltas to their sums; gives how many there were. Readings are the same before and after."""
    folded = 0
    while True:
        async with database.work() as tx:
            count: int = await tx.value(_sql["fold_tallies"], _MOST_AT_ONCE)
        folded += count
        if count < _MOST_AT_ONCE:
            return folded


async def forget_hours(database: Database, *, now: datetime) -> None:
    """Throw away what was counted by hour longer ago than such counts are kept."""
    while True:
        async with database.work() as tx:
            if await tx.run(_sql["forget_hours"], now - HOURS_KEPT, _MOST_AT_ONCE) < _MOST_AT_ONCE:
                return
