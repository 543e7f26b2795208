"""A workspace with a worker's parts around it, moved by hand: what tests of the whole flow stand in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace, find_workspace
from dripline.contacts.model import ContactChanges
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery import sends
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.inbox import CaughtMail, list_inbox
from dripline.delivery.sends import Message, MessageFilter
from dripline.engine import test_clock
from dripline.engine.facts.tracking import IncomingEvent, Ingest, Tracked
from dripline.engine.runs.enrolling import Answer, enroll_by_hand
from dripline.engine.versions import publishing
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.durations import parse_duration
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.processes.domains import make_senders
from dripline.processes.parts import Parts
from dripline.processes.worker import worker
from dripline.sequences import lifecycle
from dripline.sequences.enrollments.model import Enrollment
from dripline.sequences.enrollments.store import list_enrollments
from dripline.sequences.model import Sequence
from dripline.sequences.store import find
from dripline.settings import Settings
from dripline.templates.model import TemplateDraft
from dripline.templates.saving import save_template

SECRET = "a secret of at least thirty-two characters"


@dataclass(frozen=True, slots=True)
class World:
    """One workspace and the parts of a worker, which nothing runs but the test."""

    database: Database
    settings: Settings
    workspace_id: WorkspaceId
    mode: Mode
    parts: Parts
    ingest: Ingest

    async def workspace(self) -> Workspace:
        async with self.database.work() as tx:
            return await find_workspace(tx, self.workspace_id)

    async def now(self) -> datetime:
        return (await self.workspace()).now(real_now())

    async def template(self, slug: str, *, subject: str | None = None, html: str = "<p>Hi {{ firstName }}</p>") -> None:
        draft = TemplateDraft(name=slug, subject=subject or slug, html=html)
        async with self.database.work() as tx:
            await save_template(tx, self.workspace_id, slug, draft, now=real_now())

    async def sequence(self, definition: str, *, slug: str = "a-sequence", templates: tuple[str, ...] = ()) -> Sequence:
        """An active sequence; its templates are made when they are missing."""
        for template in templates:
            await self.template(template)
        async with self.database.work() as tx:
            await lifecycle.create(tx, self.workspace_id, name=slug, definition=definition, now=await self.now())
        return await self.activate(slug)

    async def activate(self, slug: str) -> Sequence:
        workspace = await self.workspace()
        async with self.database.work() as tx:
            senders = make_senders(self.settings)
            now = workspace.now(real_now())
            providers = Providers(self.parts.sealer, self.parts.environment)
            done = await publishing.activate(tx, workspace, slug, senders=senders, providers=providers, now=now)
            return done.sequence

    async def pause(self, slug: str) -> Sequence:
        async with self.database.work() as tx:
            return await lifecycle.pause(tx, self.workspace_id, slug, now=await self.now())

    async def archive(self, slug: str) -> Sequence:
        workspace = await self.workspace()
        async with self.database.work() as tx:
            return await publishing.archive(tx, workspace, slug, now=workspace.now(real_now()))

    async def track(
        self,
        email: str,
        name: str,
        properties: Mapping[str, Json] | None = None,
        *,
        contact: Mapping[str, Json] | None = None,
        key: str | None = None,
        timestamp: datetime | None = None,
    ) -> Tracked:
        changes = ContactChanges(properties=contact) if contact is not None else None
        event = IncomingEvent(
            name, properties or {}, address=parse_address(email), contact=changes, key=key, timestamp=timestamp
        )
        return await self.ingest.track(await self.workspace(), event)

    async def enroll(self, slug: str, *emails: str) -> list[Answer]:
        people = [parse_address(email) for email in emails]
        async with self.database.work() as tx:
            return await enroll_by_hand(tx, self.workspace_id, slug, people, now=await self.now())

    async def advance(self, duration: str) -> None:
        """Move the test clock, and do all that is due on the way."""
        async with self.database.work() as tx:
            await test_clock.start_advance(tx, self.workspace_id, by=parse_duration(duration), real=real_now())
        assert await self.parts.jobs.run_one(self.workspace_id)
        # What was queued before comes first.
        while await self.parts.jobs.run_one(self.workspace_id):
            pass

    async def stand_at_midnight(self) -> datetime:
        """Freeze the clock at the next midnight of UTC, and give it."""
        tomorrow = await self.now() + timedelta(days=1)
        midnight = datetime.combine(tomorrow.date(), time(), tomorrow.tzinfo)
        async with self.database.work() as tx:
            await test_clock.start_advance(tx, self.workspace_id, to=midnight, real=real_now())
        await self.work()
        return midnight

    async def work(self) -> None:
        """What a worker does at this moment: jobs, reactions, turns and deliveries, until nothing is due here."""
        for _ in range(500):
            while await self.parts.jobs.run_one(self.workspace_id):
                pass
            for sweep in self.parts.sweeps:
                await sweep.sweep(self.workspace_id, now=await self.now())
            await self.parts.reacting.once()
            await self.parts.running.once()
            await self.parts.carrying.once()
            await self.parts.carrying.finish()
            await self.parts.delivering.once()
            await self.parts.delivering.finish()
            now = await self.now()
            async with self.database.work() as tx:
                due = await test_clock.next_due(tx, self.workspace_id, self.parts.sweeps, now=now)
            if due is None or due > now:
                return
        raise AssertionError("there is always more to do")

    async def deliver(self) -> None:
        """Hand over what is due. Mail of other workspaces may have the first places."""
        for _ in range(5):
            await self.parts.delivering.once()
            await self.parts.delivering.finish()

    async def inbox(self, email: str | None = None) -> list[CaughtMail]:
        """Caught mail, oldest first."""
        key = parse_address(email).key if email else None
        async with self.database.work() as tx:
            return list(reversed(await list_inbox(tx, self.workspace_id, email_key=key, limit=1000)))

    async def mailed(self, email: str, *, since: datetime) -> list[tuple[str, timedelta]]:
        """The steps whose mail somebody got, and how long after `since`."""
        return [(mail.step or mail.kind, mail.sent_at - since) for mail in await self.inbox(email)]

    async def messages(self, **matching: object) -> list[Message]:
        """The ledger, oldest first."""
        async with self.database.work() as tx:
            wanted = MessageFilter(**matching)  # type: ignore[arg-type]
            return list(reversed(await sends.list_sends(tx, self.workspace_id, matching=wanted, limit=1000)))

    async def sequence_now(self, slug: str) -> Sequence:
        """A sequence as it stands."""
        async with self.database.work() as tx:
            return await find(tx, self.workspace_id, slug)

    async def enrollments(self, slug: str = "a-sequence", status: str | None = None) -> list[Enrollment]:
        async with self.database.work() as tx:
            sequence = await find(tx, self.workspace_id, slug)
            return await list_enrollments(tx, self.workspace_id, sequence.id, status=status, limit=1000)


@asynccontextmanager
async def a_world(database: Database, url: str, *, mode: Mode = Mode.TEST, **settings: object) -> AsyncIterator[World]:
    """A fresh workspace, and a worker's parts that nothing runs but the caller."""
    chosen = Settings(database_url=url, secret_key=SECRET, **settings)  # type: ignore[arg-type]
    async with database.work() as tx:
        workspace = await create_workspace(tx, name="a world", mode=mode, now=real_now(), uses_environment=True)
    async with worker(chosen) as parts:
        yield World(database, chosen, workspace.id, mode, parts, Ingest(database, Hints(database)))
