"""Gathering what programs may ask about the contacts in them, for many runs at once and nothing that nobody asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from dripline.contacts.facts import NO_COMPANY, Company, ContactFacts
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.events.counting import events_since
from dripline.events.model import Seen
from dripline.kernel.ids import ContactId, SequenceId, WorkspaceId
from dripline.kernel.values import Json
from dripline.predicates.model import EventTest
from dripline.segments.company import companies
from dripline.sequences.programs import Published


class Enrolled(Protocol):
    """What is known of a run from its own row."""

    @property
    def id(self) -> UUID: ...

    @property
    def sequence_id(self) -> SequenceId: ...

    @property
    def entered_with(self) -> Mapping[str, Json] | None: ...

    @property
    def enrolled_at(self) -> datetime: ...

    @property
    def anchor(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose facts are wanted. Events count that came after (`enrolled_at`, `anchor`), by time and id."""

    id: UUID
    contact: Contact
    sequence_id: SequenceId
    version: Published
    event: Mapping[str, Json] | None
    enrolled_at: datetime
    anchor: UUID

    @classmethod
    def of(cls, enrolled: Enrolled, contact: Contact, version: Published) -> "Run":
        """The run of an enrollment, with its contact as they are and the version that it is in."""
        return cls(
            enrolled.id,
            contact,
            enrolled.sequence_id,
            version,
            enrolled.entered_with,
            enrolled.enrolled_at,
            enrolled.anchor,
        )


async def gather(tx: Tx, workspace: WorkspaceId, runs: Sequence[Run], *, now: datetime) -> dict[UUID, ContactFacts]:
    """The facts of each run, by its id. The caller has locked the contacts."""
    asking = {run.contact.id for run in runs if run.version.program.needs_company}
    belonging: Mapping[ContactId, Company] = await companies(tx, workspace, sorted(asking)) if asking else {}
    events = await _events(tx, workspace, runs, now=now)
    return {
        run.id: ContactFacts(
            run.contact,
            run.event,
            now,
            belonging.get(run.contact.id, NO_COMPANY),
            run.version.lists,
            run.version.segments,
            events.get(run.id, {}),
            str(run.sequence_id),
        )
        for run in runs
    }


async def _events(
    tx: Tx, workspace: WorkspaceId, runs: Sequence[Run], *, now: datetime
) -> dict[UUID, dict[EventTest, Seen]]:
    asked: dict[EventTest, list[Run]] = {}
    for run in runs:
        for test in run.version.program.event_tests:
            asked.setdefault(test, []).append(run)
    found: dict[UUID, dict[EventTest, Seen]] = {}
    for test, asking in asked.items():
        since = [(run.id, run.contact.id, run.enrolled_at, run.anchor) for run in asking]
        for run_id, seen in (await events_since(tx, workspace, test, since, now=now)).items():
            found.setdefault(run_id, {})[test] = seen
    return found
