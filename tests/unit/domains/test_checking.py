import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.domains.checking import as_published, check
from dripline.delivery.domains.model import Domain, Finding, Findings, Standing
from dripline.delivery.domains.records import Place, records_of
from tests.makers.dns import Names
from tests.makers.domains import PLACE, a_domain, a_key, names_of

DOMAIN = a_domain()
KEY = "rsa._domainkey.example.com"


def found_with(
    changes: Mapping[tuple[str, str], Sequence[str]], *, away: set[str] | None = None, domain: Domain = DOMAIN
) -> Findings:
    names = names_of(domain)
    names.records |= changes
    names.away = away or set()
    return asyncio.run(check(domain, PLACE, names))


def test_records_as_they_should_be_are_found() -> None:
    findings = found_with({})

    assert {key: each.standing for key, each in findings.records.items()} == {
        "dkim:rsa": Standing.VERIFIED,
        "spf": Standing.VERIFIED,
        "dmarc": Standing.VERIFIED,
        "return_path_mx": Standing.VERIFIED,
        "return_path_spf": Standing.VERIFIED,
        "tracking": Standing.VERIFIED,
    }
    assert (findings.organisation, findings.policy) == ("example.com", "none")


def test_an_empty_dns_says_what_is_missing_and_where() -> None:
    findings = asyncio.run(check(DOMAIN, PLACE, Names()))

    assert dict(findings.records) == {
        "dkim:rsa": Finding(Standing.MISSING, f"there is no TXT record at {KEY}"),
        "spf": Finding(Standing.MISSING, "there is no SPF record at example.com"),
        "dmarc": Finding(Standing.MISSING, "there is no DMARC record at _dmarc.example.com, and none above it"),
        "return_path_mx": Finding(Standing.MISSING, "bounce.example.com has no MX record"),
        "return_path_spf": Finding(Standing.MISSING, "there is no SPF record at bounce.example.com"),
        "tracking": Finding(Standing.MISSING, "there is no CNAME record at click.example.com"),
    }


OURS = a_key().public
OTHER = a_key("other").public


@pytest.mark.parametrize(
    ("values", "standing", "reason"),
    [
        ([OURS.replace("v=DKIM1; k=rsa; ", "")], Standing.VERIFIED, None),
        ([OURS[:80] + " " + OURS[80:]], Standing.VERIFIED, None),
        (["unrelated", OURS], Standing.VERIFIED, None),
        ([f"{OURS}; t=y"], Standing.VERIFIED, "the record says t=y: receivers may treat signed mail as unsigned"),
        ([OTHER], Standing.WRONG, "another key stands there, or one of another kind"),
        (["v=DKIM1; k=rsa; p="], Standing.WRONG, "the key is revoked: p is empty"),
        ([OURS, OTHER], Standing.WRONG, f"{KEY} has 2 keys; expected one"),
        (["unrelated"], Standing.WRONG, f"{KEY} has 0 keys; expected one"),
        ([OURS.replace("k=rsa", "k=ed25519")], Standing.WRONG, "another key stands there, or one of another kind"),
    ],
)
def test_the_key_in_the_dns_is_compared_with_ours(values: list[str], standing: Standing, reason: str | None) -> None:
    finding = found_with({(KEY, "TXT"): values}).records["dkim:rsa"]

    assert (finding.standing, finding.reason) == (standing, reason)


def test_a_key_that_was_cut_short_is_told_from_another_one() -> None:
    finding = found_with({(KEY, "TXT"): [OURS[:255]]}).records["dkim:rsa"]

    assert finding.reason == "the key is cut short: 237 of 392 characters; a TXT record holds longer ones in parts"


@pytest.mark.parametrize(
    ("values", "standing", "reason"),
    [
        (
            ["v=spf1 mx -all"],
            Standing.WRONG,
            "the record does not allow the relay: expected include:amazonses.com in it",
        ),
        (
            ["v=spf1 include:amazonses.com +all"],
            Standing.WRONG,
            "example.com has '+all': anybody may send as this domain",
        ),
        (["v=spf1 include:hub.test -all"], Standing.VERIFIED, None),
    ],
)
def test_an_spf_record_must_allow_the_relay_and_nobody_at_all(
    values: list[str], standing: Standing, reason: str | None
) -> None:
    hub = {("hub.test", "TXT"): ["v=spf1 include:amazonses.com -all"]}

    finding = found_with({("example.com", "TXT"): values, **hub}).records["spf"]

    assert (finding.standing, finding.reason) == (standing, reason)


def test_a_record_that_lacks_the_relay_is_offered_with_it() -> None:
    findings = found_with({("example.com", "TXT"): ["v=spf1 include:amazonses.example mx -all"]})

    offered = {record.key: record.value for record in records_of(a_domain(findings=findings), PLACE)}
    assert offered["spf"] == "v=spf1 include:amazonses.example mx include:amazonses.com -all"


def test_bounces_may_go_to_us_by_way_of_an_alias_and_beside_others() -> None:
    exchangers = {("bounce.example.com", "MX"): ["5 other.example", "10 in.example.net"]}

    assert found_with(exchangers).records["return_path_mx"].standing is Standing.VERIFIED
    elsewhere = found_with({("bounce.example.com", "MX"): ["5 other.example"]}).records["return_path_mx"]
    assert elsewhere.reason == "expected mail for bounce.example.com to go to in.example.net"


def test_a_host_for_links_may_show_the_addresses_of_ours_instead_of_its_name() -> None:
    there = {("click.example.com", "CNAME"): (), ("click.example.com", "A"): ["192.0.2.9", "192.0.2.10"]}

    same = found_with({**there, ("mail.example.net", "A"): ["192.0.2.10"]}).records["tracking"]
    other = found_with({**there, ("mail.example.net", "A"): ["192.0.2.11"]}).records["tracking"]

    assert same.standing is Standing.VERIFIED
    assert other == Finding(
        Standing.WRONG, "expected click.example.com to lead to mail.example.net", ("192.0.2.9", "192.0.2.10")
    )


def test_the_record_of_the_organisation_is_enough_for_dmarc() -> None:
    domain = a_domain("mail.example.com")
    records: dict[tuple[str, str], Sequence[str]] = {
        ("_dmarc.mail.example.com", "TXT"): (),
        ("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject"],
    }

    finding = found_with(records, domain=domain).records["dmarc"]

    assert finding == Finding(Standing.VERIFIED, "that of example.com holds", ("v=DMARC1; p=reject",))


@pytest.mark.parametrize(
    ("away", "key"),
    [
        (KEY, "dkim:rsa"),
        ("example.com", "spf"),
        ("_dmarc.example.com", "dmarc"),
        ("bounce.example.com", "return_path_mx"),
        ("click.example.com", "tracking"),
    ],
)
def test_what_is_not_answered_is_unknown_and_not_missing(away: str, key: str) -> None:
    assert found_with({}, away={away}).records[key].standing is Standing.UNKNOWN


def test_an_installation_that_the_world_has_no_name_for_asks_for_less() -> None:
    records = records_of(DOMAIN, Place())

    assert [record.key for record in records] == ["dkim:rsa", "spf", "dmarc"]


def test_a_test_workspace_is_told_that_all_is_as_mail_needs_it() -> None:
    findings = as_published(DOMAIN, PLACE)

    assert {each.standing for each in findings.records.values()} == {Standing.VERIFIED}
    assert set(findings.records) == {"dkim:rsa", "spf", "dmarc"}


@given(st.dictionaries(st.sampled_from(list(names_of(DOMAIN).records)), st.lists(st.text(), max_size=3)))
def test_nothing_that_strangers_publish_breaks_a_check(changes: dict[tuple[str, str], Sequence[str]]) -> None:
    findings = found_with(changes)

    assert not any("\0" in text for each in findings.records.values() for text in each.found)
