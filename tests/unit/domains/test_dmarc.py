import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.domains.dmarc import Dmarc, are_aligned, read_dmarc, tags_of, walk_up
from tests.makers.dns import Names


def dmarc_of(domain: str, records: dict[str, list[str]], *, away: set[str] | None = None) -> Dmarc:
    names = Names({(f"_dmarc.{name}", "TXT"): values for name, values in records.items()}, away or set())
    return asyncio.run(read_dmarc(domain, names))


def test_the_walk_goes_up_to_the_top_and_asks_eight_names_at_most() -> None:
    assert walk_up("mail.example.co.uk") == ["mail.example.co.uk", "example.co.uk", "co.uk", "uk"]
    assert walk_up("a.b.c.d.e.f.g.h.i.j.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.example.com",
        "f.g.h.i.j.example.com",
        "g.h.i.j.example.com",
        "h.i.j.example.com",
        "i.j.example.com",
        "j.example.com",
        "example.com",
        "com",
    ]


def test_the_record_of_the_domain_itself_holds() -> None:
    dmarc = dmarc_of("example.com", {"example.com": ["other", "v=DMARC1; p=Quarantine; pct=5; rf=afrf; ri=1"]})

    record = "v=DMARC1; p=Quarantine; pct=5; rf=afrf; ri=1"
    assert dmarc == Dmarc("example.com", record, "example.com", "quarantine")


def test_without_one_that_of_the_organisation_holds_for_its_subdomains() -> None:
    dmarc = dmarc_of("news.mail.example.com", {"example.com": ["v=DMARC1; p=reject; sp=none"]})

    assert dmarc == Dmarc("example.com", "v=DMARC1; p=reject; sp=none", "example.com", "none")


def test_the_organisation_is_the_highest_that_has_a_record() -> None:
    records = {"a.example.com": ["v=DMARC1; p=none"], "example.com": ["v=DMARC1; p=reject"]}

    assert dmarc_of("a.example.com", records) == Dmarc("example.com", "v=DMARC1; p=none", "a.example.com", "none")


@pytest.mark.parametrize(
    ("records", "organisation"),
    [
        # A public suffix that says so: the organisation is one below it.
        ({"bank": ["v=DMARC1; p=reject; psd=y"], "mail.acme.bank": ["v=DMARC1; p=none"]}, "acme.bank"),
        # A domain that says that it is none: the organisation, whatever is above it.
        ({"acme.bank": ["v=DMARC1; p=none; psd=n"], "bank": ["v=DMARC1; p=reject"]}, "acme.bank"),
        ({"mail.acme.bank": ["v=DMARC1; p=none; psd=n"], "acme.bank": ["v=DMARC1; p=reject"]}, "mail.acme.bank"),
    ],
)
def test_records_say_where_an_organisation_begins(records: dict[str, list[str]], organisation: str) -> None:
    assert dmarc_of("mail.acme.bank", records).organisation == organisation


def test_without_any_record_the_public_suffix_list_says_it() -> None:
    assert dmarc_of("news.example.co.uk", {}) == Dmarc("example.co.uk")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "has 2 DMARC records; receivers refuse more than one"),
        (["v=DMARC1; p=nothing"], "has no policy: expected p=none, p=quarantine or p=reject"),
        (["v=DMARC1"], "has no policy: expected p=none, p=quarantine or p=reject"),
    ],
)
def test_a_record_that_says_nothing_is_named(values: list[str], error: str) -> None:
    assert dmarc_of("example.com", {"example.com": values}).errors == (f"_dmarc.example.com {error}",)


def test_a_record_that_only_asks_for_reports_has_the_weakest_policy() -> None:
    assert dmarc_of("example.com", {"example.com": ["v=DMARC1; rua=mailto:a@example.com"]}).policy == "none"


@pytest.mark.parametrize("text", ["v=DMARC2; p=none", "p=none; v=DMARC1", "v=dmarc1; p=none", "DMARC1"])
def test_what_does_not_begin_with_its_version_is_no_record(text: str) -> None:
    assert dmarc_of("example.com", {"example.com": [text]}).record is None


def test_a_server_that_does_not_answer_leaves_it_unknown() -> None:
    dmarc = dmarc_of("mail.example.com", {}, away={"_dmarc.example.com"})

    assert (dmarc.record, dmarc.unknown) == (None, "_dmarc.example.com: the name servers did not answer in time")


def test_alignment_is_relaxed() -> None:
    assert are_aligned("example.com", "example.com")
    assert are_aligned("example.com", "mail.example.com")
    assert not are_aligned("example.com", "badexample.com")
    assert not are_aligned("mail.example.com", "example.com")


@given(st.text())
def test_any_text_is_read_as_tags(text: str) -> None:
    assert all("=" not in name for name in tags_of(text))
