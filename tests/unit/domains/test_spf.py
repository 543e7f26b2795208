import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.domains.spf import Spf, is_spf, read_spf, with_terms
from tests.makers.dns import Names


def spf_of(records: dict[str, list[str]], *, away: set[str] | None = None, name: str = "example.com") -> Spf:
    names = Names({(known, "TXT"): values for known, values in records.items()}, away or set())
    return asyncio.run(read_spf(name, names))


def test_a_record_is_read_with_all_that_it_includes() -> None:
    spf = spf_of(
        {
            "example.com": ["something else", "v=spf1 include:a.test ip4:192.0.2.0/24 -all"],
            "a.test": ["v=spf1 include:B.test ~all"],
            "b.test": ["v=spf1 ip6:2001:db8::/32 mx/24 -all"],
        }
    )

    assert (spf.record, spf.errors, spf.unknown) == ("v=spf1 include:a.test ip4:192.0.2.0/24 -all", (), None)
    assert spf.terms == {
        *("include:a.test", "ip4:192.0.2.0/24", "all", "include:b.test", "ip6:2001:db8::/32", "mx/24"),
    }


@pytest.mark.parametrize(
    ("records", "error"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], "example.com has 2 SPF records; receivers refuse more than one"),
        (["v=spf1 mx +all"], "example.com has '+all': anybody may send as this domain"),
        (["v=spf1 mx all"], "example.com has 'all': anybody may send as this domain"),
        (["v=spf1 ipv4:192.0.2.1 -all"], "example.com has 'ipv4:192.0.2.1', which is no term of SPF"),
        (["v=spf1 include:gone.test -all"], "include gone.test: there is no SPF record"),
        (["v=spf1 include: -all"], "include of nothing: there is no SPF record"),
        (["v=spf1 redirect=gone.test"], "redirect gone.test: there is no SPF record"),
    ],
)
def test_a_fault_for_which_receivers_refuse_a_record_is_named(records: list[str], error: str) -> None:
    assert spf_of({"example.com": records}).errors == (error,)


@pytest.mark.parametrize(("terms", "errors"), [(10, 0), (11, 1)])
def test_more_than_ten_lookups_are_too_many(terms: int, errors: int) -> None:
    record = "v=spf1 " + " ".join(f"a:h{number}.test" for number in range(terms)) + " -all"

    spf = spf_of({"example.com": [record]})

    assert spf.errors == ("needs more than 10 DNS lookups; receivers give up after 10",) * errors


def test_lookups_are_counted_through_includes_and_redirects() -> None:
    inner = "v=spf1 a mx ptr exists:%{i}.test redirect=b.test"

    spf = spf_of(
        {
            "example.com": ["v=spf1 include:a.test include:a.test ~all"],
            "a.test": [inner],
            "b.test": ["v=spf1 -all"],
        }
    )

    assert spf.errors == ("needs more than 10 DNS lookups; receivers give up after 10",)


def test_a_record_that_includes_itself_comes_to_an_end() -> None:
    spf = spf_of({"example.com": ["v=spf1 include:example.com -all"]})

    assert spf.errors == ("needs more than 10 DNS lookups; receivers give up after 10",)


def test_nothing_behind_all_counts_and_no_redirect_beside_it() -> None:
    assert spf_of({"example.com": ["v=spf1 redirect=gone.test -all include:gone.test nonsense"]}).errors == ()


def test_a_server_that_does_not_answer_is_no_fault_of_the_record() -> None:
    spf = spf_of({"example.com": ["v=spf1 include:slow.test -all"]}, away={"slow.test"})

    assert (spf.errors, spf.unknown) == ((), "slow.test: the name servers did not answer in time")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v=spf1", True), ("V=SPF1 -all", True), ("v=spf10 -all", False), ("v=spf2.0/pra", False), ("", False)],
)
def test_a_record_is_told_by_its_version(text: str, *, expected: bool) -> None:
    assert is_spf(text) is expected


@pytest.mark.parametrize(
    ("record", "terms", "expected"),
    [
        (None, ["include:amazonses.com"], "v=spf1 include:amazonses.com ~all"),
        (None, [], "v=spf1 a mx ~all"),
        ("v=spf1 mx -all", ["a:relay.test"], "v=spf1 mx a:relay.test -all"),
        ("v=spf1 mx redirect=b.test", ["a:relay.test"], "v=spf1 mx a:relay.test redirect=b.test"),
        ("v=spf1 include:AmazonSES.com ~all", ["include:amazonses.com"], "v=spf1 include:AmazonSES.com ~all"),
        ("v=spf1 mx +all", ["a:relay.test"], "v=spf1 mx a:relay.test ~all"),
        ("v=spf1", ["a:relay.test"], "v=spf1 a:relay.test"),
    ],
)
def test_the_record_to_publish_keeps_what_is_there(record: str | None, terms: list[str], expected: str) -> None:
    assert with_terms(record, terms) == expected


@given(st.lists(st.text(max_size=40) | st.sampled_from(["include:example.com", "+all", "redirect=", ":", "a/", "%"])))
def test_any_record_is_read_to_its_end(words: list[str]) -> None:
    record = " ".join(["v=spf1", *words])

    assert isinstance(spf_of({"example.com": [record]}), Spf)
    assert with_terms(record, ["a:relay.test"]).count("a:relay.test") >= 1
