"""What follows from a check: which keys sign from now on, and whether the domain is proved."""

from dataclasses import replace
from datetime import datetime, timedelta

from dripline.delivery.domains.model import OLD_KEY_FOR, Domain, Findings, Key, Standing, Status
from dripline.delivery.domains.records import key_of

_EAGER_FOR = timedelta(hours=6)
_SOON, _HOURLY, _SELDOM = timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12)
_HOPELESS_AFTER = timedelta(days=14)


def judged(domain: Domain, findings: Findings, *, now: datetime) -> Domain:
    """The domain after a check at `now`. What could not be found out changes nothing."""
    domain = replace(domain, findings=findings, checked_at=now, updated_at=now)
    keys = _without_old(_in_turn(tuple(_proved(key, findings, now=now) for key in domain.keys), now=now), now=now)
    domain = replace(domain, keys=keys)
    standings = [_standing(key, findings) for key in keys if key.algorithm == "rsa" and key.signs]
    if not standings or Standing.UNKNOWN in standings or Standing.UNCHECKED in standings:
        return domain
    if Standing.VERIFIED in standings:
        verified_at = domain.verified_at or now
        return replace(domain, status=Status.VERIFIED, verified_at=verified_at, failing_since=None)
    return replace(domain, status=Status.FAILING, failing_since=domain.failing_since or now)


def next_check(domain: Domain) -> timedelta:
    """How long after a check the next one is due: soon while somebody waits for it, seldom otherwise."""
    checked = domain.checked_at or domain.created_at
    waiting = [key for key in domain.keys if key.is_waiting and key.algorithm == "rsa"]
    if waiting:
        waited = checked - max(key.created_at for key in waiting)
        if waited < _EAGER_FOR:
            return _SOON
        return _HOURLY if waited < _HOPELESS_AFTER else _SELDOM
    return _HOURLY if domain.status is Status.FAILING else _SELDOM


def _standing(key: Key, findings: Findings) -> Standing:
    finding = findings.records.get(key_of(key))
    return finding.standing if finding is not None else Standing.UNCHECKED


def _proved(key: Key, findings: Findings, *, now: datetime) -> Key:
    match _standing(key, findings):
        case Standing.VERIFIED if key.is_waiting:
            return replace(key, proved_at=now)
        case Standing.MISSING | Standing.WRONG if key.algorithm != "rsa" and key.signs:
            # The second signature is optional: without its record it would only be in the way.
            return replace(key, proved_at=None)
        case _:
            return key


def _in_turn(keys: tuple[Key, ...], *, now: datetime) -> tuple[Key, ...]:
    """Of each kind only the newest key that is proved signs; those before it are retired."""
    newest = {key.algorithm: key.created_at for key in sorted(keys, key=_age) if key.signs}
    return tuple(
        replace(key, retired_at=now)
        if key.retired_at is None and key.created_at < newest.get(key.algorithm, key.created_at)
        else key
        for key in keys
    )


def _without_old(keys: tuple[Key, ...], *, now: datetime) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.retired_at is None or now - key.retired_at < OLD_KEY_FOR)


def _age(key: Key) -> datetime:
    return key.created_at
