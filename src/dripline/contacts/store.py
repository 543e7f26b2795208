"""Runs the queries of contacts and suppressions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.contacts.model import Contact, Suppression, SuppressionReason
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts to list. None leaves a question open; `search` is a part of the address, whatever the case."""

    search: str | None = None
    suppressed: bool | None = None


async def find_contact(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> Contact | None:
    row = await tx.row(_sql["find_contact_by_id"], workspace, contact)
    return contact_of(row) if row else None


async def find_contact_by_email(tx: Tx, workspace: WorkspaceId, email_key: str) -> Contact | None:
    row = await tx.row(_sql["find_contact_by_email"], workspace, email_key)
    return contact_of(row) if row else None


async def find_contact_by_user_id(tx: Tx, workspace: WorkspaceId, user_id: str) -> Contact | None:
    row = await tx.row(_sql["find_contact_by_user_id"], workspace, user_id)
    return contact_of(row) if row else None


async def find_contacts(tx: Tx, workspace: WorkspaceId, contacts: Iterable[ContactId]) -> dict[ContactId, Contact]:
    """The contacts that are there, by id."""
    rows = await tx.rows(_sql["find_contacts"], workspace, list(contacts))
    return {ContactId(row["id"]): contact_of(row) for row in rows}


async def list_contacts(
    tx: Tx, workspace: WorkspaceId, *, matching: ContactFilter, limit: int, before: ContactId | None = None
) -> list[Contact]:
    """At most `limit` contacts, newest first, those older than `before`."""
    search = matching.search.lower() if matching.search is not None else None
    rows = await tx.rows(_sql["list_contacts"], workspace, before, search, matching.suppressed, limit)
    return [contact_of(row) for row in rows]


async def find_ids_by_email(tx: Tx, workspace: WorkspaceId, email_keys: Iterable[str]) -> dict[str, ContactId]:
    """The ids of the contacts that are there, by key of the address."""
    rows = await tx.rows(_sql["find_ids_by_email"], workspace, list(email_keys))
    return {row["email_key"]: ContactId(row["id"]) for row in rows}


async def find_ids_by_user_id(tx: Tx, workspace: WorkspaceId, user_ids: Iterable[str]) -> dict[str, ContactId]:
    """The ids of the contacts that are there, by user id."""
    rows = await tx.rows(_sql["find_ids_by_user_id"], workspace, list(user_ids))
    return {row["user_id"]: ContactId(row["id"]) for row in rows}


async def insert_missing(
    tx: Tx, workspace: WorkspaceId, addresses: Iterable[Address], now: datetime
) -> dict[str, ContactId]:
    """Make contacts of the addresses that have none; gives the id behind each key, new or not.

    Call it before locking contacts: it may wait for another transaction that adds the same people.
    """
    by_key = {address.key: address for address in addresses}
    found = await find_ids_by_email(tx, workspace, by_key)
    if missing := [by_key[key] for key in sorted(by_key.keys() - found.keys())]:
        found |= await insert_new(tx, workspace, missing, now)
    if taken := by_key.keys() - found.keys():
        # Somebody else added them between the two statements; by now they are committed, so they can be seen.
        found |= await find_ids_by_email(tx, workspace, taken)
    return found


async def insert_new(
    tx: Tx, workspace: WorkspaceId, addresses: Sequence[Address], now: datetime
) -> dict[str, ContactId]:
    """Make contacts, in the order of their keys; gives only those that were not there."""
    ids = [new_uuid() for _ in addresses]
    texts, keys = [address.text for address in addresses], [address.key for address in addresses]
    rows = await tx.rows(_sql["insert_missing_contacts"], workspace, ids, texts, keys, now)
    return {row["email_key"]: ContactId(row["id"]) for row in rows}


async def update_contacts(tx: Tx, workspace: WorkspaceId, contacts: Sequence[Contact], now: datetime) -> None:
    """Write properties, user id, time zone and opt-out of contacts that the caller has locked."""
    await tx.run(
        _sql["update_contacts"],
        workspace,
        [contact.id for contact in contacts],
        [contact.properties for contact in contacts],
        [contact.user_id for contact in contacts],
        [contact.timezone for contact in contacts],
        [contact.unsubscribed_at for contact in contacts],
        now,
    )


async def lock_contacts(tx: Tx, workspace: WorkspaceId, contacts: Iterable[ContactId]) -> list[ContactId]:
    """Lock contacts in id order until the transaction ends; gives the ids of those that are there.

    Whoever reads to decide, or writes, about people calls this first, and reads what it needs afterwards: a statement
    that both waits for a lock and reads sees what other tables held before it waited.
    """
    rows = await tx.rows(_sql["lock_contacts"], workspace, list(contacts))
    return [ContactId(row["id"]) for row in rows]


async def lock_user_ids(tx: Tx, workspace: WorkspaceId, user_ids: Iterable[str]) -> None:
    """Be the only one who gives out these user ids, until the transaction ends."""
    await tx.rows(_sql["lock_user_ids"], workspace, list(user_ids))


async def delete_contact(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    await tx.run(_sql["delete_contact"], workspace, contact)


async def suppress(tx: Tx, workspace: WorkspaceId, suppression: Suppression) -> bool:
    return bool(
        await tx.run(
            _sql["suppress"],
            workspace,
            suppression.email_key,
            suppression.reason,
            suppression.detail,
            suppression.created_at,
        )
    )


async def unsuppress(tx: Tx, workspace: WorkspaceId, email_key: str) -> bool:
    return bool(await tx.run(_sql["unsuppress"], workspace, email_key))


async def find_suppression(tx: Tx, workspace: WorkspaceId, email_key: str) -> Suppression | None:
    row = await tx.row(_sql["find_suppression"], workspace, email_key)
    if row is None:
        return None
    return Suppression(row["email_key"], SuppressionReason(row["reason"]), row["detail"], row["created_at"])


def contact_of(row: Row, *, id_: str = "id", suppressed: bool | None = None) -> Contact:
    """The contact in a row that has its columns; `id_` names the one with its id.

    `suppressed` is for a row that does not say it.
    """
    return Contact(
        id=ContactId(row[id_]),
        address=Address(row["email"], row["email_key"]),
        user_id=row["user_id"],
        properties=row["properties"],
        timezone=row["timezone"],
        unsubscribed_at=row["unsubscribed_at"],
        suppressed=row["suppressed"] if suppressed is None else suppressed,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
