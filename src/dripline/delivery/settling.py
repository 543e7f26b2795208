"""Settling: what became of a mail is written down, and the run that waited for it goes on, in one transaction.

Every outcome has a transition. The caller has locked the contacts; writes name the lease, so that a worker that lost
it writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.model import SuppressionReason
from dripline.contacts.suppression import suppress
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.letters import Pending
from dripline.delivery.outbox import SendKey
from dripline.events.listening import keys_of, listeners
from dripline.events.model import AddressSuppressed, ContactChanged, Event, Fact, Happened, Origin
from dripline.events.store import leave_reactions, record
from dripline.kernel.ids import EnrollmentId, EventId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.deciding import moved
from dripline.sequences.enrollments.model import ExitReason, Moved
from dripline.sequences.interpreter.model import Cursor, Decision, Ended, EndStatus, Settlement, Visit
from dripline.sequences.interpreter.stepping import settled
from dripline.sequences.programs import published

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of one mail: the status and reason of the message, and what its run makes of it.

    `sent_at` is the moment of hand-over. `exits` ends the run for that reason instead of going on.
    """

    mail: Pending
    status: str
    settlement: Settlement
    reason: str | None = None
    detail: str | None = None
    tried: int = 0
    sent_at: datetime | None = None
    subject: str | None = None
    exits: ExitReason | None = None
    dead_address: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """A mail that returns to its lane: when it is due again (None: as it was), or why it is held."""

    mail: Pending
    due_at: datetime | None = None
    held: str | None = None
    tried: int = 0
    reason: str | None = None
    detail: str | None = None


async def settle(tx: Tx, workspace: WorkspaceId, token: UUID, outcomes: Sequence[Settled], *, now: datetime) -> int:
    """Write outcomes of mail under the lease `token`; gives how many were still under it."""
    if not outcomes:
        return 0
    ours = await _take_out(tx, workspace, token, outcomes)
    outcomes = [outcome for outcome in outcomes if outcome.mail.key in ours]
    if not outcomes:
        return 0
    await _write_messages(tx, workspace, outcomes, ours, now=now)
    await _go_on(tx, workspace, outcomes, now=now)
    await _tell(tx, workspace, outcomes, now=now)
    return len(outcomes)


async def put_back(tx: Tx, workspace: WorkspaceId, token: UUID, back: Sequence[PutBack]) -> int:
    """Return mail under the lease `token` to its lane; gives how much was still under it."""
    if not back:
        return 0
    return await tx.run(
        _sql["put_back"],
        workspace,
        token,
        [each.mail.source_id for each in back],
        [each.mail.visit for each in back],
        [each.due_at for each in back],
        [each.held for each in back],
        [each.tried for each in back],
        [each.reason for each in back],
        [each.detail for each in back],
    )


async def _take_out(tx: Tx, workspace: WorkspaceId, token: UUID, outcomes: Sequence[Settled]) -> dict[SendKey, int]:
    keys = [outcome.mail.source_id for outcome in outcomes], [outcome.mail.visit for outcome in outcomes]
    rows = await tx.rows(_sql["take_out"], workspace, token, *keys)
    return {(row["source_id"], row["visit"]): row["attempts"] for row in rows}


async def _write_messages(
    tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled], attempts: Mapping[SendKey, int], *, now: datetime
) -> None:
    contacts = [outcome.mail.contact for outcome in outcomes]
    await tx.run(
        _sql["settle"],
        workspace,
        [outcome.mail.source_id for outcome in outcomes],
        [outcome.mail.visit for outcome in outcomes],
        [outcome.status for outcome in outcomes],
        [outcome.reason for outcome in outcomes],
        [outcome.detail for outcome in outcomes],
        [attempts[outcome.mail.key] + outcome.tried for outcome in outcomes],
        [contact.address.text if contact else None for contact in contacts],
        [outcome.subject for outcome in outcomes],
        [outcome.mail.template_version for outcome in outcomes],
        [outcome.sent_at for outcome in outcomes],
        now,
    )


async def _go_on(tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled], *, now: datetime) -> None:
    """Let the runs that wait for these mails go on. A run that has ended in between is left alone."""
    keys = [outcome.mail.source_id for outcome in outcomes], [outcome.mail.visit for outcome in outcomes]
    rows = await tx.rows(_sql["parked"], workspace, *keys)
    programs = await published(tx, workspace, {(row["sequence_id"], row["version"]) for row in rows})
    by_run = {outcome.mail.source_id: outcome for outcome in outcomes}
    changes: list[Moved] = []
    visits: list[tuple[EnrollmentId, Visit]] = []
    for row in rows:
        outcome = by_run[row["id"]]
        cursor = Cursor(row["step"], row["since"], row["visits"])
        program = programs[row["sequence_id"], row["version"]].program
        decision = settled(program, cursor, outcome.settlement, now, reason=outcome.reason)
        if outcome.exits is not None:
            decision = Decision(Ended(EndStatus.EXITED, outcome.exits, cursor), decision.visits)
        changes.append(moved(row["id"], decision, at=now))
        visits.extend((row["id"], visit) for visit in decision.visits)
    await enrollments.move(tx, workspace, changes)
    await enrollments.add_visits(tx, workspace, visits)


async def _tell(tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled], *, now: datetime) -> None:
    """Record what the world did as events, and leave the engine what it must react to."""
    events = [event for outcome in outcomes if (event := _event(outcome, now=now)) is not None]
    if not events:
        return
    await record(tx, workspace, events)
    happened = [Happened(event) for event in events]
    heard = await listeners(tx, workspace, {key for fact in happened for key in keys_of(fact)})
    facts: list[Fact] = [fact for fact in happened if any(key in heard for key in keys_of(fact))]
    changes: list[Change] = []
    for outcome in outcomes:
        contact = outcome.mail.contact
        if outcome.dead_address and contact is not None:
            reason, detail = SuppressionReason.BOUNCED, outcome.detail
            facts.append(AddressSuppressed(contact.id, ExitReason.BOUNCED))
            if await suppress(tx, workspace, email_key=contact.address.key, reason=reason, now=now, detail=detail):
                facts.append(ContactChanged(contact.id, fields=("suppressed",)))
                changes.append(Change(contact.id, What.SUPPRESSED, {"reason": reason, "detail": detail}, now))
    await append_changes(tx, workspace, changes)
    await leave_reactions(tx, workspace, facts)


def _event(outcome: Settled, *, now: datetime) -> Event | None:
    name = {"sent": "email.sent", "bounced": "email.bounced"}.get(outcome.status)
    if outcome.status == "failed" and outcome.code is not None:
        name = "email.bounced"
    contact = outcome.mail.contact
    if name is None or contact is None:
        return None
    mail = outcome.mail
    properties: dict[str, Json] = {
        "sendId": show("message", mail.id),
        "templateId": show("template", mail.template_id),
        "sequenceId": show("sequence", mail.sequence_id),
        "sequence": mail.sequence_slug,
        "step": mail.step,
    }
    if name == "email.bounced":
        properties |= {
            "type": "hard" if outcome.dead_address else "soft",
            "code": outcome.code,
            "reason": outcome.detail,
        }
    return Event(EventId(new_uuid()), contact.id, name, properties, now, now, Origin.DELIVERY, mail.depth + 1)
