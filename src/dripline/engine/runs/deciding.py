"""Deciding a batch of runs: the versions they are in, what is known of their contacts, and what each becomes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.delivery.effects.queue import NewEffect
from dripline.engine.runs.moving import Place, settle_in
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.deciding import moved
from dripline.sequences.enrollments.facts import Run, gather
from dripline.sequences.enrollments.store import Due
from dripline.sequences.interpreter.model import Decision, Parked, SendEmail
from dripline.sequences.interpreter.program import Change, Program
from dripline.sequences.programs import Published, VersionKey, published

Decide = Callable[[Program, Place, ContactFacts], Decision]
"""Decides one run; pure."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, and the versions it was decided by. Where the runs stand is written; nothing else is done."""

    runs: Sequence[tuple[Place, Decision]]
    programs: Mapping[VersionKey, Published]

    @property
    def changes(self) -> list[tuple[Place, Sequence[Change]]]:
        """What is to be changed about contacts."""
        return [(place, decision.changes) for place, decision in self.runs]

    def effects(self, *, at: datetime) -> list[NewEffect]:
        """What is asked of the world besides mail."""
        return [
            NewEffect(place.due.id, place.due.contact_id, place.due.sequence_id, decision.state.effect, at)
            for place, decision in self.runs
            if isinstance(decision.state, Parked) and not isinstance(decision.state.effect, SendEmail)
        ]


async def decide(
    tx: Tx,
    workspace: WorkspaceId,
    due: Sequence[Due],
    contacts: Mapping[ContactId, Contact],
    decide_one: Decide,
    *,
    now: datetime,
) -> Decided:
    """Decide runs whose contacts the caller has locked, and write down their cursors and visits."""
    places = await settle_in(tx, workspace, due, now=now)
    programs = await published(tx, workspace, {place.key for place in places})
    runs = [_run(place, programs[place.key], contacts[place.due.contact_id]) for place in places]
    facts = await gather(tx, workspace, runs, now=now)
    decided = [(place, decide_one(programs[place.key].program, place, facts[place.due.id])) for place in places]
    await store.move(
        tx,
        workspace,
        [moved(place.due.id, decision, at=now, version=place.moves_to) for place, decision in decided],
    )
    await store.add_visits(
        tx, workspace, [(place.due.id, visit) for place, decision in decided for visit in decision.visits]
    )
    return Decided(decided, programs)


def _run(place: Place, version: Published, contact: Contact) -> Run:
    due = place.due
    # Whether the address is suppressed is known only after the lock.
    contact = replace(contact, suppressed=True) if due.suppressed else contact
    return Run.of(due, contact, version)
