import pytest

from dripline.delivery.domains.names import is_public_mailbox, read_domain
from dripline.delivery.domains.suffixes import registered
from dripline.delivery.domains.terms import terms_of
from dripline.kernel.errors import Invalid, Unprocessable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM", "example.com"),
        (" mail.example.co.uk. ", "mail.example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_read_in_ascii_and_lower_case(text: str, name: str) -> None:
    assert read_domain(text, "domain") == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "com",
        "localhost",
        "192.0.2.1",
        "[192.0.2.1]",
        "a b.example",
        "a..example",
        "https://example.com",
        "a@b.example",
        "x" * 64 + ".example",
        ".".join(["abcdefgh"] * 40),
        "example.com\r\n.evil.example",
        "under_score.example",
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is no domain"):
        read_domain(text, "domain")


@pytest.mark.parametrize("name", ["gmail.com", "GMAIL.com", "yahoo.co.uk", "outlook.com", "qq.com"])
def test_a_public_mailbox_domain_is_refused(name: str) -> None:
    with pytest.raises(Unprocessable, match="is a public mailbox domain"):
        read_domain(name, "domain")


@pytest.mark.parametrize("name", ["co.uk", "github.io"])
def test_a_public_suffix_is_refused(name: str) -> None:
    with pytest.raises(Unprocessable, match="is a public suffix"):
        read_domain(name, "domain")


@pytest.mark.parametrize(
    ("relay", "expected"),
    [(None, True), ("smtp.gmail.com", False), ("relay.example.com", True), ("smtp.notgmail.com", True)],
)
def test_a_public_mailbox_may_send_through_its_own_relay(relay: str | None, *, expected: bool) -> None:
    assert is_public_mailbox("gmail.com", relay=relay) is expected


def test_a_domain_of_ones_own_is_no_public_mailbox() -> None:
    assert not is_public_mailbox("example.com")


@pytest.mark.parametrize(("name", "domain"), [("a.b.example.co.uk", "example.co.uk"), ("co.uk", "co.uk")])
def test_the_registered_domain_is_known(name: str, domain: str) -> None:
    assert registered(name) == domain


@pytest.mark.parametrize(
    ("host", "terms"),
    [
        ("email-smtp.eu-west-1.amazonaws.com", ("include:amazonses.com",)),
        ("smtp.sendgrid.net", ("include:sendgrid.net",)),
        ("relay.example.com", ("a:relay.example.com",)),
        ("192.0.2.7", ("ip4:192.0.2.7",)),
        ("2001:db8::7", ("ip6:2001:db8::7",)),
        ("localhost", ()),
        ("127.0.0.1", ()),
    ],
)
def test_a_relay_is_allowed_by_what_its_provider_publishes(host: str, terms: tuple[str, ...]) -> None:
    assert terms_of(host) == terms
