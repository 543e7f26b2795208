"""What came back changes the message, the address and the runs: once, and only of the workspace that sent it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from dripline.contacts.model import SuppressionReason
from dripline.contacts.store import find_suppression
from dripline.contacts.suppression import unsuppress
from dripline.database.queries import Query
from dripline.delivery.feedback.finding import Traces
from dripline.delivery.feedback.inbound import UNKNOWN, Received, Source, keep, mail_key
from dripline.delivery.feedback.verp import bounce_address
from dripline.delivery.message.identity import message_id
from dripline.delivery.outbox import SendKey
from dripline.delivery.sends import Message
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.kernel.clock import real_now
from dripline.kernel.ids import MessageId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.processes.feedback import make_finder
from tests.makers.returned import ADDRESS, arf, dsn
from tests.makers.world import SECRET, World, a_world

HOST = "bounces.shop.example"
HARD = "550 5.1.1 User unknown"
TWO = """
trigger: { event: signed.up }
steps:
  - { action: email, id: first, template: hello }
  - { action: delay, duration: 3d }
  - { action: email, id: second, template: hello }
"""
_QUARANTINED = Query(
    "quarantined",
    "For a test.",
    "SELECT status, reason FROM inbound WHERE workspace_id = $1 AND status = 'quarantined'",
)
_WAITING = Query(
    "waiting", "For a test.", "SELECT count(*) FROM inbound WHERE workspace_id = $1 AND status = 'waiting'"
)
_IN_DOUBT = Query(
    "in_doubt", "For a test.", "UPDATE message SET status = 'in_doubt', reason = 'no_reply' WHERE workspace_id = $1"
)
_HANDS = Query(
    "hands", "For a test.", "UPDATE message SET status = 'queued', settled_at = NULL WHERE workspace_id = $1"
)
_EVENTS = Query(
    "events",
    "For a test.",
    "SELECT name, properties FROM event WHERE workspace_id = $1 AND name LIKE 'email.%' ORDER BY id",
)


_NAME = Query(
    "name",
    "For a test.",
    "UPDATE message SET provider_id = $2 WHERE workspace_id = $1 AND source_id = $3 AND visit = $4",
)


async def sent(world: World, email: str = ADDRESS, *, definition: str = TWO) -> Message:
    """The first mail of a run, which has left."""
    if not await world.messages():
        await world.sequence(definition, templates=("hello",))
    await world.track(email, "signed.up")
    await world.work()
    return (await world.messages())[-1]


def verp(world: World, message: Message, workspace: WorkspaceId | None = None) -> str:
    return bounce_address(workspace or world.workspace_id, MessageId(message.id), HOST, SECRET)


def identity(world: World, message: Message) -> str:
    return message_id(world.workspace_id, message.source_id, message.visit, "shop.example")


async def receive(
    world: World, text: str, *to: str, workspace: WorkspaceId | None = None, source: Source = Source.MAIL
) -> None:
    """A mail that came in, and what a worker makes of it."""
    raw = text.encode()
    async with world.database.work() as tx:
        received = [Received(mail_key(raw, to), raw)]
        await keep(tx, workspace or UNKNOWN, source, received, envelope=to, now=real_now() - timedelta(seconds=1))
    await work(world)


async def work(world: World) -> None:
    await world.parts.feedback.once()
    await world.work()


async def suppressed(world: World, address: str = ADDRESS) -> SuppressionReason | None:
    async with world.database.work() as tx:
        found = await find_suppression(tx, world.workspace_id, address)
    return found.reason if found is not None else None


async def events(world: World) -> list[tuple[str, dict[str, Json]]]:
    async with world.database.work() as tx:
        return [(row["name"], row["properties"]) for row in await tx.rows(_EVENTS, world.workspace_id)]


async def rows(world: World, query: Query, workspace: WorkspaceId | None = None) -> Sequence[Any]:
    async with world.database.work() as tx:
        return await tx.rows(query, workspace or world.workspace_id)


async def test_a_hard_bounce_to_a_bounce_address_ends_the_run_and_suppresses(world: World) -> None:
    mail = await sent(world)

    await receive(world, dsn(HARD, status="5.1.1", original=""), verp(world, mail))

    [after] = await world.messages()
    assert (after.status, after.reason, after.detail) == ("bounced", "bounced_hard", f"smtp; {HARD}")
    assert await suppressed(world) is SuppressionReason.BOUNCED
    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "bounced")]
    [_, (name, told)] = await events(world)
    assert (name, told["type"], told["class"], told["code"], told["step"], told["sequence"]) == (
        "email.bounced",
        "hard",
        "hard",
        "5.1.1",
        "first",
        "a-sequence",
    )


async def test_a_bounce_is_found_by_the_message_id_that_it_quotes(world: World) -> None:
    mail = await sent(world)
    original = f"Message-ID: <{identity(world, mail)}>\n"

    await receive(world, dsn(HARD, status="5.1.1", original=original), "bounces@shop.example")

    assert [each.status for each in await world.messages()] == ["bounced"]


async def test_a_bounce_days_after_the_mail_was_taken_stops_the_sequence(world: World) -> None:
    mail = await sent(world)
    await world.advance("2d")

    await receive(world, dsn(HARD, status="5.1.1"), verp(world, mail))
    await world.advance("5d")

    assert [(each.step, each.status) for each in await world.messages()] == [("first", "bounced")]


async def test_a_soft_bounce_leaves_address_and_run_alone(world: World) -> None:
    mail = await sent(world)

    await receive(world, dsn("552 5.2.2 mailbox full", status="5.2.2"), verp(world, mail))

    assert [(each.status, each.reason) for each in await world.messages()] == [("bounced", "bounced_soft")]
    assert await suppressed(world) is None
    assert [each.status for each in await world.enrollments()] == ["active"]


async def test_soft_bounces_in_a_row_suppress_when_there_were_enough_over_enough_days(
    database: Any, database_url: str
) -> None:
    steps = "".join("  - { action: email, template: hello }\n  - { action: delay, duration: 2d }\n" for _ in range(5))
    async with a_world(database, database_url, soft_bounces=3, soft_bounce_days=4) as world:
        await world.sequence(f"trigger: {{ event: signed.up }}\nsteps:\n{steps}", templates=("hello",))
        await world.track(ADDRESS, "signed.up")
        await world.work()
        seen = []
        for _ in range(4):
            mail = (await world.messages())[-1]
            await receive(world, dsn("452 4.2.2 mailbox full", status="4.2.2"), verp(world, mail))
            seen.append(await suppressed(world))
            await world.advance("2d")

    assert seen[:3] == [None, None, SuppressionReason.BOUNCED]


async def test_a_delivery_ends_the_row_of_soft_bounces(database: Any, database_url: str) -> None:
    steps = "".join("  - { action: email, template: hello }\n  - { action: delay, duration: 2d }\n" for _ in range(4))
    async with a_world(database, database_url, soft_bounces=2, soft_bounce_days=0) as world:
        await world.sequence(f"trigger: {{ event: signed.up }}\nsteps:\n{steps}", templates=("hello",))
        await world.track(ADDRESS, "signed.up")
        await world.work()
        for said in ("soft", "delivered", "soft"):
            mail = (await world.messages())[-1]
            text = (
                dsn("452 4.2.2 mailbox full", status="4.2.2")
                if said == "soft"
                else dsn("250 Ok", status="2.0.0", action="delivered")
            )
            await receive(world, text, verp(world, mail))
            await world.advance("2d")

        assert await suppressed(world) is None


@pytest.mark.parametrize(
    "text",
    [
        dsn("550 5.7.1 blocked using a block list", status="5.7.1"),
        dsn("451 4.7.1 try again later", status="4.7.1", action="delayed"),
        dsn("250 Ok", status="2.0.0", action="delivered"),
        dsn("250 Ok", status="2.0.0", action="relayed"),
        dsn("250 Ok", status="2.0.0", action="expanded"),
        arf("not-spam"),
        arf("auth-failure"),
    ],
    ids=["block", "delayed", "delivered", "relayed", "expanded", "not-spam", "auth-failure"],
)
async def test_what_is_no_dead_address_and_no_complaint_never_suppresses(world: World, text: str) -> None:
    mail = await sent(world)

    await receive(world, text, verp(world, mail))

    assert await suppressed(world) is None
    assert [each.status for each in await world.enrollments()] == ["active"]


async def test_a_complaint_suppresses_and_is_counted_once(world: World) -> None:
    mail = await sent(world)
    original = f"Message-ID: <{identity(world, mail)}>\nTo: {ADDRESS}\n"

    for number in range(3):
        await receive(world, arf(original=f"X-Number: {number}\n{original}", recipient="redacted@mailbox.example"))

    assert await suppressed(world) is SuppressionReason.COMPLAINED
    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "complained")]
    assert [name for name, _ in await events(world)] == ["email.sent", "email.complained"]


async def test_a_complaint_is_found_by_the_link_to_unsubscribe(world: World) -> None:
    await sent(world)
    [caught] = await world.inbox(ADDRESS)
    link = caught.headers["List-Unsubscribe"]

    await receive(
        world, arf(original=f"Message-ID: <gone@x.example>\nList-Unsubscribe: {link}\n", recipient="x@x.example")
    )

    assert [each.status for each in await world.messages()] == ["complained"]


async def test_a_repeated_report_does_nothing_even_when_the_address_may_be_mailed_again(world: World) -> None:
    mail = await sent(world)
    await receive(world, dsn(HARD, status="5.1.1"), verp(world, mail))
    async with world.database.work() as tx:
        await unsuppress(tx, world.workspace_id, ADDRESS)

    await receive(world, dsn(HARD, status="5.1.1"), verp(world, mail))
    await receive(world, dsn(HARD, status="5.1.1", prose="Once more."), verp(world, mail))

    assert await suppressed(world) is None
    assert [name for name, _ in await events(world)] == ["email.sent", "email.bounced"]


async def test_reports_in_any_order_end_in_the_same_state(world: World) -> None:
    mail = await sent(world)
    original = f"Message-ID: <{identity(world, mail)}>\n"

    await receive(world, arf(original=original))
    await receive(world, dsn("552 5.2.2 mailbox full", status="5.2.2"), verp(world, mail))
    await receive(world, dsn("250 Ok", status="2.0.0", action="delivered"), verp(world, mail))

    assert [each.status for each in await world.messages()] == ["complained"]


async def test_a_forged_bounce_address_changes_nothing(world: World) -> None:
    mail = await sent(world)
    forged = bounce_address(world.workspace_id, MessageId(mail.id), HOST, "the secret of somebody else")

    await receive(world, dsn(HARD, status="5.1.1", original=""), forged)

    assert [each.status for each in await world.messages()] == ["sent"]
    assert await suppressed(world) is None


async def test_a_bounce_that_quotes_the_mail_of_another_workspace_changes_only_its_own(
    world: World, database: Any, database_url: str
) -> None:
    mail = await sent(world)
    async with a_world(database, database_url) as other:
        theirs = await sent(other)
        quoting = f"Message-ID: <{identity(other, theirs)}>\n"

        await receive(world, dsn(HARD, status="5.1.1", original=quoting), verp(world, mail))

        assert [each.status for each in await other.messages()] == ["sent"]
        assert await suppressed(other) is None
    assert [each.status for each in await world.messages()] == ["bounced"]


async def test_a_mailbox_of_one_workspace_never_changes_another(world: World, database: Any, database_url: str) -> None:
    async with a_world(database, database_url) as other:
        theirs = await sent(other)
        quoting = f"Message-ID: <{identity(other, theirs)}>\n"
        text = dsn(HARD, status="5.1.1", original=quoting, to=verp(other, theirs))

        await receive(world, text, workspace=world.workspace_id, source=Source.IMAP)

        assert [each.status for each in await other.messages()] == ["sent"]


async def test_a_mail_in_doubt_is_settled_by_news_about_its_message_id(world: World) -> None:
    mail = await sent(world)
    await rows(world, _IN_DOUBT)

    original = f"Message-ID: <{identity(world, mail)}>\n"
    await receive(world, dsn("250 Ok", status="2.0.0", action="delivered", original=original))

    assert [(each.status, each.reason) for each in await world.messages()] == [("delivered", None)]
    assert [name for name, _ in await events(world)] == ["email.sent", "email.delivered"]


async def test_news_that_come_before_the_mail_is_settled_wait_for_it(world: World) -> None:
    mail = await sent(world)
    await rows(world, _HANDS)

    await receive(world, dsn(HARD, status="5.1.1"), verp(world, mail))

    assert next(row["count"] for row in await rows(world, _WAITING, UNKNOWN)) >= 1
    assert await suppressed(world) is None


async def test_an_unreadable_mail_to_a_bounce_address_is_still_a_bounce_of_that_mail(world: World) -> None:
    mail = await sent(world)

    await receive(world, "\n\n", verp(world, mail))

    assert [(each.status, each.reason) for each in await world.messages()] == [("bounced", "bounced_other")]


async def test_an_unreadable_mail_is_put_aside_with_the_reason_and_the_next_one_is_worked(world: World) -> None:
    mail = await sent(world)
    await receive(world, "\n\n\n", "bounces@shop.example", workspace=world.workspace_id)

    await receive(world, dsn(HARD, status="5.1.1"), verp(world, mail))

    assert [tuple(row) for row in await rows(world, _QUARANTINED)] == [("quarantined", "unreadable: it is empty")]
    assert [each.status for each in await world.messages()] == ["bounced"]


async def test_an_answer_by_a_person_to_a_bounce_address_changes_nothing(world: World) -> None:
    mail = await sent(world)

    await receive(world, "From: jane@customer.example\nSubject: Re: Hello\n\nThank you!", verp(world, mail))

    assert [each.status for each in await world.messages()] == ["sent"]


async def test_a_bounce_of_an_address_that_mail_was_forwarded_to_counts_for_the_one_it_was_sent_to(
    world: World,
) -> None:
    mail = await sent(world)

    await receive(world, dsn(HARD, status="5.1.1", address="elsewhere@other.example"), verp(world, mail))

    assert await suppressed(world) is SuppressionReason.BOUNCED
    assert await suppressed(world, "elsewhere@other.example") is None


async def call(world: World, message: Message, provider_id: str) -> None:
    """What a provider has called a mail."""
    async with world.database.work() as tx:
        await tx.run(_NAME, world.workspace_id, provider_id, message.source_id, message.visit)


async def find(world: World, *provider_ids: str, workspace: WorkspaceId | None) -> tuple[WorkspaceId, SendKey] | None:
    """The mail that a provider calls so, or that went to the same address."""
    traces = Traces(addresses=(ADDRESS,), provider_ids=provider_ids)
    async with world.database.work() as tx:
        return await make_finder(world.settings, UnsubscribeLinks(SECRET, "http://x")).find(
            tx, traces, workspace=workspace
        )


async def test_a_mail_is_found_by_what_the_provider_calls_it_before_the_newest_to_the_address(world: World) -> None:
    first = await sent(world)
    await world.advance("3d")
    _, second = await world.messages()
    await call(world, first, "p-1")
    await call(world, second, "p-2")

    found = [await find(world, *ids, workspace=world.workspace_id) for ids in (("p-1",), ("p-2.x", "p-2"), ())]

    ours = [(world.workspace_id, (each.source_id, each.visit)) for each in (first, second, second)]
    assert found == ours


async def test_a_mail_that_the_provider_calls_otherwise_is_never_taken_for_another(world: World) -> None:
    message = await sent(world)
    await call(world, message, "p-1")

    found = [
        await find(world, "p-9", workspace=world.workspace_id),
        await find(world, "p-1", workspace=None),
        await find(world, "p-1", workspace=WorkspaceId(new_uuid())),
    ]

    assert found == [None, None, None]
