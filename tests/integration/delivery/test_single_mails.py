"""Mail that no run asked for, over a server that does as it is told: doubts, dead addresses, and who goes first."""

import asyncio
from email import message_from_bytes, policy

import pytest

from dripline.accounts.model import Mode
from dripline.contacts.store import find_contact_by_email, find_suppression
from dripline.database.pool import Database
from dripline.delivery.sends import Message
from dripline.engine import sending
from dripline.engine.audience.people import opt_out
from dripline.engine.insight.dry_running import nobody
from dripline.engine.sending import Order, Trial
from dripline.events.reading import events_of
from dripline.kernel.addresses import parse_address, parse_mailbox
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, MessageId, TemplateId
from dripline.processes.domains import make_senders
from dripline.templates.store import slugs
from tests.makers.smtp_server import SmtpServer
from tests.makers.waiting import until
from tests.makers.world import World, a_world

ONE_MAIL = "trigger: { event: signed.up }\nsteps: [ { action: email, id: welcome, template: news } ]"


@pytest.fixture
async def live(relayed: World) -> World:
    await relayed.template("receipt", html="<p>{{ code }} {{ event.plan }} {{ contact.email }}</p>")
    return relayed


async def template_of(world: World, slug: str = "receipt") -> TemplateId:
    async with world.database.work() as tx:
        return (await slugs(tx, world.workspace_id, [slug]))[slug]


async def send(world: World, to: str, *, key: str | None = None) -> Message:
    order = Order(parse_address(to), await template_of(world), {"code": "X1"}, key=key)
    workspace, senders = await world.workspace(), make_senders(world.settings)
    async with world.database.work() as tx:
        return (await sending.send(tx, workspace, order, senders=senders, now=await world.now())).message


async def send_test(world: World, to: str) -> Message:
    address, now = parse_address(to), await world.now()
    trial = Trial(nobody(address, now), (), {}, None)
    template, workspace = await template_of(world), await world.workspace()
    async with world.database.work() as tx:
        senders = make_senders(world.settings)
        return await sending.send_test(tx, workspace, template, address, trial, senders=senders, now=now)


async def resend(world: World, message: Message) -> Message:
    async with world.database.work() as tx:
        return await sending.resend(tx, world.workspace_id, MessageId(message.id), now=await world.now())


def bodies(server: SmtpServer) -> list[str]:
    """The first paragraphs of what was taken."""
    mails = [message_from_bytes(raw, policy=policy.default) for raw in server.raw()]
    parts = [mail.get_body(("html",)) for mail in mails]
    return [str(part.get_content()).partition("</p>")[0] for part in parts if part is not None]


async def test_a_doubt_about_a_single_mail_is_sent_again_by_a_person_and_once_only(
    live: World, server: SmtpServer
) -> None:
    asked = await send(live, "dot-keep-reset@example.test")
    await live.work()
    await live.work()

    again = await resend(live, asked)
    with pytest.raises(Conflict, match="has been sent again, as snd_"):
        await resend(live, asked)
    await live.work()

    old, new = await live.messages()
    assert (old.status, old.resent_as, old.reason) == ("in_doubt", again.id, "no_reply")
    # The same server loses the same answer.
    assert (new.id, new.status, new.kind, new.template_id) == (again.id, "in_doubt", "transactional", asked.template_id)
    assert bodies(server) == ["<p>X1  dot-keep-reset@example.test"] * 2
    assert len({letter["message_id"] for letter in server.taken()}) == 2


async def test_a_mail_of_a_run_is_sent_again_with_what_its_run_began_with(live: World, server: SmtpServer) -> None:
    await live.sequence(ONE_MAIL.replace("news", "receipt"))
    await live.track("dot-keep-reset@example.test", "signed.up", {"plan": "pro"})
    await live.work()
    [asked] = await live.messages()

    await resend(live, asked)
    await live.pause("a-sequence")
    await live.work()

    old, new = await live.messages()
    assert (old.status, old.resent_as) == ("in_doubt", new.id)
    assert (new.kind, new.sequence, new.step, new.visit) == ("sequence", "a-sequence", "welcome", 0)
    assert bodies(server) == ["<p> pro dot-keep-reset@example.test"] * 2
    [run] = await live.enrollments()
    assert run.status == "completed"


async def test_who_opted_out_meanwhile_does_not_get_the_mail_of_a_run_again(live: World, server: SmtpServer) -> None:
    await live.sequence(ONE_MAIL.replace("news", "receipt"))
    await live.track("dot-keep-reset@example.test", "signed.up")
    await live.work()
    [asked] = await live.messages()
    await resend(live, asked)
    async with live.database.work() as tx:
        assert asked.contact_id is not None
        await opt_out(tx, live.workspace_id, ContactId(asked.contact_id), now=await live.now())

    await live.work()

    assert [(message.status, message.reason) for message in await live.messages()] == [
        ("in_doubt", "no_reply"),
        ("skipped", "unsubscribed"),
    ]
    assert len(server.taken()) == 1


@pytest.mark.parametrize("how", [send, send_test])
async def test_an_address_that_does_not_exist_is_suppressed_whoever_asked(live: World, how: object) -> None:
    assert callable(how)
    await how(live, "rcpt-550-5.1.1@example.test")

    await live.work()

    [message] = await live.messages()
    async with live.database.work() as tx:
        known = await find_suppression(tx, live.workspace_id, "rcpt-550-5.1.1@example.test")
        contact = await find_contact_by_email(tx, live.workspace_id, "rcpt-550-5.1.1@example.test")
        told = await events_of(tx, live.workspace_id, contact_id=None, limit=10)
    assert (message.status, message.reason) == ("bounced", "address_rejected")
    assert known is not None
    assert (known.reason, contact is None) == ("bounced", how is send_test)
    assert [event.name for event, _ in told] == ([] if how is send_test else ["email.bounced"])


async def test_a_temporary_refusal_is_tried_again_later(live: World) -> None:
    await send(live, "rcpt-450@example.test")

    await live.work()

    [message] = await live.messages()
    assert (message.status, message.reason, message.attempts) == ("deferred", "deferred", 1)


async def test_two_requests_under_one_key_at_the_same_moment_are_one_mail(live: World, server: SmtpServer) -> None:
    asked = await asyncio.gather(*(send(live, "ok@example.test", key="order-1") for _ in range(4)))

    await live.work()

    assert len({message.id for message in asked}) == 1
    assert [letter["recipient"] for letter in server.taken()] == ["ok@example.test"]


async def test_a_transactional_mail_waits_for_no_bulk_of_its_domain(
    database: Database, database_url: str, server: SmtpServer
) -> None:
    settings = {
        "smtp_url": f"smtp://127.0.0.1:{server.port}?starttls=never",
        "sender": parse_mailbox("ann@example.com"),
        "smtp_connections": 2,
    }
    bulk = [f"data-held+{number}@example.test" for number in range(20)]
    async with a_world(database, database_url, mode=Mode.LIVE, **settings) as world:
        await world.template("receipt")
        await world.sequence(ONE_MAIL, templates=("news",))
        for person in bulk:
            await world.track(person, "signed.up")
        await world.parts.running.once()
        await world.parts.delivering.once()
        await server.heard("DATA")

        await send(world, "urgent@example.test")
        await world.parts.delivering.once()
        await until(lambda: has_gone(server, "urgent@example.test"), "the urgent mail has gone")

        already = recipients(server)
        server.options.released.set()
        await world.parts.delivering.finish()
        await world.work()
    assert already == ["urgent@example.test"]
    assert sorted(recipients(server)) == sorted(["urgent@example.test", *bulk])


async def has_gone(server: SmtpServer, recipient: str) -> bool:
    return recipient in recipients(server)


def recipients(server: SmtpServer) -> list[str]:
    return [letter["recipient"] for letter in server.taken()]
