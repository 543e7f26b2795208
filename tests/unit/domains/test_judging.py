from datetime import datetime, timedelta

import pytest

from dripline.delivery.domains.judging import judged, next_check
from dripline.delivery.domains.model import Domain, Finding, Findings, Key, Standing, Status
from tests.makers.domains import AT, a_domain, a_key

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def findings_of(**standings: Standing) -> Findings:
    return Findings({f"dkim:{selector}": Finding(standing) for selector, standing in standings.items()})


def verified(*keys: Key) -> Domain:
    return a_domain(status=Status.VERIFIED, verified_at=AT, keys=keys)


def states(domain: Domain) -> dict[str, str]:
    return {key.selector: "signing" if key.signs else "waiting" if key.is_waiting else "retired" for key in domain.keys}


def test_a_domain_is_proved_when_its_key_is_found() -> None:
    after = judged(a_domain(), findings_of(rsa=Standing.VERIFIED), now=AT + HOUR)

    assert (after.status, after.verified_at, states(after)) == (Status.VERIFIED, AT + HOUR, {"rsa": "signing"})
    assert after.may_send(AT + HOUR)


@pytest.mark.parametrize("standing", [Standing.MISSING, Standing.WRONG, Standing.UNKNOWN])
def test_a_domain_waits_for_its_key(standing: Standing) -> None:
    after = judged(a_domain(), findings_of(rsa=standing), now=AT + HOUR)

    assert (after.status, after.checked_at, states(after)) == (Status.PENDING, AT + HOUR, {"rsa": "waiting"})
    assert not after.may_send(AT + HOUR)


@pytest.mark.parametrize("standing", [Standing.MISSING, Standing.WRONG])
def test_a_domain_whose_key_is_gone_fails_and_sends_for_three_more_days(standing: Standing) -> None:
    domain = verified(a_key(proved_at=AT))

    first = judged(domain, findings_of(rsa=standing), now=AT + DAY)
    second = judged(first, findings_of(rsa=standing), now=AT + 2 * DAY)

    assert (first.status, second.failing_since) == (Status.FAILING, AT + DAY)
    assert second.may_send(AT + 4 * DAY - HOUR)
    assert not second.may_send(AT + 4 * DAY)


def test_a_key_that_is_back_proves_the_domain_again() -> None:
    failing = judged(verified(a_key(proved_at=AT)), findings_of(rsa=Standing.MISSING), now=AT + DAY)

    after = judged(failing, findings_of(rsa=Standing.VERIFIED), now=AT + 2 * DAY)

    assert (after.status, after.failing_since, after.verified_at) == (Status.VERIFIED, None, AT)


def test_a_dns_that_does_not_answer_changes_nothing() -> None:
    domain = verified(a_key(proved_at=AT))

    after = judged(domain, findings_of(rsa=Standing.UNKNOWN), now=AT + DAY)

    assert (after.status, after.failing_since, states(after)) == (Status.VERIFIED, None, {"rsa": "signing"})


OLD = a_key("old", age=30 * DAY, proved_at=AT)
NEW = a_key("new")


def test_the_old_key_signs_until_the_new_one_is_found() -> None:
    findings = findings_of(old=Standing.VERIFIED, new=Standing.MISSING)

    after = judged(verified(OLD, NEW), findings, now=AT + HOUR)

    assert (after.status, states(after)) == (Status.VERIFIED, {"old": "signing", "new": "waiting"})


def test_the_old_key_stays_published_for_a_week_after_it_was_replaced() -> None:
    findings = findings_of(old=Standing.VERIFIED, new=Standing.VERIFIED)

    replaced = judged(verified(OLD, NEW), findings, now=AT + HOUR)
    later = judged(replaced, findings, now=AT + HOUR + 7 * DAY - HOUR)
    at_last = judged(later, findings, now=AT + HOUR + 7 * DAY)

    assert states(replaced) == states(later) == {"old": "retired", "new": "signing"}
    assert states(at_last) == {"new": "signing"}


def test_the_record_of_a_retired_key_may_go_without_the_domain_failing() -> None:
    replaced = judged(verified(OLD, NEW), findings_of(old=Standing.VERIFIED, new=Standing.VERIFIED), now=AT)

    after = judged(replaced, findings_of(old=Standing.MISSING, new=Standing.VERIFIED), now=AT + DAY)

    assert after.status is Status.VERIFIED


def test_the_second_signature_is_made_while_its_record_is_there() -> None:
    keys = a_key(proved_at=AT), a_key("ed", "ed25519")

    with_it = judged(verified(*keys), findings_of(rsa=Standing.VERIFIED, ed=Standing.VERIFIED), now=AT)
    unsure = judged(with_it, findings_of(rsa=Standing.VERIFIED, ed=Standing.UNKNOWN), now=AT)
    without = judged(unsure, findings_of(rsa=Standing.VERIFIED, ed=Standing.MISSING), now=AT)

    assert [states(each)["ed"] for each in (with_it, unsure, without)] == ["signing", "signing", "waiting"]
    assert without.status is Status.VERIFIED


@pytest.mark.parametrize(
    ("domain", "waited", "expected"),
    [
        (a_domain(), HOUR, timedelta(minutes=5)),
        (a_domain(), 7 * HOUR, HOUR),
        (a_domain(), 20 * DAY, 12 * HOUR),
        (verified(a_key(proved_at=AT)), DAY, 12 * HOUR),
        (verified(OLD, NEW), HOUR, timedelta(minutes=5)),
        (a_domain(status=Status.FAILING, keys=(OLD,), verified_at=AT, failing_since=AT), HOUR, HOUR),
    ],
)
def test_a_domain_is_looked_at_soon_while_somebody_waits_for_it(
    domain: Domain, waited: timedelta, expected: timedelta
) -> None:
    checked: datetime = AT + waited

    assert next_check(judged(domain, findings_of(), now=checked)) == expected
