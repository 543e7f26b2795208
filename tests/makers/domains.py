"""Domains that are fine as they are, and what the DNS would say of them."""

from datetime import UTC, datetime, timedelta

from dripline.delivery.domains.keys import public_record
from dripline.delivery.domains.model import Domain, Findings, Key, Status
from dripline.delivery.domains.records import Place, records_of
from dripline.kernel.ids import DomainId, new_uuid
from dripline.kernel.relays import Relay, Security
from tests.makers.dns import Names
from tests.makers.keys import an_ed25519_key, an_rsa_key

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RELAY = Relay("email-smtp.eu-west-1.amazonaws.com", 587, Security.REQUIRED)
PLACE = Place(("include:amazonses.com",), "in.example.net", "mail.example.net", (RELAY,))


def a_key(
    selector: str = "rsa",
    algorithm: str = "rsa",
    *,
    age: timedelta = timedelta(),
    proved_at: datetime | None = None,
    retired_at: datetime | None = None,
) -> Key:
    made = an_rsa_key(selector) if algorithm == "rsa" else an_ed25519_key(selector)
    return Key(selector, algorithm, public_record(made.private), b"sealed", AT - age, proved_at, retired_at)


def a_domain(
    name: str = "example.com",
    *,
    status: Status = Status.PENDING,
    keys: tuple[Key, ...] | None = None,
    findings: Findings | None = None,
    verified_at: datetime | None = None,
    failing_since: datetime | None = None,
) -> Domain:
    return Domain(
        id=DomainId(new_uuid()),
        name=name,
        status=status,
        keys=keys if keys is not None else (a_key(),),
        findings=findings or Findings(),
        created_at=AT,
        updated_at=AT,
        verified_at=verified_at,
        failing_since=failing_since,
    )


def names_of(domain: Domain, place: Place = PLACE) -> Names:
    """A DNS in which all is as it should be."""
    records = {(record.name, record.type): [record.value] for record in records_of(domain, place)}
    return Names({**records, ("amazonses.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"]})
