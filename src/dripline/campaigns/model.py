"""What a campaign is: a name for sequences and templates that belong together. It moves none of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dripline.kernel.ids import CampaignId


class CampaignStatus(StrEnum):
    """What its author says about a campaign. Nothing follows from it: any may become any other."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Member:
    """A sequence or a template of a campaign."""

    id: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with its members, in the order in which they were added. Members that are gone are not there."""

    id: CampaignId
    name: str
    description: str | None
    status: CampaignStatus
    sequences: tuple[Member, ...]
    templates: tuple[Member, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignChanges:
    """What to change. None leaves as it is; an empty description takes it away."""

    name: str | None = None
    description: str | None = None
    status: CampaignStatus | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Runs and mails of all sequences of a campaign, whenever they were.

    `active` are runs that have not ended, those in a paused sequence too. `sent` is what was handed over (a mail in
    doubt may have been), `failed` what was refused for good.
    """

    enrolled: int
    active: int
    completed: int
    exited: int
    converted: int
    sent: int
    skipped: int
    failed: int
