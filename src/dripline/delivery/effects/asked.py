"""An effect under lease with all that it is carried out with and judged by, as one read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.discounts.model import Plan
from dripline.delivery.effects.queue import Lane
from dripline.delivery.letters import MailRun
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId
from dripline.sequences.model import Status

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One effect, as things stood when it was read. `contact` is None when they are gone."""

    workspace: WorkspaceId
    source_id: EnrollmentId
    visit: int
    contact_id: ContactId
    sequence_id: SequenceId
    sequence: str
    sequence_name: str
    step: str
    lane: Lane
    attempts: int
    first_tried_at: datetime | None
    asked_at: datetime
    plan: Plan | None
    contact: Contact | None
    tags: tuple[str, ...]
    suppressed: bool
    run: MailRun

    @property
    def key(self) -> tuple[UUID, int]:
        return self.source_id, self.visit

    @property
    def name(self) -> str:
        """What makes it the same effect wherever it is told of."""
        return f"{self.workspace}/{self.source_id}/{self.visit}"


async def load(tx: Tx, workspace: WorkspaceId, token: UUID) -> list[Asked]:
    """What is still under this lease."""
    return [_asked(workspace, row) for row in await tx.rows(_sql["load"], workspace, token)]


def _asked(workspace: WorkspaceId, row: Row) -> Asked:
    return Asked(
        workspace=workspace,
        source_id=row["source_id"],
        visit=row["visit"],
        contact_id=row["contact_id"],
        sequence_id=row["sequence_id"],
        sequence=row["sequence_slug"],
        sequence_name=row["sequence_name"],
        step=row["step"],
        lane=Lane(row["lane"]),
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
        asked_at=row["asked_at"],
        plan=msgspec.convert(row["plan"], Plan) if row["plan"] is not None else None,
        contact=contact_of(row, id_="contact_id") if row["email"] is not None else None,
        tags=tuple(row["tags"]),
        suppressed=row["suppressed"],
        run=MailRun(
            id=row["source_id"],
            sequence_id=row["sequence_id"],
            version=row["sequence_version"],
            sequence_status=Status(row["sequence_status"]),
            waits_for_it=row["enrollment_status"] == "active" and row["visits"] == row["visit"],
            entered_with=row["entered_with"],
            depth=row["depth"],
            enrolled_at=row["enrolled_at"],
            anchor=row["anchor"],
            discount=row["discount"],
        ),
    )
