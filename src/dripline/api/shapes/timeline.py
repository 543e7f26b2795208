"""The timeline of a contact on the wire."""

from collections.abc import Mapping
from typing import Any, Literal, assert_never

import msgspec

from dripline.contacts.changes import KeptChange
from dripline.delivery.effects.queue import Lane
from dripline.delivery.effects.standing import Shown
from dripline.delivery.sends import Sent
from dripline.engine.insight.timeline import Item
from dripline.events.model import Event
from dripline.kernel.clock import iso
from dripline.kernel.ids import show
from dripline.sequences.enrollments.history import Walked


class EventItem(msgspec.Struct, frozen=True, rename="camel"):
    """An event, at the time when it happened."""

    at: str
    kind: Literal["event"]
    id: str
    event: str
    name: str
    properties: Mapping[str, Any]
    created_at: str


class StepItem(msgspec.Struct, frozen=True, rename="camel"):
    """An arrival at a step and what came of it. Beginning (`enroll`) and end (`end`) of a run have no step."""

    at: str
    kind: Literal["step"]
    id: str
    sequence: str
    sequence_id: str
    enrollment_id: str
    step: str | None
    action: str
    outcome: str
    reason: str | None
    detail: str | None


class MessageItem(msgspec.Struct, frozen=True, rename="camel"):
    """A message, at the time when it was asked for, with the status that it has by now.

    `source` is `sequence`, `transactional` or `test`; only mail of a sequence has a sequence and a step.
    """

    at: str
    kind: Literal["message"]
    id: str
    subject: str | None
    template: str | None
    status: str
    reason: str | None
    detail: str | None
    sequence: str | None
    sequence_id: str | None
    step: str | None
    source: str
    sent_at: str | None


class EffectItem(msgspec.Struct, frozen=True, rename="camel"):
    """A code for a discount, or a call of a webhook, at the time when it was asked for, with what came of it by now.

    `action` is `discount` or `webhook`; `result` is the code, or the answer to the call.
    """

    at: str
    kind: Literal["effect"]
    id: str
    action: str
    provider: str | None
    status: str
    reason: str | None
    detail: str | None
    attempts: int
    result: Mapping[str, Any] | None
    sequence: str
    sequence_id: str
    enrollment_id: str
    step: str
    next_attempt_at: str | None
    settled_at: str | None


class ChangeItem(msgspec.Struct, frozen=True, rename="camel"):
    """A change of the contact."""

    at: str
    kind: Literal["change"]
    id: str
    what: str
    detail: Mapping[str, Any]


TimelineItem = EventItem | StepItem | MessageItem | EffectItem | ChangeItem


def item_of(item: Item) -> TimelineItem:
    """An item as it is shown."""
    at = iso(item.place.at)
    match item.what:
        case Event() as event:
            created = iso(event.recorded_at)
            return EventItem(at, "event", show("event", event.id), event.name, event.name, event.properties, created)
        case Walked() as walked:
            return _step(walked, at)
        case Sent() as sent:
            return _message(sent, at)
        case Shown() as effect:
            return _effect(effect, at)
        case KeptChange() as change:
            return ChangeItem(at, "change", show("change", change.id), change.what, change.detail)
        case unreachable:
            assert_never(unreachable)


def _step(walked: Walked, at: str) -> StepItem:
    enrollment = show("enrollment", walked.id)
    return StepItem(
        at=at,
        kind="step",
        id=f"{enrollment}:{walked.number}" if walked.step is not None else f"{enrollment}:{walked.action}",
        sequence=walked.sequence,
        sequence_id=show("sequence", walked.sequence_id),
        enrollment_id=enrollment,
        step=walked.step,
        action=walked.action,
        outcome=walked.outcome,
        reason=walked.reason,
        detail=walked.detail,
    )


def _message(sent: Sent, at: str) -> MessageItem:
    return MessageItem(
        at=at,
        kind="message",
        id=show("message", sent.id),
        subject=sent.subject,
        template=sent.template,
        status=sent.status,
        reason=sent.reason,
        detail=sent.detail,
        sequence=sent.sequence,
        sequence_id=show("sequence", sent.sequence_id) if sent.sequence_id is not None else None,
        step=sent.step,
        source=sent.kind,
        sent_at=iso(sent.sent_at) if sent.sent_at is not None else None,
    )


def _effect(effect: Shown, at: str) -> EffectItem:
    enrollment, is_call = show("enrollment", effect.source_id), effect.lane is Lane.WEBHOOK
    return EffectItem(
        at=at,
        kind="effect",
        id=f"{enrollment}:{effect.visit}",
        action="webhook" if is_call else "discount",
        provider=None if is_call else str(effect.lane),
        status=effect.status,
        reason=effect.reason,
        detail=effect.detail,
        attempts=effect.attempts,
        result=effect.result,
        sequence=effect.sequence,
        sequence_id=show("sequence", effect.sequence_id),
        enrollment_id=enrollment,
        step=effect.step,
        next_attempt_at=iso(effect.next_attempt_at) if effect.next_attempt_at is not None else None,
        settled_at=iso(effect.settled_at) if effect.settled_at is not None else None,
    )
