import re

import pytest

from dripline.kernel.relays import Credentials, Relay, Security, parse_relay


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.com", Relay("mail.example.com", 25, Security.OPPORTUNISTIC)),
        ("smtp://MAIL.example.com:2525/", Relay("mail.example.com", 2525, Security.OPPORTUNISTIC)),
        ("smtp://localhost?starttls=never", Relay("localhost", 25, Security.NEVER)),
        ("smtp://h.example?starttls=required", Relay("h.example", 25, Security.REQUIRED)),
        ("smtps://h.example", Relay("h.example", 465, Security.IMPLICIT)),
        ("smtp://[::1]:25", Relay("::1", 25, Security.OPPORTUNISTIC)),
        ("smtp://bücher.example", Relay("xn--bcher-kva.example", 25, Security.OPPORTUNISTIC)),
        (
            "smtp://ann%40example.com:p%2Fa%3As%20s%25@h.example:587",
            Relay("h.example", 587, Security.REQUIRED, Credentials("ann@example.com", "p/a:s s%")),
        ),
        ("smtp://a:b@127.0.0.1", Relay("127.0.0.1", 25, Security.OPPORTUNISTIC, Credentials("a", "b"))),
        ("smtp://a:b@localhost", Relay("localhost", 25, Security.OPPORTUNISTIC, Credentials("a", "b"))),
        (
            "smtp://a:b@h.example?starttls=opportunistic",
            Relay("h.example", 25, Security.OPPORTUNISTIC, Credentials("a", "b")),
        ),
    ],
)
def test_a_url_names_a_relay(url: str, relay: Relay) -> None:
    assert parse_relay(url) == relay


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "neither smtp:// nor smtps://"),
        ("http://h.example", "neither smtp:// nor smtps://"),
        ("mail.example.com:25", "neither smtp:// nor smtps://"),
        ("smtp://", "names no host"),
        ("smtp://a:sesame@", "names no host"),
        ("smtp://a:sesame@h.example:port", "no host and port"),
        ("smtp://a:sesame@h.example:99999", "no host and port"),
        ("smtp://a:ses/ame@h.example", "no host and port"),
        ("smtp://a:1/sesame@h.example", "goes on after the host"),
        ("smtp://a:sesame@h.example/path", "goes on after the host"),
        ("smtp://a:sesame@h.example#x", "goes on after the host"),
        ("smtp://a@h.example", "without a password"),
        ("smtp://:sesame@h.example", "without a user"),
        ("smtp://a:ses ame@h.example", "space or a control"),
        ("smtp://a:sesame@h.example\r\n", "space or a control"),
        ("smtp://a:sesame%00@h.example", "NUL"),
        ("smtp://a:sesame@h.example?starttls=maybe", "option"),
        ("smtp://a:sesame@h.example?tls=required", "option"),
        ("smtp://a:sesame@h.example?starttls=never&starttls=required", "option"),
        ("smtps://a:sesame@h.example?starttls=never", "takes no options"),
        ("smtp://a:sesame@h_ü.example", "host that cannot be one"),
        ("smtp://a:sesame@[::1", "no host and port"),
    ],
)
def test_a_bad_url_is_refused_and_keeps_its_secret(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse_relay(url)

    assert "ses" not in f"{caught.value!r} {caught.value.__cause__}"


def test_a_relay_never_shows_its_password() -> None:
    relay = parse_relay("smtp://ann:sesame@h.example")

    assert "sesame" not in f"{relay} {relay!r}"
