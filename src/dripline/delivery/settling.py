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
from dripline.delivery.braking import brake
from dripline.delivery.counting import Counted, Counts, count_mail, skipped
from dripline.delivery.feedback.escalating import USUAL, Escalation, fails_too_often
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.going_on import Ending, go_on
from dripline.delivery.letters import Pending
from dripline.delivery.outbox import Kind, SendKey
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.events.model import AddressSuppressed, ContactChanged, Event, Fact
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.model import Settlement

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of one mail: the status and reason of the message, and what its run makes of it.

    `sent_at` is the moment of hand-over. `klass` is why it was refused. `exits` ends the run for that reason instead
    of going on. `for_now` means that the server said so of the recipient; enough of those in a row end an address as a
    `dead_address` does at once. `carrier` is the name of the connection that it was handed to, and `provider_id` what
    the provider calls it.
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
    for_now: bool = False
    code: str | None = None
    klass: BounceClass | None = None
    carrier: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """A mail that returns to its lane: when it is due again (None: as it was), or why it is held."""

    mail: Pending
    due_at: datetime | None = None
    held: str | None = None
    tried: int = 0
    reason: str | None = None
    detail: str | None = None


async def settle(
    tx: Tx,
    workspace: WorkspaceId,
    token: UUID,
    outcomes: Sequence[Settled],
    *,
    now: datetime,
    rule: Escalation = USUAL,
) -> int:
    """Write outcomes of mail under the lease `token`; gives how many were still under it."""
    if not outcomes:
        return 0
    ours = await _take_out(tx, workspace, token, outcomes)
    outcomes = [outcome for outcome in outcomes if outcome.mail.key in ours]
    if not outcomes:
        return 0
    await _write_messages(tx, workspace, outcomes, ours, now=now)
    await go_on(tx, workspace, [_ending(outcome) for outcome in outcomes if outcome.mail.run is not None], now=now)
    await _forget_given(tx, workspace, outcomes)
    await _count(tx, workspace, outcomes, now=now)
    await _tell(tx, workspace, outcomes, now=now, rule=rule)
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
    addresses = [outcome.mail.to for outcome in outcomes]
    await tx.run(
        _sql["settle"],
        workspace,
        [outcome.mail.source_id for outcome in outcomes],
        [outcome.mail.visit for outcome in outcomes],
        [outcome.status for outcome in outcomes],
        [outcome.reason for outcome in outcomes],
        [outcome.detail for outcome in outcomes],
        [attempts[outcome.mail.key] + outcome.tried for outcome in outcomes],
        [address.text if address else None for address in addresses],
        [outcome.subject for outcome in outcomes],
        [outcome.mail.template_version for outcome in outcomes],
        [outcome.sent_at for outcome in outcomes],
        now,
        [outcome.carrier for outcome in outcomes],
        [outcome.provider_id for outcome in outcomes],
    )


def _ending(outcome: Settled) -> Ending:
    mail = outcome.mail
    return Ending(mail.source_id, mail.visit, outcome.settlement, outcome.reason, outcome.exits)


async def _forget_given(tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled]) -> None:
    """Throw away what came with requests, now that it is not needed. What is in doubt may be sent again."""
    over = [each.mail.source_id for each in outcomes if each.mail.given is not None and each.status != "in_doubt"]
    if over:
        await tx.run(_sql["forget_content"], workspace, over)


async def _count(tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled], *, now: datetime) -> None:
    """Count what became of mail, and stop what is refused too often. Tests do not count."""
    happened = [(_counts(outcome.mail), _word(outcome)) for outcome in outcomes if outcome.mail.kind is not Kind.TEST]
    await count_mail(tx, workspace, happened, now=now)
    await brake(tx, workspace, [counts for counts, word in happened if word == Counted.REJECTED], now=now)


def _counts(mail: Pending) -> Counts:
    step = (mail.run.sequence_id, mail.run.version, mail.step.name) if mail.run and mail.step else None
    return Counts(parse_mailbox(mail.sender).address.domain, mail.template_id, step)


def _word(outcome: Settled) -> str:
    match outcome.status:
        case "skipped":
            return skipped(outcome.reason or "unknown")
        case "sent" | "in_doubt":
            return Counted(outcome.status)
        case "bounced":
            return Counted.REJECTED
        case _:
            # What the other side refused counts against the domain; what could not even be offered does not.
            return Counted.FAILED if outcome.code is None else Counted.REJECTED


async def _tell(
    tx: Tx, workspace: WorkspaceId, outcomes: Sequence[Settled], *, now: datetime, rule: Escalation
) -> None:
    """Record what the world did as events, and leave the engine what it must react to."""
    events = [event for outcome in outcomes if (event := _event(outcome, now=now)) is not None]
    facts: list[Fact] = []
    changes: list[Change] = []
    for outcome in outcomes:
        to, contact = outcome.mail.to, outcome.mail.contact
        if to is None or not (
            outcome.dead_address
            or (outcome.for_now and await fails_too_often(tx, workspace, to.key, now=now, rule=rule))
        ):
            continue
        # The contact of a test that goes somewhere else is not at this address.
        at_it = contact.id if contact is not None and contact.address.key == to.key else None
        reason, detail = SuppressionReason.BOUNCED, outcome.detail
        is_new = await suppress(tx, workspace, email_key=to.key, reason=reason, now=now, detail=detail)
        if at_it is None:
            continue
        facts.append(AddressSuppressed(at_it, ExitReason.BOUNCED))
        if is_new:
            facts.append(ContactChanged(at_it, fields=("suppressed",)))
            changes.append(Change(at_it, What.SUPPRESSED, {"reason": reason, "detail": detail}, now))
    await append_changes(tx, workspace, changes)
    if events or facts:
        await tell(tx, workspace, events, facts)


def _event(outcome: Settled, *, now: datetime) -> Event | None:
    """What is told of an outcome. Of tests nothing is: they are no part of anybody's story."""
    mail, contact = outcome.mail, outcome.mail.contact
    name = {"sent": "email.sent", "bounced": "email.bounced"}.get(outcome.status)
    if outcome.status == "failed" and outcome.code is not None:
        name = "email.bounced"
    if name is None or contact is None or mail.kind is Kind.TEST:
        return None
    kind = "hard" if outcome.dead_address else "soft"
    more: dict[str, Json] = {
        "type": kind,
        "class": outcome.klass or BounceClass.OTHER,
        "code": outcome.code,
        "reason": outcome.detail,
    }
    depth = mail.run.depth if mail.run is not None else 0
    return mail_event(
        name, contact.id, _told(mail), more=more if name == "email.bounced" else None, now=now, depth=depth + 1
    )


def _told(mail: Pending) -> Mail:
    step = mail.step
    if step is None:
        return Mail(mail.id, mail.template_id, None, None, None)
    return Mail(mail.id, mail.template_id, step.sequence_id, step.sequence, step.name)
