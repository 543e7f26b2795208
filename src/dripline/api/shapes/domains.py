"""Domains as they are answered: what to publish, what was found there, and what mailbox providers would say."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dripline.delivery.domains.complaints import Complaints
from dripline.delivery.domains.model import Domain, Key
from dripline.delivery.domains.preflight import Rule, preflight
from dripline.delivery.domains.records import Place, Record, records_of
from dripline.kernel.clock import iso
from dripline.kernel.ids import show


class DnsRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A record to publish. `status` is `unchecked`, `verified`, `missing`, `wrong` or `unknown`; `reason` says why.

    `found` is what stands there now. `keepUntil` is set for the record of a key that was replaced.
    """

    type: str
    name: str
    value: str
    purpose: str
    required: bool
    status: str
    reason: str | None
    found: Sequence[str]
    keep_until: str | None


class DomainKey(msgspec.Struct, frozen=True, rename="camel"):
    """A key that mail is signed with. `status` is `waiting` (for its record), `signing` or `retired`."""

    selector: str
    algorithm: str
    status: str
    created_at: str
    proved_at: str | None
    retired_at: str | None


class Check(msgspec.Struct, frozen=True, rename="camel"):
    """A rule of mailbox providers, and whether it is kept: `pass`, `fail` or `unknown`."""

    name: str
    providers: Sequence[str]
    result: str
    detail: str


class DomainShape(msgspec.Struct, frozen=True, rename="camel"):
    """A domain. `status` is `pending`, `verified` or `failing`; mail comes from it only with `sendingEnabled`.

    `organizationalDomain` is what DMARC aligns with. The hosts are null until their records are found.
    """

    id: str
    domain_id: str
    domain: str
    status: str
    sending_enabled: bool
    dns_records: Sequence[DnsRecord]
    checks: Sequence[Check]
    keys: Sequence[DomainKey]
    organizational_domain: str | None
    return_path_host: str | None
    tracking_host: str | None
    checked_at: str | None
    verified_at: str | None
    failing_since: str | None
    created_at: str
    updated_at: str


def shape_domain(domain: Domain, place: Place, complaints: Complaints, *, real: datetime) -> DomainShape:
    """A domain as it is answered. `place` is how its mail leaves, `real` the real time."""
    text = show("domain", domain.id)
    return DomainShape(
        id=text,
        domain_id=text,
        domain=domain.name,
        status=domain.status.value,
        sending_enabled=domain.may_send(real),
        dns_records=[_record(domain, each) for each in records_of(domain, place)],
        checks=[_check(rule) for rule in preflight(domain, place, complaints)],
        keys=[_key(key) for key in domain.keys],
        organizational_domain=domain.findings.organisation,
        return_path_host=domain.return_path_host,
        tracking_host=domain.tracking_host,
        checked_at=_time(domain.checked_at),
        verified_at=_time(domain.verified_at),
        failing_since=_time(domain.failing_since),
        created_at=iso(domain.created_at),
        updated_at=iso(domain.updated_at),
    )


def _record(domain: Domain, record: Record) -> DnsRecord:
    finding = domain.finding(record.key)
    return DnsRecord(
        type=record.type,
        name=record.name,
        value=record.value,
        purpose=record.purpose.value,
        required=record.required,
        status=finding.standing.value,
        reason=finding.reason,
        found=finding.found,
        keep_until=_time(record.keep_until),
    )


def _key(key: Key) -> DomainKey:
    status = "signing" if key.signs else "waiting" if key.is_waiting else "retired"
    return DomainKey(
        key.selector, key.algorithm, status, iso(key.created_at), _time(key.proved_at), _time(key.retired_at)
    )


def _check(rule: Rule) -> Check:
    return Check(rule.name, rule.providers, rule.verdict.value, rule.detail)


def _time(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
