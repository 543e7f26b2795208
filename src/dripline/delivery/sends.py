"""Reading the ledger: every message with its status, reason and attempts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, WorkspaceId, show

_sql = queries(__package__)

STATUSES = frozenset(
    {
        "queued",
        "deferred",
        "held",
        "sending",
        "sent",
        "delivered",
        "bounced",
        "complained",
        "skipped",
        "failed",
        "in_doubt",
        "cancelled",
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person, as people see it. `next_attempt_at` is null once it is settled or while it is held.

    Mail that no sequence sent has no step; a test to somebody who is no contact has no contact.
    """

    id: UUID
    source_id: UUID
    visit: int
    kind: str
    contact_id: UUID | None
    email: str | None
    sequence_id: UUID | None
    sequence: str | None
    step: str | None
    template_id: UUID | None
    template: str | None
    template_version: int | None
    from_address: str
    to_address: str | None
    subject: str | None
    status: str
    reason: str | None
    detail: str | None
    attempts: int
    next_attempt_at: datetime | None
    queued_at: datetime
    scheduled_for: datetime | None
    carrier: str | None
    provider_id: str | None
    sent_at: datetime | None
    settled_at: datetime | None
    resent_as: UUID | None


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages to list. None leaves a question open."""

    contact_id: UUID | None = None
    sequence_id: UUID | None = None
    template_id: UUID | None = None
    status: str | None = None
    kind: str | None = None


async def list_sends(
    tx: Tx, workspace: WorkspaceId, *, matching: MessageFilter, limit: int, before: UUID | None = None
) -> list[Message]:
    """Messages, newest first, older than the message `before`."""
    return await _messages(tx, workspace, matching, before, None, limit)


async def find_send(tx: Tx, workspace: WorkspaceId, message: UUID) -> Message:
    """One message.

    Raises:
        NotFound: there is none by that id.
    """
    found = await _messages(tx, workspace, MessageFilter(), None, message, 1)
    if not found:
        raise NotFound.of("send", show("message", message))
    return found[0]


async def _messages(
    tx: Tx, workspace: WorkspaceId, matching: MessageFilter, before: UUID | None, message: UUID | None, limit: int
) -> list[Message]:
    rows = await tx.rows(
        _sql["sends"],
        workspace,
        matching.contact_id,
        matching.sequence_id,
        matching.template_id,
        matching.status,
        before,
        message,
        limit,
        matching.kind,
    )
    return [Message(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it stands in the timeline of its contact, at the time when it was asked for."""

    id: UUID
    at: datetime
    kind: str
    subject: str | None
    step: str | None
    sequence_id: UUID | None
    sequence: str | None
    template: str | None
    status: str
    reason: str | None
    detail: str | None
    sent_at: datetime | None


async def messages_before(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, before: tuple[datetime, UUID], *, limit: int
) -> list[Sent]:
    """The messages to a contact before a time (and an id, among those of that very time), newest first."""
    rows = await tx.rows(_sql["messages_before"], workspace, contact, *before, limit)
    return [Sent(**dict(row)) for row in rows]
