"""Mail that no run asked for: queued, taken back while nobody has it in hand, sent again after a doubt.

Everything here runs at a front door, under the lock of the contact.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery import letters
from dripline.delivery.letters import Given
from dripline.delivery.outbox import URGENT, Kind
from dripline.delivery.sends import Message
from dripline.delivery.settling import Settled, settle
from dripline.kernel.addresses import Mailbox, parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, MessageId, TemplateId, WorkspaceId, new_uuid, show
from dripline.sequences.interpreter.model import Settlement

_sql = queries(__package__)

KEYS_KEPT = timedelta(days=14)
"""For so long a request that is repeated under its key is the same request."""

# Nobody but us has it, until this transaction ends.
_LEASE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SingleMail:
    """A mail to one person: what it is, who it is from, when it was asked for and when it shall go."""

    id: MessageId
    kind: Kind
    contact_id: ContactId | None
    template_id: TemplateId | None
    sender: Mailbox
    given: Given
    at: datetime
    scheduled_for: datetime | None = None


async def take_key(tx: Tx, workspace: WorkspaceId, key: str, message: MessageId, *, now: datetime) -> MessageId:
    """Claim an idempotency key for a message; gives the message that has it, which is another one for a repeat.

    Waits for a transaction that is claiming the same key just now.
    """
    if await tx.run(_sql["take_message_key"], workspace, key, message, now, now - KEYS_KEPT):
        return message
    return MessageId(await tx.value(_sql["message_of_key"], workspace, key))


async def forget_message_keys(tx: Tx, *, now: datetime) -> int:
    """Delete keys that are older than they are kept, in all workspaces; gives how many."""
    return await tx.run(_sql["forget_message_keys"], now - KEYS_KEPT)


async def ask(tx: Tx, workspace: WorkspaceId, mail: SingleMail) -> None:
    """Queue a mail. It waits behind nothing that nobody waits for."""
    to, content = mail.given.to, mail.given.content
    await tx.run(
        _sql["ask"],
        workspace,
        mail.id,
        mail.kind,
        mail.contact_id,
        mail.template_id,
        str(mail.sender),
        to.text if to is not None else None,
        to.key if to is not None else None,
        mail.given.data,
        content.subject if content is not None else None,
        content.html if content is not None else None,
        content.text if content is not None else None,
        mail.given.asks_consent,
        mail.at,
        mail.scheduled_for,
        mail.sender.address.domain,
        URGENT,
        mail.given.tracks_opens,
        mail.given.tracks_clicks,
    )


async def cancel(tx: Tx, workspace: WorkspaceId, message: Message, *, now: datetime) -> None:
    """Take a message out of the queue, of whatever kind. The run that waits for it goes on without it.

    Raises:
        Conflict: it is settled, or somebody is handing it over.
    """
    token = new_uuid()
    key = message.source_id, message.visit
    if not await tx.run(_sql["claim_one"], workspace, *key, token, real_now() + _LEASE):
        raise Conflict(f"The send is {message.status}: only what waits in the queue can be cancelled.")
    mails = await letters.load(tx, workspace, token, [key])
    over = [Settled(mail, "cancelled", Settlement.SKIPPED, "cancelled") for mail in mails]
    await settle(tx, workspace, token, over, now=now)


async def resend(tx: Tx, workspace: WorkspaceId, message: Message, *, now: datetime) -> MessageId:
    """Send again what may not have arrived, under a key of its own; gives the new message, which the old one names.

    Raises:
        Conflict: it is not in doubt, or has been sent again.
    """
    if message.resent_as is not None:
        raise Conflict(f"The send has been sent again, as {show('message', message.resent_as)}.")
    new = MessageId(new_uuid())
    if not await tx.run(_sql["mark_resent"], workspace, message.id, new):
        raise Conflict(f"The send is {message.status}: only what is in doubt can be sent again.")
    await tx.run(_sql["hand_content_on"], workspace, message.source_id, new)
    await tx.run(_sql["give_content_of_run"], workspace, message.source_id, new, now)
    await tx.run(_sql["ask_again"], workspace, message.id, new, now, _domain(message), URGENT)
    return new


def _domain(message: Message) -> str:
    return parse_mailbox(message.from_address).address.domain


async def waiting_with(tx: Tx, workspace: WorkspaceId, template: UUID) -> int:
    """How many mails that no run asked for still need a template."""
    found: int = await tx.value(_sql["waiting_with_template"], workspace, template)
    return found
