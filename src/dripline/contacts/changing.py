"""Making, changing and deleting contacts: the rows alone. The engine's verbs call these and then react.

Each takes the workspace's `now`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

from dripline.contacts import store
from dripline.contacts.model import Contact, ContactChanges, merge_properties
from dripline.contacts.timezones import canonical_timezone
from dripline.database.work import Tx
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Conflict, Invalid, NotFound, Refused
from dripline.kernel.ids import ContactId, WorkspaceId, show
from dripline.kernel.values import Json, check_properties, check_text

LONGEST_USER_ID = 256


async def create_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, now: datetime
) -> Contact:
    """A new contact, with `changes` applied.

    Raises:
        Conflict: the address or the user id is taken.
        Invalid: a change cannot be kept.
    """
    added = await store.insert_new(tx, workspace, [address], now)
    if address.key not in added:
        raise Conflict(f"There is a contact with the address {address.text} already.")
    return await _apply_one(tx, workspace, added[address.key], changes, now)


async def upsert_contact(
    tx: Tx, workspace: WorkspaceId, address: Address, changes: ContactChanges, now: datetime
) -> tuple[Contact, bool]:
    """The contact with that address, made when there was none, with `changes` applied; and whether it is new.

    Raises:
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    added = await store.insert_new(tx, workspace, [address], now)
    if address.key in added:
        return await _apply_one(tx, workspace, added[address.key], changes, now), True
    found = await store.find_ids_by_email(tx, workspace, [address.key])
    if address.key not in found:
        raise Conflict(f"The contact with the address {address.text} is being deleted. Try again.")
    return await change_contact(tx, workspace, found[address.key], changes, now), False


async def change_contact(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, changes: ContactChanges, now: datetime
) -> Contact:
    """The contact after `changes`.

    Raises:
        NotFound: there is no such contact.
        Conflict: the user id is taken.
        Invalid: a change cannot be kept.
    """
    if not await store.lock_contacts(tx, workspace, [contact]):
        raise NotFound.of("contact", show("contact", contact))
    return await _apply_one(tx, workspace, contact, changes, now)


async def apply_changes(
    tx: Tx, workspace: WorkspaceId, changes: Sequence[tuple[ContactId, ContactChanges]], now: datetime
) -> list[Contact | Refused]:
    """Apply many changes in their order, several to one contact too; gives for each the contact or why not.

    The caller has locked the contacts. A refused change leaves its contact as it was; the others are kept.
    """
    applying = await _Applying.begin(tx, workspace, changes)
    outcomes = [applying.apply(contact, change, now) for contact, change in changes]
    if applying.changed:
        await store.update_contacts(tx, workspace, applying.changed, now)
    return outcomes


async def _apply_one(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, changes: ContactChanges, now: datetime
) -> Contact:
    [outcome] = await apply_changes(tx, workspace, [(contact, changes)], now)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@dataclass(frozen=True, slots=True)
class _Applying:
    """Contacts as they were and as they become, and who owns the user ids that are asked for."""

    before: dict[ContactId, Contact]
    after: dict[ContactId, Contact]
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
        before = await store.find_contacts(tx, workspace, {contact for contact, _ in changes})
        return cls(before, dict(before), owners)

    @property
    def changed(self) -> list[Contact]:
        return [contact for id_, contact in self.after.items() if contact != self.before[id_]]

    def apply(self, contact: ContactId, changes: ContactChanges, now: datetime) -> Contact | Refused:
        if contact not in self.after:
            return NotFound.of("contact", show("contact", contact))
        try:
            self._check_user_id(contact, changes.user_id)
            after = _after(self.after[contact], changes, now)
        except Refused as refused:
            return refused
        if after.user_id is not None:
            self.owners[after.user_id] = contact
        self.after[contact] = after
        return after

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


def _after(contact: Contact, changes: ContactChanges, now: datetime) -> Contact:
    timezone = changes.timezone and canonical_timezone(changes.timezone, "timezone")
    after = replace(
        contact,
        properties=_properties(contact, changes),
        user_id=changes.user_id or contact.user_id,
        timezone=timezone or contact.timezone,
        unsubscribed_at=_unsubscribed_at(contact, changes, now),
    )
    return after if after == contact else replace(after, updated_at=now)


def _properties(contact: Contact, changes: ContactChanges) -> Mapping[str, Json]:
    if not changes.properties:
        return contact.properties
    check_properties(changes.properties, "properties")
    merged = merge_properties(contact.properties, changes.properties)
    check_properties(merged, "properties")
    return merged


def _unsubscribed_at(contact: Contact, changes: ContactChanges, now: datetime) -> datetime | None:
    match changes.unsubscribed:
        case None:
            return contact.unsubscribed_at
        case True:
            return contact.unsubscribed_at or now
        case False:
            return None
