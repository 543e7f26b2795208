"""What a contact is, and what can be changed about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId
from dripline.kernel.values import Json


@dataclass(frozen=True, slots=True)
class Contact:
    """A person, known by address. `suppressed` is about the address, `unsubscribed_at` is the person's wish.

    `tracked`: what they open and click in their mail may be noted.
    """

    id: ContactId
    address: Address
    user_id: str | None
    properties: Mapping[str, Json]
    timezone: str | None
    unsubscribed_at: datetime | None
    suppressed: bool
    created_at: datetime
    updated_at: datetime
    tracked: bool = True


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What to change. Properties are merged, and null removes one; None elsewhere leaves as it is.

    `timezone` is an IANA name. `unsubscribed` opts out, or in again.
    """

    properties: Mapping[str, Json] | None = None
    user_id: str | None = None
    timezone: str | None = None
    unsubscribed: bool | None = None
    tracked: bool | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A contact before and after a change, and the names of the properties and of the other fields that differ.

    Without names nothing differs. `opts_out`: the change asked for no more mail, whether or not that was new.
    """

    before: Contact
    contact: Contact
    properties: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    opts_out: bool = False


def merge_properties(old: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """The properties after a change: new ones replace old ones, null removes."""
    return {name: value for name, value in {**old, **changes}.items() if value is not None}


class SuppressionReason(StrEnum):
    """Why an address must not be mailed."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be mailed, since when and why. `detail` is for people."""

    email_key: str
    reason: SuppressionReason
    detail: str | None
    created_at: datetime
