"""Runs the queries of contacts and suppressions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact, Suppression, SuppressionReason
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts to list. None leaves a question open; `search` is a part of the address, whatever the case.

    `tag` is in its normal form.
    """

    search: str | None = None
    suppressed: bool | None = None
    tag: str | None = None
    list_id: UUID | None = None
    segment_id: UUID | None = None


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
    asked = (workspace, before, search, matching.suppressed, limit)
    # One query for each index that such a list can be read from, in its order.
    match matching:
        case ContactFilter(list_id=UUID() as list_id):
            rows = await tx.rows(_sql["list_members"], *asked, list_id, matching.tag, matching.segment_id)
        case ContactFilter(segment_id=UUID() as segment_id):
            rows = await tx.rows(_sql["list_segment"], *asked, segment_id, matching.tag)
        case ContactFilter(tag=str(tag)):
            rows = await tx.rows(_sql["list_tagged"], *asked, tag)
        case _:
            rows = await tx.rows(_sql["list_contacts"], *asked)
    return [contact_of(row) for row in rows]


async def find_ids_by_email(tx: Tx, workspace: WorkspaceId, email_keys: Iterable[str]) -> dict[str, ContactId]:
    """The ids of the contacts that are there, by key of the address."""
    rows = await tx.rows(_sql["find_ids_by_email"], workspace, list(email_keys))
    return {row["email_key"]: ContactId(row["id"]) for row in rows}


async def find_ids_by_user_id(tx: Tx, workspace: WorkspaceId, user_ids: Iterable[str]) -> dict[str, ContactId]:
    """The ids of the contacts that are there, by user id."""
    rows = await tx.rows(_sql["find_ids_by_user_id"], workspace, list(user_ids))
    return {row["user_id"]: ContactId(row["id"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Found:
    """The ids behind keys of addresses, and those among them that were made just now."""

    ids: Mapping[str, ContactId]
    new: frozenset[ContactId] = frozenset()


async def insert_missing(tx: Tx, workspace: WorkspaceId, addresses: Iterable[Address], now: datetime) -> Found:
    """Make contacts of the addresses that have none; gives the id behind each key, and who is new.

    Call it before locking contacts: it may wait for another transaction that adds the same people.
    """
    by_key: dict[str, Address] = {}
    for address in addresses:
        # As it was first written.
        by_key.setdefault(address.key, address)
    found, new = await find_ids_by_email(tx, workspace, by_key), {}
    if missing := [by_key[key] for key in sorted(by_key.keys() - found.keys())]:
        new = await insert_new(tx, workspace, missing, now)
    if taken := by_key.keys() - found.keys() - new.keys():
        # Somebody else added them between the two statements; by now they are committed, so they can be seen.
        found |= await find_ids_by_email(tx, workspace, taken)
    return Found(found | new, frozenset(new.values()))


async def insert_new(
    tx: Tx, workspace: WorkspaceId, addresses: Sequence[Address], now: datetime
) -> dict[str, ContactId]:
    """Make contacts, in the order of their keys; gives only those that were not there."""
    ids = [new_uuid() for _ in addresses]
    texts, keys = [address.text for address in addresses], [address.key for address in addresses]
    rows = await tx.rows(_sql["insert_missing_contacts"], workspace, ids, texts, keys, now)
    return {row["email_key"]: ContactId(row["id"]) for row in rows}


async def update_contacts(tx: Tx, workspace: WorkspaceId, contacts: Sequence[Contact], now: datetime) -> None:
    """Write properties, user id, time zone, opt-out and tracking of contacts that the caller has locked."""
    await tx.run(
        _sql["update_contacts"],
        workspace,
        [contact.id for contact in contacts],
        [contact.properties for contact in contacts],
        [contact.user_id for contact in contacts],
        [contact.timezone for contact in contacts],
        [contact.unsubscribed_at for contact in contacts],
        [not contact.tracked for contact in contacts],
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


async def delete_contacts(tx: Tx, workspace: WorkspaceId, contacts: Collection[ContactId]) -> None:
    if contacts:
        await tx.run(_sql["delete_contacts"], workspace, list(contacts))


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


async def suppress_all(tx: Tx, workspace: WorkspaceId, suppressions: Iterable[Suppression]) -> set[str]:
    """Mark addresses; gives the keys of those that were not."""
    by_key = {each.email_key: each for each in suppressions}
    if not by_key:
        return set()
    # In order, so that two transactions that mark the same ones never wait for each other in a circle.
    found = [by_key[key] for key in sorted(by_key)]
    reasons, details, times = zip(*((each.reason, each.detail, each.created_at) for each in found), strict=True)
    rows = await tx.rows(_sql["suppress_all"], workspace, sorted(by_key), reasons, details, times)
    return {row["email_key"] for row in rows}


async def unsuppress(tx: Tx, workspace: WorkspaceId, email_key: str) -> bool:
    return bool(await tx.run(_sql["unsuppress"], workspace, email_key))


async def find_suppression(tx: Tx, workspace: WorkspaceId, email_key: str) -> Suppression | None:
    row = await tx.row(_sql["find_suppression"], workspace, email_key)
    return _suppression(row) if row else None


async def list_suppressions(
    tx: Tx, workspace: WorkspaceId, *, reason: SuppressionReason | None, limit: int, after: str | None
) -> list[Suppression]:
    """At most `limit` suppressed addresses, in their order, those behind `after`."""
    rows = await tx.rows(_sql["list_suppressions"], workspace, reason, after or "", limit)
    return [_suppression(row) for row in rows]


def _suppression(row: Row) -> Suppression:
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
        tracked=not row["untracked"],
    )
