"""What answers about sequences and contacts are wrapped in."""

from collections.abc import Sequence

import msgspec

from dripline.api.dialects.sequenzy.people import WireSubscriber
from dripline.api.dialects.sequenzy.showing import WireSequence, WireStates, WireWholeSequence


class WireDrafted(msgspec.Struct, frozen=True):
    """A sequence that was drafted or changed, and what its author should know.

    `job` is there while a language model puts mails in order.
    """

    success: bool
    message: str
    sequence: WireSequence
    warnings: Sequence[str]
    job: str | msgspec.UnsetType = msgspec.UNSET


class WireOneSequence(msgspec.Struct, frozen=True):
    """One sequence with its mails."""

    success: bool
    sequence: WireWholeSequence


class WireOffsets(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page stands in its list. `limit` is null when none was asked for."""

    limit: int | None
    offset: int
    count: int
    total: int
    has_more: bool


class WireSequences(msgspec.Struct, frozen=True):
    """Sequences."""

    success: bool
    sequences: Sequence[WireSequence]
    pagination: WireOffsets


class WireMoved(WireStates, frozen=True, rename="camel", kw_only=True):
    """How a sequence stands after it was moved."""

    success: bool = True
    message: str
    sequence_id: str
    warnings: Sequence[str] = ()


class WireListName(msgspec.Struct, frozen=True):
    """A list that a contact is on."""

    id: str
    name: str
    description: str | None


class WireWholeSubscriber(WireSubscriber, frozen=True, rename="camel", kw_only=True):
    """A contact with the lists that they are on."""

    lists: Sequence[WireListName]


class WireSavedSubscriber(WireWholeSubscriber, frozen=True, rename="camel", kw_only=True):
    """A contact, and whether they were made, changed, or left as they were."""

    created: bool
    updated: bool
    skipped: bool


class WireSaved(msgspec.Struct, frozen=True):
    """A contact that was made or made sure of."""

    success: bool
    subscriber: WireSavedSubscriber
    warnings: Sequence[str]


class WireOneSubscriber(msgspec.Struct, frozen=True):
    """One contact."""

    success: bool
    subscriber: WireWholeSubscriber


class WireDeleted(msgspec.Struct, frozen=True):
    """Something is gone."""

    success: bool
    deleted: bool


class WirePlace(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page stands in its list. `total` and `totalPages` are null where they were not counted."""

    page: int
    limit: int
    total: int | None
    total_pages: int | None
    next_cursor: str | None
    has_more: bool


class WireSubscribers(msgspec.Struct, frozen=True):
    """Contacts."""

    success: bool
    subscribers: Sequence[WireSubscriber]
    pagination: WirePlace


class WireAccount(msgspec.Struct, frozen=True, rename="camel"):
    """Whom a key belongs to: a workspace."""

    company_id: str
    company_name: str
    api_key_type: str


class WireMe(msgspec.Struct, frozen=True):
    """Whom the key of this request belongs to."""

    success: bool
    account: WireAccount
