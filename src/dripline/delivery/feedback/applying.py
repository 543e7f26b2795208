"""What news about a sent mail changes: the message, the address, and who hears of it. One verb for all sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.model import Contact, SuppressionReason
from dripline.contacts.store import find_contact, lock_contacts
from dripline.contacts.suppression import suppress
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.braking import brake
from dripline.delivery.counting import Counted, count_mail, counts_of
from dripline.delivery.feedback.escalating import Escalation, fails_too_often
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.outbox import Kind, SendKey
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.events.model import AddressSuppressed, ContactChanged, Fact
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.enrollments.model import ExitReason

_sql = queries(__package__)


class Heard(StrEnum):
    """What became of a mail after it left."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class News:
    """What somebody says of one mail. `klass`, `code` and `reason` are about bounces; `reason` is for people."""

    heard: Heard
    klass: BounceClass = BounceClass.OTHER
    code: str = ""
    reason: str = ""


class Applied(StrEnum):
    """What came of news. `early`: the mail is still in hand, so that they must wait."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing_new"
    EARLY = "early"
    UNKNOWN = "unknown_message"


# A mail only ever moves down this list: reports come in any order, and more than once.
_LEFT = ("sent", "in_doubt")
_FROM: Mapping[Heard, tuple[str, ...]] = {
    Heard.DELIVERED: _LEFT,
    Heard.BOUNCED: (*_LEFT, "delivered"),
    Heard.COMPLAINED: (*_LEFT, "delivered", "bounced"),
}
_NAMES = {
    Heard.DELIVERED: "email.delivered",
    Heard.BOUNCED: "email.bounced",
    Heard.COMPLAINED: "email.complained",
}
_COUNTED = {
    Heard.DELIVERED: Counted.DELIVERED,
    Heard.BOUNCED: Counted.BOUNCED,
    Heard.COMPLAINED: Counted.COMPLAINED,
}
_ENDS = {SuppressionReason.BOUNCED: ExitReason.BOUNCED, SuppressionReason.COMPLAINED: ExitReason.COMPLAINED}


async def apply(
    tx: Tx, workspace: WorkspaceId, key: SendKey, news: News, *, now: datetime, rule: Escalation
) -> Applied:
    """Write down what became of the mail `key`, once. `now` is the workspace's time.

    Bounces for good and complaints suppress the address and end its contact's runs; blocks never do.
    """
    row = await tx.row(_sql["find_message"], workspace, *key)
    if row is None:
        return Applied.UNKNOWN
    if row["status"] == "queued":
        return Applied.EARLY
    contact = await _lock(tx, workspace, row)
    reason = f"bounced_{news.klass}" if news.heard is Heard.BOUNCED else None
    moved = await tx.run(
        _sql["move_on"], workspace, *key, news.heard, reason, news.reason or None, list(_FROM[news.heard])
    )
    if not moved:
        return Applied.NOTHING_NEW
    await tx.run(_sql["forget_content"], workspace, key[0])
    facts = await _weigh(tx, workspace, row, contact, news, now=now, rule=rule)
    await _tell(tx, workspace, row, contact, news, facts, now=now)
    return Applied.APPLIED


async def forget_failures(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Forget how often mail to a contact failed for now."""
    await tx.run(_sql["forget_soft_of"], workspace, contact)


async def _lock(tx: Tx, workspace: WorkspaceId, row: Row) -> Contact | None:
    if row["contact_id"] is None or not await lock_contacts(tx, workspace, [row["contact_id"]]):
        return None
    return await find_contact(tx, workspace, row["contact_id"])


async def _weigh(
    tx: Tx, workspace: WorkspaceId, row: Row, contact: Contact | None, news: News, *, now: datetime, rule: Escalation
) -> list[Fact]:
    """What the news mean for the address that the mail went to."""
    if row["to_address"] is None:
        return []
    address = parse_address(row["to_address"]).key
    match news.heard, news.klass:
        case Heard.DELIVERED, _:
            await tx.run(_sql["forget_soft"], workspace, address)
            return []
        case Heard.COMPLAINED, _:
            reason = SuppressionReason.COMPLAINED
        case _, BounceClass.HARD:
            reason = SuppressionReason.BOUNCED
        case _, BounceClass.BLOCK:
            return []
        case _:
            if not await fails_too_often(tx, workspace, address, now=now, rule=rule):
                return []
            reason = SuppressionReason.BOUNCED
    at_it = contact if contact is not None and contact.address.key == address else None
    return await _suppress(tx, workspace, address, at_it, reason, news, now=now)


async def _suppress(
    tx: Tx,
    workspace: WorkspaceId,
    address: str,
    contact: Contact | None,
    reason: SuppressionReason,
    news: News,
    *,
    now: datetime,
) -> list[Fact]:
    detail = news.reason or None
    is_new = await suppress(tx, workspace, email_key=address, reason=reason, now=now, detail=detail)
    if contact is None:
        return []
    facts: list[Fact] = [AddressSuppressed(contact.id, _ENDS[reason])]
    if is_new:
        facts.append(ContactChanged(contact.id, fields=("suppressed",)))
        change = Change(contact.id, What.SUPPRESSED, {"reason": reason, "detail": detail}, now)
        await append_changes(tx, workspace, [change])
    return facts


async def _tell(
    tx: Tx, workspace: WorkspaceId, row: Row, contact: Contact | None, news: News, facts: list[Fact], *, now: datetime
) -> None:
    """Count it and tell it. Of tests only the message knows."""
    if row["kind"] == Kind.TEST or contact is None:
        return
    counts = counts_of(row)
    await count_mail(tx, workspace, [(counts, _COUNTED[news.heard])], now=now)
    if news.heard is not Heard.DELIVERED:
        await brake(tx, workspace, [counts], now=now)
    more: dict[str, Json] = {}
    if news.heard is Heard.BOUNCED:
        kind = "hard" if news.klass is BounceClass.HARD else "soft"
        more = {"type": kind, "class": news.klass, "code": news.code or None, "reason": news.reason or None}
    mail = Mail(row["id"], row["template_id"], row["sequence_id"], row["sequence"], row["step"])
    event = mail_event(_NAMES[news.heard], contact.id, mail, more=more, now=now, depth=row["depth"] + 1)
    await tell(tx, workspace, [event], facts)
