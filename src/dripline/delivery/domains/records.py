"""What belongs into a domain's DNS, ready to paste."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.delivery.domains.model import OLD_KEY_FOR, Domain, Finding, Key, Purpose, bounce_name, tracking_name
from dripline.delivery.domains.spf import is_spf, with_terms
from dripline.kernel.relays import Relay

_MAIL_EXCHANGER_PREFERENCE = 10


@dataclass(frozen=True, slots=True)
class Place:
    """How mail reaches the world.

    `spf_terms` are the terms that allow its relays. `bounce_host` is where bounces are taken in, `tracking_host` where
    links are answered; None where the world has no name for them. It leaves by the `relays` outside this machine, and
    by the APIs of the `providers`, which send from return paths of their own.
    """

    spf_terms: tuple[str, ...] = ()
    bounce_host: str | None = None
    tracking_host: str | None = None
    relays: tuple[Relay, ...] = ()
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `name` and `value` as they are typed into a DNS host, without dots at the end.

    A required one must be there before mail goes out. `keep_until` is set for the record of a key that was replaced.
    """

    key: str
    type: str
    name: str
    value: str
    purpose: Purpose
    required: bool = False
    keep_until: datetime | None = None


def records_of(domain: Domain, place: Place) -> list[Record]:
    """The records of a domain, those first that must be there."""
    return [
        *(_of_key(domain, key) for key in domain.keys),
        _of_spf("spf", domain, domain.name, place, Purpose.SPF),
        Record("dmarc", "TXT", f"_dmarc.{domain.name}", "v=DMARC1; p=none", Purpose.DMARC),
        *_of_return_path(domain, place),
        *_of_tracking(domain, place),
    ]


def key_of(key: Key) -> str:
    """The key of the record of a signing key, among the findings."""
    return f"dkim:{key.selector}"


def _of_key(domain: Domain, key: Key) -> Record:
    until = key.retired_at + OLD_KEY_FOR if key.retired_at is not None else None
    required = key.algorithm == "rsa" and until is None
    name = f"{key.selector}._domainkey.{domain.name}"
    return Record(key_of(key), "TXT", name, key.public, Purpose.DKIM, required=required, keep_until=until)


def _of_spf(key: str, domain: Domain, name: str, place: Place, purpose: Purpose) -> Record:
    there = _record_in(domain.finding(key))
    return Record(key, "TXT", name, with_terms(there, place.spf_terms), purpose)


def _record_in(finding: Finding) -> str | None:
    return next((text for text in finding.found if is_spf(text)), None)


def _of_return_path(domain: Domain, place: Place) -> Sequence[Record]:
    if place.bounce_host is None:
        return ()
    name = bounce_name(domain.name)
    exchanger = f"{_MAIL_EXCHANGER_PREFERENCE} {place.bounce_host}"
    return (
        Record("return_path_mx", "MX", name, exchanger, Purpose.RETURN_PATH),
        _of_spf("return_path_spf", domain, name, place, Purpose.RETURN_PATH),
    )


def _of_tracking(domain: Domain, place: Place) -> Sequence[Record]:
    if place.tracking_host is None:
        return ()
    return (Record("tracking", "CNAME", tracking_name(domain.name), place.tracking_host, Purpose.TRACKING),)
