"""The verbs about people: contacts change, and what follows from it follows in the same transaction."""

from datetime import datetime

from dripline.contacts import changing, store
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.store import find_contact, lock_contacts
from dripline.database.work import Tx
from dripline.delivery.forgetting import forget_mail
from dripline.delivery.sends import Message, find_send
from dripline.engine.reacting import react
from dripline.events.model import ContactDeleted, Event, Happened, OptedOut, Origin
from dripline.events.store import forget_events, record
from dripline.kernel.addresses import Address
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, EventId, MessageId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json
from dripline.sequences.enrollments.store import forget_runs

OPT_OUT = ContactChanges(unsubscribed=True)


async def create_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, *, now: datetime
) -> Contact:
    """A new contact, with `changes` applied.

    Raises:
        Conflict: the address or the user id is taken.
        Invalid: a change cannot be kept.
    """
    return await changing.create_contact(tx, workspace, address, changes, now)


async def upsert_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, *, now: datetime
) -> tuple[Contact, bool]:
    """The contact with that address, made when there was none, with `changes` applied; and whether it is new.

    Raises:
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    contact, is_new = await changing.upsert_contact(tx, workspace, address, changes, now)
    if not is_new:
        await _react_to_wish(tx, workspace, contact, changes, now=now)
    return contact, is_new


async def change_contact(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, changes: ContactChanges, *, now: datetime
) -> Contact:
    """The contact after `changes`. Opting out ends every run at once.

    Raises:
        NotFound: there is no such contact.
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    changed = await changing.change_contact(tx, workspace, contact, changes, now)
    await _react_to_wish(tx, workspace, changed, changes, now=now)
    return changed


async def opt_out(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, *, message: MessageId | None = None, now: datetime
) -> None:
    """Take a contact off, and out of every sequence, at once. `message` is the mail whose link was followed.

    May be repeated: only the first time is an event.

    Raises:
        NotFound: there is no such contact.
    """
    await lock_contacts(tx, workspace, [contact])
    before = await find_contact(tx, workspace, contact)
    after = await change_contact(tx, workspace, contact, OPT_OUT, now=now)
    if before is None or before.unsubscribed_at is not None or message is None:
        return
    try:
        followed = await find_send(tx, workspace, message)
    except NotFound:
        # The wish counts, even where the mail is not known any more.
        return
    event = _unsubscribed(followed, contact, now=now)
    await record(tx, workspace, [event])
    await react(tx, workspace, [Happened(event)], {contact: after}, now=now)


def _unsubscribed(message: Message, contact: ContactId, *, now: datetime) -> Event:
    properties: dict[str, Json] = {
        "sendId": show("message", message.id),
        "templateId": show("template", message.template_id),
        "sequenceId": show("sequence", message.sequence_id),
        "sequence": message.sequence,
        "step": message.step,
    }
    return Event(EventId(new_uuid()), contact, "email.unsubscribed", properties, now, now, Origin.DELIVERY)


async def delete_contact(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, now: datetime) -> None:
    """Erase a contact: every run ends, and what is known of them goes from every table.

    Runs and messages stay as history without a person: their counts stay true.

    Raises:
        NotFound: there is no such contact.
    """
    locked = await lock_contacts(tx, workspace, [contact])
    if not locked:
        raise NotFound.of("contact", show("contact", contact))
    await react(tx, workspace, [ContactDeleted(contact)], {}, now=now)
    await forget_mail(tx, workspace, contact)
    await forget_runs(tx, workspace, contact)
    await forget_events(tx, workspace, contact)
    await store.delete_contact(tx, workspace, contact)


async def _react_to_wish(
    tx: Tx, workspace: WorkspaceId, contact: Contact, changes: ContactChanges, *, now: datetime
) -> None:
    if changes.unsubscribed:
        await react(tx, workspace, [OptedOut(contact.id)], {}, now=now)
