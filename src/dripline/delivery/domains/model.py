"""A domain that mail comes from: its keys, what its DNS should say, and what was found there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from dripline.kernel.ids import DomainId

FAILING_FOR = timedelta(days=3)
"""So long mail goes out from a domain that was proved, while its DNS does not prove it any more."""
OLD_KEY_FOR = timedelta(days=7)
"""So long a key that was replaced stays published, for mail that is still on its way."""


UNVERIFIED = "sender_unverified"
"""Why mail waits whose domain is not proved."""


class Status(StrEnum):
    """Whether a domain is proved to be the workspace's. `failing`: it was, and is not any more."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILING = "failing"


class Standing(StrEnum):
    """What was found of one record. `unknown`: the DNS did not answer."""

    UNCHECKED = "unchecked"
    VERIFIED = "verified"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """What a record is for."""

    DKIM = "DKIM"
    SPF = "SPF"
    DMARC = "DMARC"
    RETURN_PATH = "RETURN_PATH"
    TRACKING = "TRACKING"


class Finding(msgspec.Struct, frozen=True):
    """What was found where one record should be, and what is wrong with it."""

    standing: Standing
    reason: str | None = None
    found: tuple[str, ...] = ()


class Findings(msgspec.Struct, frozen=True):
    """What a check found: for each record, by its key; and what DMARC says of the domain."""

    records: Mapping[str, Finding] = {}
    organisation: str | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key that mail may be signed with. `sealed` is its private half, `public` the text of its record.

    It signs from the moment in which its record was found (`proved_at`) until another takes its place (`retired_at`).
    """

    selector: str
    algorithm: str
    public: str
    sealed: bytes = field(repr=False)
    created_at: datetime
    proved_at: datetime | None = None
    retired_at: datetime | None = None

    @property
    def signs(self) -> bool:
        return self.proved_at is not None and self.retired_at is None

    @property
    def is_waiting(self) -> bool:
        return self.proved_at is None


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain. Times are real ones. `failing_since` is when its key was first found to be gone."""

    id: DomainId
    name: str
    status: Status
    keys: tuple[Key, ...]
    findings: Findings
    created_at: datetime
    updated_at: datetime
    checked_at: datetime | None = None
    verified_at: datetime | None = None
    failing_since: datetime | None = None

    def may_send(self, now: datetime) -> bool:
        """Whether mail may come from it."""
        if self.status is Status.FAILING:
            return self.failing_since is not None and now - self.failing_since < FAILING_FOR
        return self.status is Status.VERIFIED

    @property
    def return_path_host(self) -> str | None:
        """Where bounces of its mail go, once that is proved."""
        return bounce_name(self.name) if self._all_found("return_path_mx", "return_path_spf") else None

    @property
    def tracking_host(self) -> str | None:
        """Where links in its mail lead, once that is proved."""
        return tracking_name(self.name) if self._all_found("tracking") else None

    def finding(self, key: str) -> Finding:
        """What was found of a record."""
        return self.findings.records.get(key, _UNCHECKED)

    def _all_found(self, *keys: str) -> bool:
        return all(self.finding(key).standing is Standing.VERIFIED for key in keys)


_UNCHECKED = Finding(Standing.UNCHECKED)


def bounce_name(domain: str) -> str:
    """The host that bounces of a domain's mail go to."""
    return f"bounce.{domain}"


def tracking_name(domain: str) -> str:
    """The host that links in a domain's mail lead to."""
    return f"click.{domain}"


def newest(keys: Iterable[Key], algorithm: str) -> Key | None:
    """The newest of the keys of one kind."""
    found = [key for key in keys if key.algorithm == algorithm]
    return max(found, key=lambda key: key.created_at, default=None)
