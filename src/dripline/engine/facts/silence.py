"""Sequences that start who fell silent: a boundary moves through time, and whoever it passes is enrolled.

Nobody is enrolled for a silence that was over before the activation. A sweep goes in pages, each counted in the
transaction that enrolls, so that a worker that dies enrolls nobody twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.engine.facts.reacting import react
from dripline.events.model import FellSilent
from dripline.kernel.clock import real_now
from dripline.kernel.ids import SequenceId, WorkspaceId

_sql = queries(__package__)

_PAGE = 500
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Silence:
    """What a sequence waits not to hear. `since` is when silence begins for those who never had the event."""

    event: str
    lasts: timedelta
    since: datetime

    @classmethod
    def of(cls, row: Row) -> "Silence":
        since = row["activated_at"] if row["baseline"] == "sequence" else _LONG_AGO
        return cls(row["event"], timedelta(days=row["days"]), since)


class Listening:
    """Listens for silence."""

    def __init__(self, database: Database, *, begun: Callable[[], None]) -> None:
        self._database = database
        self._begun = begun

    async def once(self) -> float | None:
        """Move the boundary of every sequence, in all workspaces, up to now."""
        for row in await self._database.look(_sql["silences"], None):
            await self._move(row, now=row["frozen_at"] or real_now())
        return None

    async def sweep(self, workspace: WorkspaceId, *, now: datetime) -> int:
        """Move the boundaries of one workspace; gives how many were silent for long enough."""
        async with self._database.work() as tx:
            rows = await tx.rows(_sql["silences"], [workspace])
        return sum([await self._move(row, now=now) for row in rows])

    async def next_due(self, tx: Tx, workspace: WorkspaceId) -> datetime | None:
        """The earliest time at which somebody may have been silent for long enough; None when nobody can be."""
        rows = await tx.rows(_sql["silences"], [workspace])
        times = [await _next(tx, workspace, row["sequence_id"]) for row in rows]
        return min((time for time in times if time is not None), default=None)

    async def _move(self, row: Row, *, now: datetime) -> int:
        silent, more = 0, row["swept_until"] < now
        while more:
            found, more = await self._page(row["workspace_id"], row["sequence_id"], now=now)
            silent += found
        return silent

    async def _page(self, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> tuple[int, bool]:
        """Enroll a page of those who have been silent for long enough; how many, and whether there may be more."""
        async with self._database.work() as tx:
            row = await tx.row(_sql["lock_silence"], workspace, sequence)
            if row is None or row["swept_until"] >= now:
                return 0, False
            silence, until = Silence.of(row), row["sweeping_until"] or now
            rows = await tx.rows(
                _sql["fell_silent"],
                workspace,
                silence.event,
                row["swept_until"] - silence.lasts,
                until - silence.lasts,
                silence.since,
                row["cursor"],
                _PAGE,
            )
            silent = [each["contact_id"] for each in rows]
            await lock_contacts(tx, workspace, silent)
            contacts = await find_contacts(tx, workspace, silent)
            facts = [FellSilent(each, sequence) for each in contacts]
            reaction = await react(tx, workspace, facts, contacts, now=now)
            more = len(silent) == _PAGE
            place = (row["swept_until"], until, silent[-1]) if more else (until, None, None)
            await tx.run(_sql["note_silence"], workspace, sequence, *place)
        if reaction.enrolled:
            self._begun()
        return len(silent), more or until < now


async def _next(tx: Tx, workspace: WorkspaceId, sequence: SequenceId) -> datetime | None:
    row = await tx.row(_sql["find_silence"], workspace, sequence)
    if row is None:
        return None
    silence = Silence.of(row)
    began: datetime | None = await tx.value(
        _sql["next_silence"], workspace, silence.event, row["swept_until"] - silence.lasts, silence.since
    )
    return began + silence.lasts if began is not None else None
