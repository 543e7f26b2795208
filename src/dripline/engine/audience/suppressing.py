"""Suppressing addresses, and letting them be mailed again: the state of an address, not the wish of a person."""

from collections.abc import Sequence
from datetime import datetime

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.model import Contact, Suppression, SuppressionReason
from dripline.contacts.store import (
    find_contact_by_email,
    find_contacts,
    find_ids_by_email,
    lock_contacts,
    suppress_all,
)
from dripline.contacts.suppression import suppress as suppress_address
from dripline.contacts.suppression import unsuppress as unsuppress_address
from dripline.database.work import Tx
from dripline.engine.facts.reacting import react
from dripline.events.model import AddressSuppressed, ContactChanged, Fact
from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.sequences.enrollments.model import ExitReason

EXIT_REASONS = {
    SuppressionReason.BOUNCED: ExitReason.BOUNCED,
    SuppressionReason.COMPLAINED: ExitReason.COMPLAINED,
    SuppressionReason.MANUAL: ExitReason.SUPPRESSED,
}


async def suppress(
    tx: Tx,
    workspace: WorkspaceId,
    address: Address,
    reason: SuppressionReason,
    detail: str | None = None,
    *,
    now: datetime,
) -> bool:
    """Let no mail go to an address any more, and end what its contact is in; False when it was so already."""
    contact = await _lock_owner(tx, workspace, address)
    fresh = await suppress_address(tx, workspace, email_key=address.key, reason=reason, now=now, detail=detail)
    if contact is not None:
        ended = AddressSuppressed(contact.id, EXIT_REASONS[reason])
        change = Change(contact.id, What.SUPPRESSED, {"reason": reason, "detail": detail}, now)
        await _turn_suppression(tx, workspace, contact.id, [ended], [change] if fresh else [], now=now)
    return fresh


async def suppress_many(tx: Tx, workspace: WorkspaceId, suppressions: Sequence[Suppression], *, now: datetime) -> int:
    """Let no mail go to any of these addresses, at most 500, as `suppress` does; gives how many of them were new."""
    owners = await find_ids_by_email(tx, workspace, [each.email_key for each in suppressions])
    locked = set(await lock_contacts(tx, workspace, owners.values()))
    fresh = await suppress_all(tx, workspace, suppressions)
    facts: list[Fact] = []
    changes: list[Change] = []
    for each in {suppression.email_key: suppression for suppression in suppressions}.values():
        contact = owners.get(each.email_key)
        if contact is None or contact not in locked:
            continue
        facts.append(AddressSuppressed(contact, EXIT_REASONS[each.reason]))
        if each.email_key in fresh:
            facts.append(ContactChanged(contact, fields=("suppressed",)))
            detail = {"reason": each.reason.value, "detail": each.detail}
            changes.append(Change(contact, What.SUPPRESSED, detail, now))
    await append_changes(tx, workspace, changes)
    await react(tx, workspace, facts, await find_contacts(tx, workspace, locked), now=now)
    return len(fresh)


async def unsuppress(tx: Tx, workspace: WorkspaceId, address: Address, *, now: datetime) -> bool:
    """Let an address be mailed again; False when it could be. What was ended stays so, and so does an opt-out."""
    contact = await _lock_owner(tx, workspace, address)
    fresh = await unsuppress_address(tx, workspace, address.key)
    if contact is not None and fresh:
        change = Change(contact.id, What.UNSUPPRESSED, {}, now)
        await _turn_suppression(tx, workspace, contact.id, [], [change], now=now)
    return fresh


async def _lock_owner(tx: Tx, workspace: WorkspaceId, address: Address) -> Contact | None:
    contact = await find_contact_by_email(tx, workspace, address.key)
    return contact if contact and await lock_contacts(tx, workspace, [contact.id]) else None


async def _turn_suppression(
    tx: Tx,
    workspace: WorkspaceId,
    contact: ContactId,
    facts: Sequence[Fact],
    changes: Sequence[Change],
    *,
    now: datetime,
) -> None:
    await append_changes(tx, workspace, changes)
    changed = [ContactChanged(contact, fields=("suppressed",))] if changes else []
    await react(tx, workspace, [*facts, *changed], await find_contacts(tx, workspace, [contact]), now=now)
