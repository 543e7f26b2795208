"""Making, changing and deleting contacts: the rows alone. The engine's verbs call these and then react.

Each takes the workspace's `now`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

import msgspec

from dripline.contacts import store
from dripline.contacts.model import Changed, Contact, ContactChanges, merge_properties
from dripline.contacts.timezones import canonical_timezone
from dripline.database.work import Tx
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Conflict, Invalid, NotFound, Refused
from dripline.kernel.ids import ContactId, WorkspaceId, show
from dripline.kernel.values import Json, check_properties, check_text

LONGEST_USER_ID = 256


async def create_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, now: datetime
) -> Changed:
    """A new contact, with `changes` applied.

    Raises:
        Conflict: the address or the user id is taken.
        Invalid: a change cannot be kept.
    """
    added = await store.insert_new(tx, workspace, [address], now)
    if address.key not in added:
        raise Conflict(f"There is a contact with the address {address.text} already.")
    [outcome] = await apply_changes(tx, workspace, [(added[address.key], changes)], now)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


async def apply_changes(
    tx: Tx, workspace: WorkspaceId, changes: Sequence[tuple[ContactId, ContactChanges]], now: datetime
) -> list[Changed | Refused]:
    """Apply many changes in their order, several to one contact too; gives for each what it changed, or why not.

    The caller has locked the contacts. A refused change leaves its contact as it was; the others are kept.
    """
    applying = await _Applying.begin(tx, workspace, changes)
    outcomes = [applying.apply(contact, change, now) for contact, change in changes]
    differing = {outcome.contact.id for outcome in outcomes if isinstance(outcome, Changed) and outcome.fields}
    if differing:
        await store.update_contacts(tx, workspace, [applying.contacts[contact] for contact in differing], now)
    return outcomes


@dataclass(frozen=True, slots=True)
class _Applying:
    """Contacts as they have become so far, and who owns the user ids that are asked for."""

    contacts: dict[ContactId, Contact]
    owners: dict[str, ContactId]

    @classmethod
    async def begin(
        cls, tx: Tx, workspace: WorkspaceId, changes: Iterable[tuple[ContactId, ContactChanges]]
    ) -> "_Applying":
        user_ids = {change.user_id for _, change in changes if _may_be_user_id(change.user_id)}
        owners = {}
        if user_ids:
            await store.lock_user_ids(tx, workspace, user_ids)
            owners = await store.find_ids_by_user_id(tx, workspace, user_ids)
        return cls(await store.find_contacts(tx, workspace, {contact for contact, _ in changes}), owners)

    def apply(self, contact: ContactId, changes: ContactChanges, now: datetime) -> Changed | Refused:
        if contact not in self.contacts:
            return NotFound.of("contact", show("contact", contact))
        try:
            self._check_user_id(contact, changes.user_id)
            changed = changed_by(changes, self.contacts[contact], now)
        except Refused as refused:
            return refused
        if changed.contact.user_id is not None:
            self.owners[changed.contact.user_id] = contact
        self.contacts[contact] = changed.contact
        return changed

    def _check_user_id(self, contact: ContactId, user_id: str | None) -> None:
        if user_id is None:
            return
        _check_user_id(user_id)
        if self.owners.get(user_id, contact) != contact:
            raise Conflict(f"Another contact has the user id {user_id!r}.")


def _check_user_id(user_id: str) -> None:
    if not user_id:
        raise Invalid.at("userId", "is empty", expected=f"1 to {LONGEST_USER_ID} characters")
    check_text(user_id, "userId", longest=LONGEST_USER_ID)


def _may_be_user_id(text: str | None) -> TypeGuard[str]:
    try:
        _check_user_id(text or "")
    except Invalid:
        return False
    return True


def changed_by(changes: ContactChanges, contact: Contact, now: datetime) -> Changed:
    """What changes make of a contact. Pure.

    Raises:
        Invalid: they cannot be kept.
    """
    timezone = changes.timezone and canonical_timezone(changes.timezone, "timezone")
    properties, names = _properties(contact, changes)
    after = replace(
        contact,
        properties=properties,
        user_id=changes.user_id or contact.user_id,
        timezone=timezone or contact.timezone,
        unsubscribed_at=_unsubscribed_at(contact, changes, now),
        tracked=contact.tracked if changes.tracked is None else changes.tracked,
    )
    fields = tuple(_fields(contact, after))
    opts_out = changes.unsubscribed is True
    if not names and not fields:
        return Changed(contact, contact, opts_out=opts_out)
    return Changed(contact, replace(after, updated_at=now), names, (*fields, "updatedAt"), opts_out)


def _fields(before: Contact, after: Contact) -> Iterator[str]:
    if after.user_id != before.user_id:
        yield "userId"
    if after.timezone != before.timezone:
        yield "timezone"
    if (after.unsubscribed_at is None) != (before.unsubscribed_at is None):
        yield from ("unsubscribed", "subscribed")
    if after.tracked != before.tracked:
        yield "tracking"


def _properties(contact: Contact, changes: ContactChanges) -> tuple[Mapping[str, Json], tuple[str, ...]]:
    """The properties after a change, and the names of those that differ."""
    if not changes.properties:
        return contact.properties, ()
    check_properties(changes.properties, "properties")
    merged = merge_properties(contact.properties, changes.properties)
    check_properties(merged, "properties")
    names = tuple(name for name in changes.properties if _differ(contact.properties.get(name), merged.get(name)))
    return (merged, names) if names else (contact.properties, ())


def _differ(before: Json, after: Json) -> bool:
    # As JSON: to Python, 1 and true are equal.
    return before is not after and _canonical(before) != _canonical(after)


_canonical = msgspec.json.Encoder(order="sorted").encode


def _unsubscribed_at(contact: Contact, changes: ContactChanges, now: datetime) -> datetime | None:
    match changes.unsubscribed:
        case None:
            return contact.unsubscribed_at
        case True:
            return contact.unsubscribed_at or now
        case False:
            return None
