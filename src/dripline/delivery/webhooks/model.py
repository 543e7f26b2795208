"""Webhooks, what is delivered to them, and the names of what they may be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from dripline.kernel.ids import WebhookId
from dripline.kernel.values import Json

ALL = "*"
"""Stands for all events but those of machines."""
_OF_MAIL = (
    "email.sent",
    "email.delivered",
    "email.opened",
    "email.clicked",
    "email.bounced",
    "email.complained",
    "email.unsubscribed",
)
OF_MACHINES = ("email.machine_opened", "email.machine_clicked")
DOMAIN_STOPPED = "domain.stopped"
SEQUENCE_STOPPED = "sequence.stopped"
WEBHOOK_DISABLED = "webhook.disabled"
EVENTS = (*_OF_MAIL, *OF_MACHINES, DOMAIN_STOPPED, SEQUENCE_STOPPED, WEBHOOK_DISABLED)

FORMER_SIGNS_FOR = timedelta(hours=24)
"""How long a secret that was replaced still signs, beside the new one."""
DELIVERIES_KEPT = timedelta(days=14)


class Status(StrEnum):
    """Whether a webhook is told anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Reason(StrEnum):
    """Why a webhook is disabled: by request, because it answered that it is gone, or because nothing got through."""

    MANUAL = "manual"
    GONE = "gone"
    FAILING = "failing"


class DeliveryStatus(StrEnum):
    """Where a delivery stands. Recorded: it belongs to a test workspace, where nobody is called."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where what is told. `failures` counts the calls since `failing_since`, in which nothing got through."""

    id: WebhookId
    url: str
    events: tuple[str, ...]
    status: Status
    reason: Reason | None
    failing_since: datetime | None
    failures: int
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a webhook is signed with: the current secret, and the former one while it still counts."""

    current: str = field(repr=False)
    former: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery is about, as it stands now. `contact_id` and what follows are of the contact, if there is one."""

    type: str
    occurred_at: datetime
    data: Mapping[str, Json]
    event_id: UUID | None = None
    contact_id: UUID | None = None
    email: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook. `due_at` is the real time of the next call, where there will be one."""

    id: UUID
    webhook_id: WebhookId
    told: Told
    status: DeliveryStatus
    attempts: int
    due_at: datetime
    response_status: int | None
    detail: str | None
    created_at: datetime
    settled_at: datetime | None


def wants(events: tuple[str, ...], name: str) -> bool:
    """Whether these names cover an event."""
    return name in events or (ALL in events and name not in OF_MACHINES)
