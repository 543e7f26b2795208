"""Sending one mail: a transactional one, or a test of a template. It goes the way that all mail goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.accounts.model import Workspace
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.store import find_contact_by_email, find_suppression, lock_contacts
from dripline.database.work import Tx
from dripline.delivery import sends, singles
from dripline.delivery.discounts.faking import sample_discount
from dripline.delivery.letters import Content, Given
from dripline.delivery.outbox import Kind
from dripline.delivery.senders import Senders, sender_for
from dripline.delivery.sends import Message
from dripline.delivery.singles import SingleMail
from dripline.engine.audience.people import upsert_contact
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, Unprocessable
from dripline.kernel.ids import ContactId, MessageId, TemplateId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.templates.recipients import recipient

FURTHEST = timedelta(days=366)
"""A mail is scheduled at most so far ahead."""

# A clock that is a little behind ours means now.
_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Order:
    """A transactional mail to send: a template or a content, and what the variables in it stand for.

    `asks_consent`: not to somebody who opted out. `key` makes a repeat of the request the same mail. What is
    tracked is as the workspace has it, where nothing is said here.
    """

    to: Address
    what: TemplateId | Content
    variables: Mapping[str, Json]
    scheduled_for: datetime | None = None
    asks_consent: bool = False
    key: str | None = None
    tracks_opens: bool | None = None
    tracks_clicks: bool | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A mail in the queue. `duplicate`: an earlier request under the same key had asked for it."""

    message: Message
    duplicate: bool = False


async def send(tx: Tx, workspace: Workspace, order: Order, *, senders: Senders, now: datetime) -> Ordered:
    """Queue a transactional mail. An unknown address becomes a contact.

    Raises:
        Invalid: its time has passed, or is too far away.
        Unprocessable: the address may not be mailed, or there is no way for live mail to leave.
    """
    message = MessageId(new_uuid())
    if (
        order.key is not None
        and (known := await singles.take_key(tx, workspace.id, order.key, message, now=now)) != message
    ):
        return Ordered(await sends.find_send(tx, workspace.id, known), duplicate=True)
    _check_time(order.scheduled_for, now)
    sender = await sender_for(tx, workspace, senders)
    contact, _ = await upsert_contact(tx, workspace.id, order.to, ContactChanges(), now=now)
    _must_be_mailable(contact, order)
    mail = SingleMail(
        id=message,
        kind=Kind.TRANSACTIONAL,
        contact_id=contact.id,
        template_id=None if isinstance(order.what, Content) else order.what,
        sender=sender,
        given=Given(
            data={"variables": order.variables},
            content=order.what if isinstance(order.what, Content) else None,
            asks_consent=order.asks_consent,
            tracks_opens=order.tracks_opens,
            tracks_clicks=order.tracks_clicks,
        ),
        at=now,
        scheduled_for=order.scheduled_for,
    )
    await singles.ask(tx, workspace.id, mail)
    return Ordered(await sends.find_send(tx, workspace.id, message))


@dataclass(frozen=True, slots=True)
class Trial:
    """Whom a template is tried out for: the person whose values it shows, the variables and the event."""

    contact: Contact
    tags: Sequence[str]
    variables: Mapping[str, Json]
    event: Mapping[str, Json] | None


async def send_test(
    tx: Tx,
    workspace: Workspace,
    template: TemplateId,
    to: Address,
    trial: Trial,
    *,
    senders: Senders,
    now: datetime,
) -> Message:
    """Queue a test of a template to any address, with the values of `trial`. Nobody becomes a contact by it.

    Raises:
        Unprocessable: the address may not be mailed, or there is no way for live mail to leave.
    """
    sender = await sender_for(tx, workspace, senders)
    contact = await find_contact_by_email(tx, workspace.id, to.key)
    locked = await lock_contacts(tx, workspace.id, [contact.id] if contact is not None else [])
    if await find_suppression(tx, workspace.id, to.key) is not None:
        raise _suppressed(to)
    data: dict[str, Json] = {
        "contact": recipient(trial.contact, trial.tags),
        "variables": trial.variables,
        "event": trial.event,
        "discount": sample_discount(now),
    }
    mail = SingleMail(
        id=MessageId(new_uuid()),
        kind=Kind.TEST,
        contact_id=locked[0] if locked else None,
        template_id=template,
        sender=sender,
        given=Given(data=data, to=to),
        at=now,
    )
    await singles.ask(tx, workspace.id, mail)
    return await sends.find_send(tx, workspace.id, mail.id)


async def cancel_send(tx: Tx, workspace: WorkspaceId, message: MessageId, *, now: datetime) -> Message:
    """The message taken out of the queue.

    Raises:
        NotFound: there is none by that id.
        Conflict: it is settled, or somebody is handing it over.
    """
    await singles.cancel(tx, workspace, await _locked(tx, workspace, message), now=now)
    return await sends.find_send(tx, workspace, message)


async def resend(tx: Tx, workspace: WorkspaceId, message: MessageId, *, now: datetime) -> Message:
    """The new message by which one in doubt is sent again. It may arrive a second time: a person has chosen that.

    Raises:
        NotFound: there is none by that id.
        Conflict: it is not in doubt, or has been sent again.
    """
    again = await singles.resend(tx, workspace, await _locked(tx, workspace, message), now=now)
    return await sends.find_send(tx, workspace, again)


async def _locked(tx: Tx, workspace: WorkspaceId, message: MessageId) -> Message:
    """The message, its contact locked."""
    found = await sends.find_send(tx, workspace, message)
    if found.contact_id is not None:
        await lock_contacts(tx, workspace, [ContactId(found.contact_id)])
    return await sends.find_send(tx, workspace, message)


def _check_time(at: datetime | None, now: datetime) -> None:
    if at is not None and not -_LATE <= at - now <= FURTHEST:
        wrong = "has passed" if at < now else "is too far away"
        expected = f"a time from {iso(now)} on, at most {FURTHEST.days} days ahead"
        raise Invalid.at("scheduledFor", wrong, found=iso(at), expected=expected)


def _must_be_mailable(contact: Contact, order: Order) -> None:
    if contact.suppressed:
        raise _suppressed(order.to)
    if order.asks_consent and contact.unsubscribed_at is not None:
        raise Unprocessable(f"{order.to.text} has unsubscribed, and the request asks to respect that.")


def _suppressed(to: Address) -> Unprocessable:
    return Unprocessable(f"{to.text} is suppressed: nothing may be sent to it. See GET /suppressions/check/:email.")
