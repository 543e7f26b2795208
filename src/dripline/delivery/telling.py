"""What the world did with a mail, told as events: to whoever reads events, and to the engine where somebody listens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.work import Tx
from dripline.delivery.webhooks.choosing import leave_events
from dripline.events.listening import keys_of, listeners
from dripline.events.model import Event, Fact, Happened, Origin
from dripline.events.store import leave_reactions, record
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail that an event is about. A mail that no sequence sent has no step, and none without template has one."""

    id: UUID
    template_id: UUID | None
    sequence_id: UUID | None
    sequence: str | None
    step: str | None


def mail_event(
    name: str,
    contact: ContactId,
    mail: Mail,
    *,
    more: Mapping[str, Json] | None = None,
    now: datetime,
    depth: int = 0,
    event: EventId | None = None,
) -> Event:
    """The event `name` (`email.…`) about a mail to a contact. `more` are properties besides those that all have.

    `event` is its id, where what happened had one before it was told.
    """
    properties: dict[str, Json] = {
        "sendId": show("message", mail.id),
        "templateId": show("template", mail.template_id) if mail.template_id is not None else None,
        "sequenceId": show("sequence", mail.sequence_id) if mail.sequence_id is not None else None,
        "sequence": mail.sequence,
        "step": mail.step,
        **(more or {}),
    }
    return Event(event or EventId(new_uuid()), contact, name, properties, now, now, Origin.DELIVERY, depth)


async def publish(tx: Tx, workspace: WorkspaceId, events: Sequence[Event]) -> None:
    """Record events, and leave them to the webhooks that want them."""
    await record(tx, workspace, events)
    await leave_events(tx, workspace, events)


async def tell(tx: Tx, workspace: WorkspaceId, events: Sequence[Event], facts: Sequence[Fact] = ()) -> None:
    """Record events, and leave the engine those that somebody listens to, and after them the other facts.

    The caller has locked the contacts.
    """
    heard: list[Fact] = []
    if events:
        await publish(tx, workspace, events)
        happened = [Happened(event) for event in events]
        keys = await listeners(tx, workspace, {key for fact in happened for key in keys_of(fact)})
        heard = [fact for fact in happened if any(key in keys for key in keys_of(fact))]
    await leave_reactions(tx, workspace, [*heard, *facts])
