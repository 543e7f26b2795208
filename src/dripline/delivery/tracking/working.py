"""Judging what came in: labelled, counted, told as events, under the lock of the contact."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.counting import Counted, count_mail, counts_of
from dripline.delivery.outbox import Kind
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.delivery.tracking.judging import BURST, Hit, Verdict, judge_all
from dripline.events.model import Event
from dripline.kernel.clock import real_now
from dripline.kernel.grouping import grouped
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.kernel.values import Json

_sql = queries(__package__)

HELD = BURST / 2
"""So long a hit waits for others of the same mail, which say more about it."""
# What people did is in the numbers within two seconds: one is held, half a one passes until the next look.
_PAUSE_SECONDS = 0.5
# So many hits decide whose turn it is: as many contacts as are locked together anywhere.
_AT_ONCE = 500
# So many are taken then: others of the same mails come along.
_MOST = 2_000


class HitWork:
    """The worker's part."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def once(self) -> float:
        """Judge what has waited long enough; gives the seconds until it is worth looking again."""
        async with self._database.work() as tx:
            rows = await tx.rows(_sql["messages_hit"], real_now() - HELD, _AT_ONCE)
        for workspace, group in grouped(rows, itemgetter("workspace_id")).items():
            await self._judge(workspace, group)
        return 0 if sum(row["hits"] for row in rows) == _AT_ONCE else _PAUSE_SECONDS

    async def _judge(self, workspace: WorkspaceId, rows: Sequence[Row]) -> None:
        async with self._database.work() as tx:
            await lock_contacts(tx, workspace, [row["contact_id"] for row in rows if row["contact_id"] is not None])
            hits = await _taken(tx, workspace, [row["message_id"] for row in rows])
            messages = await tx.rows(_sql["messages"], workspace, list(hits))
            # A clock that stands still says nothing about how soon a hit came.
            frozen = {row["message_id"]: row["frozen_at"] for row in rows}
            now = next(iter(frozen.values())) or real_now()
            judged = [
                Judged(row, hit, verdict)
                for row in messages
                if row["kind"] != Kind.TEST
                for hit, verdict in judge_all(hits[row["id"]], sent_at=None if frozen[row["id"]] else row["sent_at"])
            ]
            await _write(tx, workspace, judged, now=now)


async def _taken(tx: Tx, workspace: WorkspaceId, messages: Sequence[UUID]) -> Mapping[UUID, Sequence[Hit]]:
    """The hits on messages, by message. One that the API wrote and also kept on disk, in doubt, is told once."""
    rows = await tx.rows(_sql["take_hits"], workspace, messages, _MOST)
    told = {row["id"] for row in await tx.rows(_sql["told"], workspace, [row["id"] for row in rows])}
    hits: dict[UUID, list[Hit]] = defaultdict(list)
    for row in rows:
        if row["id"] not in told:
            hit = Hit(row["id"], row["received_at"], row["target"], row["method"], row["agent"], row["network"])
            hits[row["message_id"]].append(hit)
    return hits


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
    contact, depth = ContactId(row["contact_id"]), row["depth"] + 1
    return mail_event(name, contact, mail, more=more, now=now, depth=depth, event=judged.hit.id)
