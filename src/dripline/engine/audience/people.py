"""The verbs about people: contacts change, and what follows from it follows in the same transaction.

Each verb locks the contacts it is about; one for many takes at most 500 at a time, and whoever has more comes again.
`depth` counts the automatic causes behind it. With `enroll=False` nothing is started by it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.contacts import changing, store
from dripline.contacts.changes import append_changes, facts_of, forget_changes, rows_of
from dripline.contacts.lists import forget_memberships
from dripline.contacts.model import Changed, Contact, ContactChanges
from dripline.contacts.requests import forget_requests
from dripline.contacts.store import insert_missing, lock_contacts
from dripline.contacts.tags import forget_tags
from dripline.database.work import Tx
from dripline.delivery.counting import count_unsubscribed
from dripline.delivery.forgetting import forget_mail
from dripline.delivery.sends import Message, find_send
from dripline.delivery.telling import Mail, mail_event, publish
from dripline.engine.audience.belonging import add_to_list, remove_from_list, tag, untag
from dripline.engine.audience.suppressing import suppress, unsuppress
from dripline.engine.facts.reacting import Reaction, react
from dripline.events.archiving import forget_archived
from dripline.events.model import ContactAdded, ContactDeleted, Event, Fact, Happened
from dripline.events.store import forget_events
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Conflict, NotFound, Refused
from dripline.kernel.ids import ContactId, MessageId, WorkspaceId, show
from dripline.kernel.values import Json
from dripline.segments.membership import forget_segments
from dripline.sequences.enrollments.store import forget_runs

__all__ = [
    "Upserted",
    "add_to_list",
    "change_contact",
    "change_contacts",
    "create_contact",
    "delete_contact",
    "opt_out",
    "remove_from_list",
    "set_properties",
    "suppress",
    "tag",
    "unsuppress",
    "untag",
    "upsert_contact",
    "upsert_contacts",
]

OPT_OUT = ContactChanges(unsubscribed=True)


@dataclass(frozen=True, slots=True)
class Upserted:
    """A contact as an upsert left it, and whether it is new."""

    contact: Contact
    is_new: bool


async def create_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, *, now: datetime, enroll: bool = True
) -> Contact:
    """A new contact, with `changes` applied.

    Raises:
        Conflict: the address or the user id is taken.
        Invalid: a change cannot be kept.
    """
    made = await changing.create_contact(tx, workspace, address, changes, now)
    await _follow(tx, workspace, [made], {made.contact.id}, now=now, enroll=enroll)
    return made.contact


async def upsert_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, *, now: datetime
) -> tuple[Contact, bool]:
    """The contact with that address, made when there was none, with `changes` applied; and whether it is new.

    Raises:
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    [outcome] = await upsert_contacts(tx, workspace, [(address, changes)], now=now)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome.contact, outcome.is_new


async def upsert_contacts(
    tx: Tx,
    workspace: WorkspaceId,
    people: Sequence[tuple[Address, ContactChanges]],
    *,
    now: datetime,
    enroll: bool = True,
) -> list[Upserted | Refused]:
    """Make sure of contacts, with changes applied in their order: each as it then is, or why not.

    Nobody is made for a change that is refused. An address that comes twice is new the first time.
    """
    found = await insert_missing(tx, workspace, [address for address, _ in people], now)
    present = set(await lock_contacts(tx, workspace, set(found.ids.values())))
    changes = [(found.ids[address.key], change) for address, change in people if address.key in found.ids]
    outcomes = iter(await changing.apply_changes(tx, workspace, changes, now))
    answers: list[Changed | Refused] = [
        next(outcomes) if address.key in found.ids else _going(address) for address, _ in people
    ]
    kept = [answer for answer in answers if isinstance(answer, Changed)]
    new = found.new & {changed.contact.id for changed in kept}
    await store.delete_contacts(tx, workspace, (found.new & present) - new)
    await _follow(tx, workspace, kept, new, now=now, enroll=enroll)
    return _upserted(answers, set(new))


def _going(address: Address) -> Refused:
    return Conflict(f"The contact with the address {address.text} is being deleted. Try again.")


def _upserted(answers: Sequence[Changed | Refused], new: set[ContactId]) -> list[Upserted | Refused]:
    told: list[Upserted | Refused] = []
    for answer in answers:
        if isinstance(answer, Refused):
            told.append(answer)
        else:
            told.append(Upserted(answer.contact, answer.contact.id in new))
            new.discard(answer.contact.id)
    return told


async def change_contact(
    tx: Tx,
    workspace: WorkspaceId,
    contact: ContactId,
    changes: ContactChanges,
    *,
    now: datetime,
    source: Mapping[str, Json] | None = None,
) -> Contact:
    """The contact after `changes`. Opting out ends every run at once. `source`: see `change_contacts`.

    Raises:
        NotFound: there is no such contact.
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    [outcome] = await change_contacts(tx, workspace, [(contact, changes)], now=now, source=source)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome.contact


async def change_contacts(
    tx: Tx,
    workspace: WorkspaceId,
    changes: Sequence[tuple[ContactId, ContactChanges]],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
    source: Mapping[str, Json] | None = None,
) -> list[Changed | Refused]:
    """Change contacts, in the order given: what each change changed, or why it was refused.

    `source` is kept with a wish for mail, or for none: where it was said.
    """
    await lock_contacts(tx, workspace, {contact for contact, _ in changes})
    outcomes = await changing.apply_changes(tx, workspace, changes, now)
    kept = [outcome for outcome in outcomes if isinstance(outcome, Changed)]
    await _follow(tx, workspace, kept, (), now=now, depth=depth, enroll=enroll, source=source)
    return outcomes


async def set_properties(
    tx: Tx,
    workspace: WorkspaceId,
    contacts: Collection[ContactId],
    properties: Mapping[str, Json],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
) -> list[Changed | Refused]:
    """Give contacts the same properties; null removes one. A refusal (too large) leaves that contact as it was."""
    changes = [(contact, ContactChanges(properties)) for contact in sorted(set(contacts))]
    return await change_contacts(tx, workspace, changes, now=now, depth=depth, enroll=enroll)


async def opt_out(
    tx: Tx,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    message: MessageId | None = None,
    source: Mapping[str, Json] | None = None,
    now: datetime,
) -> Contact:
    """Take a contact off, and out of every sequence, at once. `message` is the mail whose link was followed.

    May be repeated: only the first time is an event. A mail counts it once, also when they come and go. `source` is
    kept with it: where it was said.

    Raises:
        NotFound: there is no such contact.
    """
    [outcome] = await change_contacts(tx, workspace, [(contact, OPT_OUT)], now=now, source=source)
    if isinstance(outcome, Refused):
        raise outcome
    if "unsubscribed" not in outcome.fields or message is None:
        return outcome.contact
    try:
        followed = await find_send(tx, workspace, message)
    except NotFound:
        # The wish counts, even where the mail is not known any more.
        return outcome.contact
    await count_unsubscribed(tx, workspace, message, now=now)
    event = _unsubscribed(followed, contact, now=now)
    await publish(tx, workspace, [event])
    await react(tx, workspace, [Happened(event)], {contact: outcome.contact}, now=now)
    return outcome.contact


def _unsubscribed(message: Message, contact: ContactId, *, now: datetime) -> Event:
    about = Mail(message.id, message.template_id, message.sequence_id, message.sequence, message.step)
    return mail_event("email.unsubscribed", contact, about, now=now)


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
    await forget_mail(tx, workspace, contact, now=now)
    await forget_runs(tx, workspace, contact)
    await forget_events(tx, workspace, contact)
    await forget_archived(tx, workspace, contact)
    await forget_segments(tx, workspace, [contact])
    await forget_tags(tx, workspace, contact)
    await forget_memberships(tx, workspace, contact)
    await forget_requests(tx, workspace, contact)
    await forget_changes(tx, workspace, contact)
    await store.delete_contacts(tx, workspace, [contact])


async def _follow(
    tx: Tx,
    workspace: WorkspaceId,
    changed: Sequence[Changed],
    new: Collection[ContactId],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
    source: Mapping[str, Json] | None = None,
) -> Reaction:
    """Keep what was changed, and let the engine react: to those who are new first."""
    changes = [row for each in changed if each.contact.id not in new for row in rows_of(each, now=now, source=source)]
    await append_changes(tx, workspace, changes)
    added: list[Fact] = [ContactAdded(contact, depth) for contact in sorted(new)]
    facts = [*added, *(fact for each in changed for fact in facts_of(each, depth=depth))]
    return await react(tx, workspace, facts, _latest(changed), now=now, enroll=enroll)


def _latest(changed: Sequence[Changed]) -> dict[ContactId, Contact]:
    return {each.contact.id: each.contact for each in changed}
