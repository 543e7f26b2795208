"""Judging what came in: labelled, counted, told as events, under the lock of the contact."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.counting import Counted, count_mail, counts_of
from dripline.delivery.outbox import Kind
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.delivery.tracking.judging import BURST, Hit, Verdict, judge
from dripline.events.model import Event
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.kernel.values import Json

_sql = queries(__package__)

HELD = BURST / 2
"""So long a hit waits for others of the same mail, which say more about it."""
_AT_ONCE = 200


class HitWork:
    """The worker's part."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def once(self) -> float | None:
        """Judge what has waited long enough; gives the seconds until it is worth looking again, None for no hurry."""
        async with self._database.work() as tx:
            rows = await tx.rows(_sql["messages_hit"], real_now() - HELD, _AT_ONCE)
        for workspace, group in groupby(sorted(rows, key=_workspace), key=_workspace):
            await self._judge(workspace, list(group))
        return 0 if len(rows) == _AT_ONCE else None

    async def _judge(self, workspace: WorkspaceId, rows: Sequence[Row]) -> None:
        async with self._database.work() as tx:
            await lock_contacts(tx, workspace, [row["contact_id"] for row in rows if row["contact_id"] is not None])
            hits: dict[UUID, list[Hit]] = defaultdict(list)
            for row in await tx.rows(_sql["take_hits"], workspace, [row["message_id"] for row in rows]):
                hit = Hit(row["received_at"], row["target"], row["method"], row["agent"], row["network"])
                hits[row["message_id"]].append(hit)
            messages = await tx.rows(_sql["messages"], workspace, list(hits))
            # A clock that stands still says nothing about how soon a hit came.
            frozen = {row["message_id"]: row["frozen_at"] for row in rows}
            now = next(iter(frozen.values())) or real_now()
            judged = [
                Judged(row, hit, judge(hit, sent_at=None if frozen[row["id"]] else row["sent_at"], together=together))
                for row in messages
                if row["kind"] != Kind.TEST
                for together in [sorted(hits[row["id"]], key=lambda hit: hit.received_at)]
                for hit in together
            ]
            await _write(tx, workspace, judged, now=now)


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit on a message, and whose it was."""

    message: Row
    hit: Hit
    verdict: Verdict

    @property
    def is_click(self) -> bool:
        return self.hit.target is not None

    @property
    def is_human(self) -> bool:
        return self.verdict.machine is None


async def _write(tx: Tx, workspace: WorkspaceId, judged: Sequence[Judged], *, now: datetime) -> None:
    happened = [(counts_of(each.message), word) for each, word in _words(judged)]
    await count_mail(tx, workspace, happened, now=now)
    for query, clicks in (("note_opened", False), ("note_clicked", True)):
        first = {each.message["id"] for each in judged if each.is_human and each.is_click == clicks}
        if first:
            await tx.run(_sql[query], workspace, list(first), now)
    await tell(tx, workspace, [_event(each, now=now) for each in judged])


def _words(judged: Sequence[Judged]) -> Iterator[tuple[Judged, Counted]]:
    """What each hit counts as; the first of a mail by a person also as a unique one."""
    seen: set[tuple[UUID, bool]] = set()
    for each in judged:
        if not each.is_human:
            yield each, Counted.MACHINE_CLICKED if each.is_click else Counted.MACHINE_OPENED
            continue
        yield each, Counted.CLICKED if each.is_click else Counted.OPENED
        key = each.message["id"], each.is_click
        if key not in seen and each.message["clicked_at" if each.is_click else "opened_at"] is None:
            yield each, Counted.UNIQUE_CLICKED if each.is_click else Counted.UNIQUE_OPENED
        seen.add(key)


_NAMES = {
    (False, True): "email.opened",
    (True, True): "email.clicked",
    (False, False): "email.machine_opened",
    (True, False): "email.machine_clicked",
}


def _event(judged: Judged, *, now: datetime) -> Event:
    row = judged.message
    mail = Mail(row["id"], row["template_id"], row["sequence_id"], row["sequence"], row["step"])
    more: dict[str, Json] = {"userAgent": judged.hit.agent}
    if judged.is_click:
        more["url"] = judged.hit.target
    if judged.verdict.machine is not None:
        more["reason"] = judged.verdict.machine
    if judged.verdict.proxied:
        more["proxied"] = True
    name = _NAMES[judged.is_click, judged.is_human]
    return mail_event(name, ContactId(row["contact_id"]), mail, more=more, now=now, depth=row["depth"] + 1)


def _workspace(row: Row) -> WorkspaceId:
    workspace: WorkspaceId = row["workspace_id"]
    return workspace
