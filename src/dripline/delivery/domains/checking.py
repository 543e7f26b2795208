"""Asking the DNS for the records of a domain, and saying what is wrong with what is there."""

import asyncio
from collections.abc import Sequence

from dripline.delivery.domains.dmarc import Dmarc, read_dmarc, tags_of
from dripline.delivery.domains.dns import Absent, Answer, Dns, Found, Unknown
from dripline.delivery.domains.model import Domain, Finding, Findings, Purpose, Standing
from dripline.delivery.domains.records import Place, Record, records_of
from dripline.delivery.domains.spf import read_spf

_MOST_SHOWN = 5
_LONGEST_SHOWN = 1000


async def check(domain: Domain, place: Place, dns: Dns) -> Findings:
    """What the DNS says of a domain now. Never in a transaction: it may take half a minute."""
    records = records_of(domain, place)
    dmarc = await read_dmarc(domain.name, dns)
    found = await asyncio.gather(*(_check(record, place, dns, dmarc) for record in records))
    named = {record.key: finding for record, finding in zip(records, found, strict=True)}
    return Findings(named, dmarc.organisation, dmarc.policy)


def as_published(domain: Domain, place: Place) -> Findings:
    """What would be found if what mail needs were there as it should be: for workspaces that never send.

    The hosts stay unchecked: links in caught mail must lead somewhere.
    """
    found = {
        record.key: Finding(Standing.VERIFIED, "not asked for: nothing leaves a test workspace", (record.value,))
        for record in records_of(domain, place)
        if record.purpose not in {Purpose.RETURN_PATH, Purpose.TRACKING}
    }
    return Findings(found, domain.name, "none")


async def _check(record: Record, place: Place, dns: Dns, dmarc: Dmarc) -> Finding:
    match record.purpose, record.type:
        case Purpose.DKIM, _:
            return _key(record, await dns.look_up(record.name, "TXT"))
        case Purpose.DMARC, _:
            return _dmarc(record, dmarc)
        case _, "TXT":
            return await _spf(record.name, place.spf_terms, dns)
        case _, "MX":
            return _exchanger(record, await dns.look_up(record.name, "MX"))
        case _:
            return await _alias(record, dns)


def _key(record: Record, answer: Answer) -> Finding:
    if not isinstance(answer, Found):
        return _nothing(answer, f"there is no TXT record at {record.name}")
    keys = [value for value in answer.values if "p" in tags_of(value)]
    ours = tags_of(record.value)["p"]
    if len(keys) != 1:
        return _wrong(answer.values, f"{record.name} has {len(keys)} keys; expected one")
    tags = tags_of(keys[0])
    public = "".join(tags["p"].split())
    if tags.get("k", "rsa") != tags_of(record.value)["k"] or public != ours:
        return _wrong(keys, _what_differs(public, ours))
    if "y" in tags.get("t", "").split(":"):
        return Finding(
            Standing.VERIFIED, "the record says t=y: receivers may treat signed mail as unsigned", _shown(keys)
        )
    return Finding(Standing.VERIFIED, None, _shown(keys))


def _what_differs(public: str, ours: str) -> str:
    if not public:
        return "the key is revoked: p is empty"
    if public != ours and ours.startswith(public):
        return f"the key is cut short: {len(public)} of {len(ours)} characters; a TXT record holds longer ones in parts"
    return "another key stands there, or one of another kind"


async def _spf(name: str, terms: Sequence[str], dns: Dns) -> Finding:
    spf = await read_spf(name, dns)
    found = (spf.record,) if spf.record is not None else ()
    if spf.errors:
        return _wrong(found, "; ".join(spf.errors))
    if spf.unknown is not None:
        return Finding(Standing.UNKNOWN, spf.unknown, _shown(found))
    if spf.record is None:
        return Finding(Standing.MISSING, f"there is no SPF record at {name}")
    lacking = [term for term in terms if not spf.allows(term)]
    if lacking:
        return _wrong(found, f"the record does not allow the relay: expected {' '.join(lacking)} in it")
    return Finding(Standing.VERIFIED, None, _shown(found))


def _dmarc(record: Record, dmarc: Dmarc) -> Finding:
    found = (dmarc.record,) if dmarc.record is not None else ()
    if dmarc.errors:
        return _wrong(found, "; ".join(dmarc.errors))
    if dmarc.unknown is not None:
        return Finding(Standing.UNKNOWN, dmarc.unknown)
    if dmarc.record is None:
        return Finding(Standing.MISSING, f"there is no DMARC record at {record.name}, and none above it")
    where = None if record.name == f"_dmarc.{dmarc.found_at}" else f"that of {dmarc.found_at} holds"
    return Finding(Standing.VERIFIED, where, _shown(found))


def _exchanger(record: Record, answer: Answer) -> Finding:
    if not isinstance(answer, Found):
        return _nothing(answer, f"{record.name} has no MX record")
    host = record.value.partition(" ")[2]
    if all(value.partition(" ")[2] != host for value in answer.values):
        return _wrong(answer.values, f"expected mail for {record.name} to go to {host}")
    return Finding(Standing.VERIFIED, None, _shown(answer.values))


async def _alias(record: Record, dns: Dns) -> Finding:
    answer = await dns.look_up(record.name, "CNAME")
    if isinstance(answer, Found):
        if record.value in answer.values:
            return Finding(Standing.VERIFIED, None, _shown(answer.values))
        return _wrong(answer.values, f"{record.name} is an alias of another host")
    # Some DNS hosts answer with the addresses of the target instead of the alias.
    there, target = await asyncio.gather(dns.look_up(record.name, "A"), dns.look_up(record.value, "A"))
    if isinstance(there, Found) and isinstance(target, Found) and set(there.values) & set(target.values):
        return Finding(Standing.VERIFIED, None, _shown(there.values))
    if isinstance(there, Found):
        return _wrong(there.values, f"expected {record.name} to lead to {record.value}")
    return _nothing(answer, f"there is no CNAME record at {record.name}")


def _nothing(answer: Absent | Unknown, reason: str) -> Finding:
    if isinstance(answer, Unknown):
        return Finding(Standing.UNKNOWN, answer.reason)
    return Finding(Standing.MISSING, reason)


def _wrong(found: Sequence[str], reason: str) -> Finding:
    return Finding(Standing.WRONG, reason, _shown(found))


def _shown(values: Sequence[str]) -> tuple[str, ...]:
    """What strangers wrote, no more of it than can be looked at, without what cannot be stored."""
    return tuple(value[:_LONGEST_SHOWN].replace("\0", "\ufffd") for value in values[:_MOST_SHOWN])
