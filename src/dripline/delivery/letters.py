"""A claimed mail with all that it is written from and judged by, as one read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.outbox import SendKey
from dripline.kernel.ids import EnrollmentId, MessageId, SequenceId, TemplateId, WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.model import Status
from dripline.sequences.programs import VersionKey

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Pending:
    """One mail under lease, as things stood when it was read. `contact` is None when they are gone."""

    source_id: EnrollmentId
    visit: int
    id: MessageId
    step: str
    template_id: TemplateId
    template_version: int | None
    sender: str
    attempts: int
    first_tried_at: datetime | None
    contact: Contact | None
    sequence_id: SequenceId
    sequence_slug: str
    sequence_status: Status
    sequence_version: int
    waits_for_it: bool
    entered_with: Mapping[str, Json] | None
    depth: int
    enrolled_at: datetime
    anchor: UUID
    queued_at: datetime
    reply_to: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def key(self) -> SendKey:
        return self.source_id, self.visit

    @property
    def version(self) -> VersionKey:
        """The version that the run is in."""
        return self.sequence_id, self.sequence_version


async def load(tx: Tx, workspace: WorkspaceId, token: UUID, keys: Sequence[SendKey]) -> list[Pending]:
    """The mail among `keys` that is still under this lease, in the order of the keys."""
    rows = await tx.rows(_sql["load_letters"], workspace, token, [source for source, _ in keys])
    found = {(row["source_id"], row["visit"]): _pending(row) for row in rows}
    return [found[key] for key in keys if key in found]


def _pending(row: Row) -> Pending:
    return Pending(
        source_id=row["source_id"],
        visit=row["visit"],
        id=row["id"],
        step=row["step"],
        template_id=row["template_id"],
        template_version=row["template_version"],
        sender=row["from_address"],
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
        contact=contact_of(row, id_="contact_id") if row["email"] is not None else None,
        sequence_id=row["sequence_id"],
        sequence_slug=row["sequence_slug"],
        sequence_status=Status(row["sequence_status"]),
        sequence_version=row["sequence_version"],
        waits_for_it=row["enrollment_status"] == "active" and row["visits"] == row["visit"],
        entered_with=row["entered_with"],
        depth=row["depth"],
        enrolled_at=row["enrolled_at"],
        anchor=row["anchor"],
        queued_at=row["queued_at"],
        reply_to=row["reply_to"],
        tags=tuple(row["tags"]),
    )
