import asyncio
from dataclasses import replace

import pytest

from dripline.delivery.domains.checking import check
from dripline.delivery.domains.complaints import NO_COMPLAINTS, Complaints
from dripline.delivery.domains.judging import judged
from dripline.delivery.domains.model import Finding, Findings, Standing
from dripline.delivery.domains.preflight import Verdict, preflight
from dripline.delivery.domains.records import Place
from dripline.kernel.relays import Relay, Security
from tests.makers.dns import Names
from tests.makers.domains import AT, PLACE, a_domain, names_of

P, F, U = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def verdicts(findings: Findings, *, place: Place = PLACE, complaints: Complaints = NO_COMPLAINTS) -> dict[str, Verdict]:
    domain = judged(a_domain(), findings, now=AT)
    return {rule.name: rule.verdict for rule in preflight(domain, place, complaints)}


def seen(**standings: Standing) -> Findings:
    return Findings({name: Finding(standing, "for a reason") for name, standing in standings.items()})


def by(*securities: Security) -> Place:
    relays = tuple(Relay(f"mx{at}.example.net", 25, security) for at, security in enumerate(securities))
    return replace(PLACE, relays=relays)


def found(names: Names) -> Findings:
    return asyncio.run(check(a_domain(), PLACE, names))


ALWAYS = {
    "reverse_dns": U,
    "one_click_unsubscribe": P,
    "unsubscribe_in_two_days": P,
    "own_from_domain": P,
    "spam_rate": U,
}


def test_a_domain_in_order_passes_what_can_be_known() -> None:
    assert verdicts(found(names_of(a_domain()))) == {
        "spf": P,
        "dkim": P,
        "dmarc": P,
        "alignment": P,
        "tls": P,
        **ALWAYS,
    }


def test_an_empty_dns_fails_what_depends_on_it() -> None:
    assert verdicts(found(Names())) == {
        "spf": F,
        "dkim": F,
        "dmarc": F,
        "alignment": F,
        "tls": P,
        **ALWAYS,
    }


def test_before_the_first_check_nothing_of_it_is_known() -> None:
    assert verdicts(Findings()) == {
        "spf": U,
        "dkim": U,
        "dmarc": U,
        "alignment": U,
        "tls": P,
        **ALWAYS,
    }


@pytest.mark.parametrize(
    ("securities", "looked", "verdict"),
    [
        ([], Standing.UNCHECKED, U),
        ([Security.REQUIRED], Standing.UNCHECKED, P),
        ([Security.IMPLICIT, Security.REQUIRED], Standing.UNCHECKED, P),
        ([Security.REQUIRED, Security.NEVER], Standing.VERIFIED, F),
        ([Security.OPPORTUNISTIC], Standing.UNCHECKED, U),
        ([Security.OPPORTUNISTIC], Standing.UNKNOWN, U),
        ([Security.OPPORTUNISTIC], Standing.VERIFIED, P),
        ([Security.REQUIRED, Security.OPPORTUNISTIC], Standing.WRONG, F),
    ],
)
def test_every_relay_must_be_reached_encrypted_as_set_up_or_else_as_seen(
    securities: list[Security], looked: Standing, verdict: Verdict
) -> None:
    assert verdicts(seen(tls=looked), place=by(*securities))["tls"] is verdict


def test_a_provider_that_is_talked_to_over_https_keeps_its_own_names_and_return_path() -> None:
    place = replace(PLACE, spf_terms=(), relays=(), providers=("Postmark",))

    found = verdicts(Findings(), place=place)

    assert (found["spf"], found["tls"], found["reverse_dns"]) == (P, P, P)


@pytest.mark.parametrize(
    ("looked", "verdict"),
    [(Standing.VERIFIED, P), (Standing.MISSING, F), (Standing.WRONG, F), (Standing.UNKNOWN, U)],
)
def test_the_names_of_a_relay_are_judged_as_seen(looked: Standing, verdict: Verdict) -> None:
    assert verdicts(seen(reverse_dns=looked))["reverse_dns"] is verdict


@pytest.mark.parametrize(
    ("sent", "complained", "verdict", "said"),
    [
        (199, 5, U, "are too few to tell"),
        (200, 0, P, "0 complaints about 200 mails in 30 days are 0.00%"),
        (10_000, 9, P, "are 0.09%"),
        (10_000, 10, F, "It should stay below 0.1 %"),
        (10_000, 29, F, "It should stay below 0.1 %"),
        (10_000, 30, F, "0.3 % must never be reached"),
    ],
)
def test_complaints_are_held_against_the_two_limits_of_gmail(
    sent: int, complained: int, verdict: Verdict, said: str
) -> None:
    [rule] = [each for each in preflight(a_domain(), PLACE, Complaints(sent, complained)) if each.name == "spam_rate"]

    assert (rule.verdict, said in rule.detail) == (verdict, True)


def test_a_proved_return_path_is_enough_for_alignment() -> None:
    names = names_of(a_domain())
    del names.records["rsa._domainkey.example.com", "TXT"]

    assert verdicts(found(names))["alignment"] is P
