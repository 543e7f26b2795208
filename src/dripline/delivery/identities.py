"""The senders that a workspace has named: addresses with a name, and where answers to them go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.addresses import Address, Mailbox, parse_address, parse_mailbox
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import SenderId, WorkspaceId, new_uuid, read, show

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Identity:
    """A sender. Its address never changes; the default one is used where a sequence names none."""

    id: SenderId
    mailbox: Mailbox
    reply_to: Address | None
    is_default: bool
    created_at: datetime


async def add_identity(
    tx: Tx, workspace: WorkspaceId, mailbox: Mailbox, *, reply_to: Address | None, is_default: bool, now: datetime
) -> Identity:
    """A new sender.

    Raises:
        Conflict: there is one of that address.
    """
    made = SenderId(new_uuid())
    address = mailbox.address
    reply = reply_to.text if reply_to is not None else None
    if not await tx.run(_sql["add_sender"], workspace, made, mailbox.name, address.text, address.key, reply, now):
        raise Conflict(f"There is a sender {address.text!r} already.")
    return await change_identity(tx, workspace, Identity(made, mailbox, reply_to, is_default, now))


async def change_identity(tx: Tx, workspace: WorkspaceId, wanted: Identity) -> Identity:
    """Write all of a sender but its address. One that becomes the default takes the place of the one before."""
    reply = wanted.reply_to.text if wanted.reply_to is not None else None
    await tx.rows(_sql["lock_senders"], workspace)
    if wanted.is_default:
        await tx.run(_sql["clear_default_sender"], workspace)
    await tx.run(_sql["change_sender"], workspace, wanted.id, wanted.mailbox.name, reply, wanted.is_default)
    return wanted


async def find_identity(tx: Tx, workspace: WorkspaceId, ref: str) -> Identity:
    """The sender that an id or an address stands for.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find_sender"], workspace, read("sender", ref), ref.strip().lower())
    if row is None:
        raise NotFound.of("sender", ref)
    return _identity(row)


async def list_identities(tx: Tx, workspace: WorkspaceId, *, limit: int, after: UUID | None) -> list[Identity]:
    """At most `limit` senders, oldest first, those behind `after`."""
    return [_identity(row) for row in await tx.rows(_sql["list_senders"], workspace, after, limit)]


async def delete_identity(tx: Tx, workspace: WorkspaceId, sender: SenderId) -> None:
    """Erase a sender. Sequences keep the name and address that they were given."""
    await tx.run(_sql["delete_sender"], workspace, sender)


async def default_sender(tx: Tx, workspace: WorkspaceId) -> Mailbox | None:
    """Who mail is from that names no sender, if the workspace has said so."""
    row = await tx.row(_sql["default_sender"], workspace)
    return _identity(row).mailbox if row is not None else None


def named_sender(told: tuple[str, str] | None) -> Mailbox | None:
    """A sender by name and address, where there is one."""
    return Mailbox(parse_address(told[1]), told[0]) if told is not None else None


async def identities_of(tx: Tx, workspace: WorkspaceId, senders: Iterable[str]) -> dict[str, str]:
    """The ids of senders, as text, by the `Name <address>` that definitions hold; those that are there."""
    keys = {sender: parse_mailbox(sender).address.key for sender in senders}
    rows = await tx.rows(_sql["senders_by_address"], workspace, sorted(set(keys.values())))
    ids = {row["email_key"]: show("sender", row["id"]) for row in rows}
    return {sender: ids[key] for sender, key in keys.items() if key in ids}


def _identity(row: Row) -> Identity:
    return Identity(
        SenderId(row["id"]),
        Mailbox(parse_address(row["email"]), row["name"]),
        parse_address(row["reply_to"]) if row["reply_to"] is not None else None,
        row["is_default"],
        row["created_at"],
    )
