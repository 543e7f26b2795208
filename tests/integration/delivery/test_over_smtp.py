"""Live mail over a server that does as it is told: what each answer makes of the message and of the run."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from dripline.accounts.model import Mode
from dripline.contacts.store import find_contact_by_email
from dripline.database.pool import Database
from dripline.events.reading import events_of
from dripline.kernel.addresses import parse_mailbox
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import World, a_world

TWO_MAILS = """
trigger: { event: signed.up }
steps:
  - { action: email, template: first }
  - { action: delay, duration: 1d }
  - { action: email, template: second }
"""


@pytest.fixture
async def live(relayed: World) -> World:
    await relayed.sequence(TWO_MAILS, templates=("first", "second"))
    return relayed


async def outcome(world: World, recipient: str) -> tuple[str, str | None, int]:
    """Status, reason and attempts of the one message to somebody."""
    [message] = [message for message in await world.messages() if message.email == recipient]
    return message.status, message.reason, message.attempts


async def test_an_accepted_mail_is_sent_and_the_delay_counts_from_it(live: World, server: SmtpServer) -> None:
    await live.track("ok@example.test", "signed.up")

    await live.work()

    assert await outcome(live, "ok@example.test") == ("sent", None, 1)
    [message] = await live.messages()
    [enrollment] = await live.enrollments()
    assert message.settled_at is not None
    assert enrollment.due_at == message.settled_at + timedelta(days=1)
    assert [taken["recipient"] for taken in server.taken()] == ["ok@example.test"]


async def test_a_mail_carries_one_click_unsubscribe_and_a_footer(live: World, server: SmtpServer) -> None:
    await live.track("ok@example.test", "signed.up")

    await live.work()

    mail = message_from_bytes(server.raw()[0], policy=policy.default)
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link.startswith("http://127.0.0.1:8025/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["From"] == "Ann <ann@example.com>"
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert link in html.get_content()
    assert link in text.get_content()


async def test_a_mailbox_that_does_not_exist_is_suppressed_and_leaves(live: World) -> None:
    await live.track("rcpt-550-5.1.1@example.test", "signed.up")

    await live.work()

    assert await outcome(live, "rcpt-550-5.1.1@example.test") == ("bounced", "address_rejected", 1)
    async with live.database.work() as tx:
        contact = await find_contact_by_email(tx, live.workspace_id, "rcpt-550-5.1.1@example.test")
        assert contact is not None
        happened = await events_of(tx, live.workspace_id, contact_id=contact.id, limit=10)
    assert contact.suppressed
    assert [(e.exit_reason) for e in await live.enrollments()] == ["bounced"]
    told = [(event.name, event.properties.get("type"), event.properties.get("class")) for event, _ in happened]
    assert told == [("email.bounced", "hard", "hard"), ("signed.up", None, None)]


@pytest.mark.parametrize("script", ["rcpt-550-5.7.1", "data-554", "dot-552"])
async def test_any_other_refusal_fails_that_mail_and_the_run_goes_on(live: World, script: str) -> None:
    await live.track(f"{script}@example.test", "signed.up")

    await live.work()

    status, reason, attempts = await outcome(live, f"{script}@example.test")
    assert (status, reason, attempts) == ("failed", "refused", 1)
    assert [(e.status, e.due_at is not None) for e in await live.enrollments()] == [("active", True)]


async def test_a_temporary_refusal_is_tried_again_later(live: World) -> None:
    await live.track("rcpt-450@example.test", "signed.up")

    await live.work()

    [message] = await live.messages()
    assert (message.status, message.reason, message.attempts) == ("deferred", "deferred", 1)
    assert message.next_attempt_at is not None
    assert message.next_attempt_at - message.queued_at >= timedelta(minutes=30)
    assert message.detail is not None
    assert message.detail.startswith("450")


async def test_no_reply_to_the_dot_is_in_doubt_and_never_sent_again(live: World, server: SmtpServer) -> None:
    await live.track("dot-keep-reset@example.test", "signed.up")

    await live.work()
    await live.work()

    assert await outcome(live, "dot-keep-reset@example.test") == ("in_doubt", "no_reply", 1)
    assert [(e.status, e.due_at is not None) for e in await live.enrollments()] == [("active", True)]
    assert len(server.taken()) == 1


async def test_a_relay_that_cannot_be_used_costs_no_attempt(live: World) -> None:
    await live.track("mail@example.test", "signed.up")
    await live.track("rcpt-421@example.test", "signed.up")

    await live.work()

    assert await outcome(live, "rcpt-421@example.test") == ("deferred", "relay_unavailable", 0)


async def test_mail_without_a_transport_is_held_and_never_called_sent(database: Database, database_url: str) -> None:
    sender = parse_mailbox("ann@example.com")
    async with a_world(
        database, database_url, mode=Mode.LIVE, smtp_url="smtp://127.0.0.1:1?starttls=never", sender=sender
    ) as ready:
        await ready.sequence(TWO_MAILS, templates=("first", "second"))
        await ready.track("ok@example.test", "signed.up")
        async with a_world(database, database_url, mode=Mode.LIVE) as without:
            await without.parts.running.once()
            await without.parts.delivering.once()
            await without.parts.delivering.finish()

        assert await outcome(ready, "ok@example.test") == ("held", "no_transport", 0)
        assert [e.status for e in await ready.enrollments()] == ["active"]
