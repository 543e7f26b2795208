"""Reading campaigns."""

from typing import Literal

import msgspec

from dripline.api.reading.sequences import read_name
from dripline.campaigns.model import CampaignChanges, CampaignStatus
from dripline.kernel.values import check_text

LONGEST_DESCRIPTION = 2_000


class NewCampaign(msgspec.Struct, frozen=True):
    """A campaign to make."""

    name: str
    description: str | None = None


class CampaignPatch(msgspec.Struct, frozen=True):
    """What to change. What is not named, or null, stays; an empty description takes it away."""

    name: str | None = None
    description: str | None = None
    status: Literal["draft", "active", "paused", "completed"] | None = None


def read_description(text: str | None) -> str | None:
    """The description of a campaign.

    Raises:
        Invalid: it is too long, or cannot be kept.
    """
    return text if text is None else check_text(text, "description", longest=LONGEST_DESCRIPTION)


def read_campaign_changes(patch: CampaignPatch) -> CampaignChanges:
    """The changes that a request asks for.

    Raises:
        Invalid: one of them cannot be kept.
    """
    return CampaignChanges(
        name=read_name(patch.name) if patch.name is not None else None,
        description=read_description(patch.description),
        status=CampaignStatus(patch.status) if patch.status is not None else None,
    )
