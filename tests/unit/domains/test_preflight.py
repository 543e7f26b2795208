import asyncio

import pytest

from dripline.delivery.domains.checking import check
from dripline.delivery.domains.judging import judged
from dripline.delivery.domains.model import Findings
from dripline.delivery.domains.preflight import Verdict, preflight
from tests.makers.dns import Names
from tests.makers.domains import AT, PLACE, a_domain, names_of

P, F, U = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def verdicts(findings: Findings, *, encrypts: bool | None = True) -> dict[str, Verdict]:
    domain = judged(a_domain(), findings, now=AT)
    return {rule.name: rule.verdict for rule in preflight(domain, encrypts=encrypts)}


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


@pytest.mark.parametrize(("encrypts", "verdict"), [(True, P), (False, F), (None, U)])
def test_the_relay_must_be_reached_encrypted(encrypts: bool | None, verdict: Verdict) -> None:
    assert verdicts(Findings(), encrypts=encrypts)["tls"] is verdict


def test_a_proved_return_path_is_enough_for_alignment() -> None:
    names = names_of(a_domain())
    del names.records["rsa._domainkey.example.com", "TXT"]

    assert verdicts(found(names))["alignment"] is P
