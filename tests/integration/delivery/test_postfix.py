"""A real SMTP server between us and the recipients: Postfix takes all, tries, and sends back what it cannot deliver.

Five hundred people get a mail under warm-up, over virtual days; a bounce and a complaint come back by mail.
"""

import asyncio
import smtplib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.analytics.model import SequenceNumbers
from dripline.analytics.sequences import sequence_numbers
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery import outbox
from dripline.delivery.carriers import Carriers
from dripline.delivery.delivering import Deliveries
from dripline.delivery.domains.keys import make_rsa_key
from dripline.delivery.domains.store import add_domain
from dripline.delivery.domains.verifying import look, note_findings
from dripline.delivery.feedback.finding import Finder
from dripline.delivery.feedback.listening import Listener, Place
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.plan import Plan
from dripline.delivery.writing import Writer
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.relays import parse_relay
from dripline.processes.domains import make_place
from dripline.sequences.programs import published
from tests.makers.domains import names_of
from tests.makers.postfix import a_postfix
from tests.makers.returned import arf
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import SECRET, World, a_world

DAY = timedelta(days=1)
PEOPLE = 500
# 40 + 80 + 160 + 220.
PLAN = Plan(40, 5_000, Decimal(2))
DEFINITION = """
trigger: { api: true }
sender: Shop <hello@shop.example>
steps:
  - { action: email, id: welcome, template: a-mail }
  - { action: delay, duration: 30d }
  - { action: email, id: tips, template: a-mail }
"""
_LEDGER = Query(
    "ledger",
    "Counts for a test.",
    "SELECT step, status, count(*) AS count FROM message WHERE workspace_id = $1 GROUP BY step, status",
)
_STAND_AT = Query("stand_at", "Lets a workspace stand at a time.", "UPDATE workspace SET frozen_at = $2 WHERE id = $1")


@dataclass(frozen=True)
class Mailing:
    """The world with a real server behind its mail, and who got it in the end."""

    world: World
    deliveries: Deliveries
    sink: SmtpServer
    port: int

    async def deliver(self) -> None:
        """Hand over all that may go at the time at which the clock stands."""
        now = await self.world.now()
        for _ in range(100):
            async with self.world.database.work() as tx:
                lanes = await outbox.lanes(tx, [self.world.workspace_id])
            done = [await self.deliveries.run(lane, limit=50, now=now) for lane in lanes if lane.due_at <= now]
            if not any(each.claimed for each in done):
                return

    async def taken(self, count: int) -> list[str]:
        """Who got mail, when so many have."""
        for _ in range(600):
            people = [letter["recipient"] for letter in self.sink.taken()]
            if len(people) >= count:
                return people
            await asyncio.sleep(0.05)
        raise AssertionError(f"{len(people)} of {count} arrived")


@pytest.fixture
async def world(database: Database, database_url: str) -> AsyncIterator[World]:
    async with a_world(database, database_url, public_url="https://mail.shop.example") as world:
        yield world


@pytest.fixture
async def mailing(world: World, tmp_path: Path) -> AsyncIterator[Mailing]:
    async with _listening(world) as inbound, SmtpServer(tmp_path / "taken") as sink:
        folder = tmp_path / "postfix"
        folder.mkdir()
        back = {"bounce.shop.example": f"smtp:[127.0.0.1]:{inbound}"}
        async with a_postfix(folder, default=f"smtp:[127.0.0.1]:{sink.port}", transports=back) as port:
            relay = SmtpTransport(parse_relay(f"smtp://127.0.0.1:{port}?starttls=never"), connections=5, timeout=30)
            links = UnsubscribeLinks(SECRET, world.settings.public_url)
            deliveries = Deliveries(
                world.database,
                Writer(world.parts.renderer, links, secret=SECRET),
                Carriers({Mode.TEST: relay}),
                world.parts.domains,
                lease=timedelta(minutes=1),
                retry=RetryRule(timedelta(minutes=30), timedelta(hours=96)),
                chance=Random(0),
            )
            yield Mailing(world, deliveries, sink, port)
            await relay.close()


@asynccontextmanager
async def _listening(world: World) -> AsyncIterator[int]:
    finder = Finder([SECRET], UnsubscribeLinks(SECRET, world.settings.public_url))
    server = await Listener(world.database, finder, Place("127.0.0.1", 0)).start()
    yield server.sockets[0].getsockname()[1]
    server.close()


async def prove(world: World, name: str) -> None:
    """A domain of the workspace whose records are all there, as they must be for live mail."""
    place = make_place(world.settings)
    async with world.database.work() as tx:
        keys = [make_rsa_key()]
        domain = await add_domain(tx, world.workspace_id, name, keys, sealer=Sealer(SECRET), now=real_now())
        findings = await look(domain, Mode.LIVE, place, names_of(domain, place))
        await note_findings(tx, world.workspace_id, name, findings, now=real_now(), real=real_now())


async def numbers(world: World) -> SequenceNumbers:
    """The sequence, counted as its author sees it."""
    sequence, now = await world.sequence_now("a-sequence"), await world.now()
    async with world.database.work() as tx:
        key = (sequence.id, sequence.version)
        definition = (await published(tx, world.workspace_id, [key]))[key].definition
        span = {"since": now - 30 * DAY, "until": now + DAY}
        return await sequence_numbers(tx, world.workspace_id, sequence.id, definition, version=None, now=now, **span)


async def heard_back(world: World, count: int) -> None:
    """Work what comes back by mail, until so many runs have ended for it."""
    for _ in range(600):
        await world.parts.feedback.once()
        await world.parts.reacting.once()
        if len(await world.enrollments(status="exited")) >= count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("what came back ended nobody's run")


async def test_five_hundred_people_are_mailed_by_plan_and_a_bounce_and_a_complaint_come_back(mailing: Mailing) -> None:
    world = mailing.world
    await prove(world, "shop.example")
    await world.sequence(DEFINITION, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    async with world.database.work() as tx:
        await moving.plan(tx, world.workspace_id, "shop.example", PLAN, now=midnight)
        await moving.start(tx, world.workspace_id, "shop.example", now=midnight)
    bounces = "rcpt-550-5.1.1+gone@customer.example"
    complains = "person-7@customer.example"
    people = [bounces, *(f"person-{number}@customer.example" for number in range(1, PEOPLE))]
    for start in range(0, PEOPLE, 100):
        await world.enroll("a-sequence", *people[start : start + 100])
    await world.parts.running.once()

    for day in range(4):
        async with world.database.work() as tx:
            await tx.run(_STAND_AT, world.workspace_id, midnight + day * DAY + timedelta(hours=1))
        await mailing.deliver()
    arrived = await mailing.taken(PEOPLE - 1)
    await heard_back(world, 1)
    [complained] = [letter for letter in mailing.sink.taken() if letter["recipient"] == complains]
    report = arf(to=complained["sender"], recipient=complains)
    with smtplib.SMTP("127.0.0.1", mailing.port) as client:
        await asyncio.to_thread(client.sendmail, "", [complained["sender"]], report.encode())
    await heard_back(world, 2)

    # By plan, each once.
    days = Counter((message.sent_at - midnight) // DAY for message in await world.messages() if message.sent_at)
    assert [days[day] for day in range(4)] == [40, 80, 160, 220]
    assert Counter(arrived) == Counter(people[1:])
    # The right two are out, for the right reasons.
    exited = {run.email: run.exit_reason for run in await world.enrollments(status="exited")}
    assert exited == {bounces: "bounced", complains: "complained"}
    async with world.database.work() as tx:
        rows = await tx.rows(_LEDGER, world.workspace_id)
        standing = await moving.standing(tx, world.workspace_id, "shop.example", now=await world.now())
    assert {(row["step"], row["status"]): row["count"] for row in rows} == {
        ("welcome", "sent"): PEOPLE - 2,
        ("welcome", "bounced"): 1,
        ("welcome", "complained"): 1,
    }
    # The numbers are those of a recount.
    [welcome, _] = (await numbers(world)).steps
    counted = welcome.numbers
    assert (counted.sent, counted.bounces, counted.of("complained"), welcome.waiting) == (PEOPLE, 1, 1, 0)
    assert (standing.sample.tried, standing.sample.bounced, standing.sample.complained) == (PEOPLE, 1, 1)
    assert all(parse_address(letter["sender"]).domain == "bounce.shop.example" for letter in mailing.sink.taken())
