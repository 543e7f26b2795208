"""A turn: lock contacts who are due, decide, and write what they become, in one short transaction of one workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from dripline.contacts.model import Contact
from dripline.database.pool import Database, is_passing
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.effects import queue as effects
from dripline.delivery.identities import named_sender
from dripline.delivery.limited import Families
from dripline.delivery.senders import Senders
from dripline.durable.halving import in_halves
from dripline.engine.runs.acting import act
from dripline.engine.runs.deciding import Decided, decide
from dripline.engine.runs.lanes import close_lanes, open_lanes
from dripline.engine.runs.moving import Place
from dripline.kernel.ids import ContactId, EnrollmentId, WorkspaceId, show
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.store import Claimed, LaneState
from dripline.sequences.interpreter.model import Parked, SendEmail
from dripline.sequences.interpreter.stepping import advance

_log = structlog.get_logger()

MOST_CONTACTS = 500
"""A turn locks no more than this: what waits for a lock waits for one short transaction."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn did: how many enrollments it decided, how much it asked the world for, whether more may be due."""

    decided: int = 0
    queued: int = 0
    more: bool = False


class Turns:
    """Takes turns."""

    def __init__(self, database: Database, senders: Senders, *, limit: int = MOST_CONTACTS) -> None:
        self._database = database
        self._senders = senders
        self._families = Families()
        self._limit = limit

    async def run(self, workspace: WorkspaceId, lanes: Sequence[LaneState], *, now: datetime) -> Turned:
        """One turn over the lanes given. When it fails, it is halved until the enrollment at fault is alone.

        Raises:
            Whatever the database raises when it is out of reach, or rolls back for somebody else's sake: what was not
            decided is still due.
        """
        claimed: list[Claimed] = []
        try:
            async with self._database.work() as tx:
                opened = await open_lanes(tx, workspace, lanes, limit=self._limit, now=now)
                claimed = await store.claim_due(tx, workspace, opened.lanes, limit=self._limit)
                await close_lanes(tx, workspace, opened, claimed)
                turned = await self._decide(tx, workspace, claimed, now=now)
        except Exception as error:
            if is_passing(error) or not claimed:
                raise
            return await self._apart(workspace, [each.enrollment_id for each in claimed], now=now)
        return replace(turned, more=len(claimed) == self._limit)

    async def _decide(
        self,
        tx: Tx,
        workspace: WorkspaceId,
        claimed: Sequence[Claimed],
        *,
        now: datetime,
    ) -> Turned:
        if not claimed:
            return Turned()
        contacts = {each.contact.id: each.contact for each in claimed}
        due = await store.load_due(tx, workspace, [each.enrollment_id for each in claimed], now=now)
        decided = await decide(
            tx,
            workspace,
            due,
            contacts,
            lambda program, place, facts: advance(program, place.cursor, facts, now),
            now=now,
        )
        await self._queue_mail(tx, workspace, decided, contacts, now=now)
        await effects.enqueue(tx, workspace, decided.effects(at=now))
        await act(tx, workspace, decided.changes, decided.programs, now=now)
        parked = sum(isinstance(decision.state, Parked) for _, decision in decided.runs)
        return Turned(len(decided.runs), parked)

    async def _queue_mail(
        self,
        tx: Tx,
        workspace: WorkspaceId,
        decided: Decided,
        contacts: Mapping[ContactId, Contact],
        *,
        now: datetime,
    ) -> None:
        mails = _mails(decided)
        if not mails:
            return
        own = named_sender(mails[0][0].due.sender)
        senders = [self._senders.of(mail.sender, own) for _, mail in mails]
        to = [contacts[place.due.contact_id].address.domain for place, _ in mails]
        ways = [(sender.address.domain, domain) for sender, domain in zip(senders, to, strict=True)]
        lanes = await self._families.lanes(tx, workspace, ways)
        queued = [
            outbox.NewMessage(
                source_id=place.due.id,
                visit=mail.visit,
                contact_id=place.due.contact_id,
                sequence_id=place.due.sequence_id,
                version=place.key[1],
                step=mail.step,
                template_id=decided.programs[place.key].templates[mail.template],
                sender=sender,
                lane=lanes[way],
                at=now,
            )
            for (place, mail), sender, way in zip(mails, senders, ways, strict=True)
        ]
        await outbox.enqueue(tx, workspace, queued)

    async def _apart(self, workspace: WorkspaceId, enrollments: Sequence[EnrollmentId], *, now: datetime) -> Turned:
        """The same over enrollments that could not be decided together."""

        async def decide_these(some: Sequence[EnrollmentId]) -> Turned:
            async with self._database.work() as tx:
                return await self._decide(tx, workspace, await store.claim_these(tx, workspace, some), now=now)

        async def stick(enrollment: EnrollmentId, error: Exception) -> None:
            await self._stick(workspace, enrollment, error, now=now)

        done = await in_halves(enrollments, decide_these, at_fault=stick)
        return Turned(sum(some.decided for some in done), sum(some.queued for some in done), more=True)

    async def _stick(
        self, workspace: WorkspaceId, enrollment: EnrollmentId, error: Exception, *, now: datetime
    ) -> None:
        _log.error("enrollment_stuck", enrollment=show("enrollment", enrollment), exc_info=error)
        async with self._database.work() as tx:
            if await store.claim_these(tx, workspace, [enrollment]):
                reason = f"{type(error).__name__}: {error}"
                await store.stick(tx, workspace, enrollment, reason=reason, now=now)


def _mails(decided: Decided) -> list[tuple[Place, SendEmail]]:
    """The mails that were asked for."""
    return [
        (place, decision.state.effect)
        for place, decision in decided.runs
        if isinstance(decision.state, Parked) and isinstance(decision.state.effect, SendEmail)
    ]
