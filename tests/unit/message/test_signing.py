import base64
import re
from datetime import UTC, datetime

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.domains.keys import private_bytes
from dripline.delivery.message.composing import compose
from dripline.delivery.message.signing import SigningKey, read_key, sign
from dripline.kernel.addresses import Address
from tests.makers.keys import an_ed25519_key, an_rsa_key, records_of
from tests.makers.letters import a_letter, a_mailbox
from tests.unit.message.verifying import signed_fields, verdicts

KEYS = [an_ed25519_key(), an_rsa_key()]
RECORDS = records_of(*KEYS)
TEXTS = st.lists(st.text() | st.sampled_from(["\r\n", "\n", " ", "  ", "\t", "=", ".", "ü" * 90])).map("".join)

# RFC 8463, appendix A.3.
PUBLISHED = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
PUBLISHED_RECORD = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
}


def holds_for_dkimpy(content: bytes) -> bool:
    """What the other verifier says of the RSA signature, which stands last."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return RECORDS[name.decode().rstrip(".")].encode()

    verifier = dkim.DKIM(content)
    signatures = content.count(b"DKIM-Signature:")
    try:
        return bool(verifier.verify(idx=signatures - 1, dnsfunc=look_up))
    except dkim.ValidationError:
        return False


def test_the_verifier_accepts_the_published_example() -> None:
    assert verdicts(PUBLISHED, PUBLISHED_RECORD) == [True]
    assert verdicts(PUBLISHED.replace(b"hungry", b"angry"), PUBLISHED_RECORD) == [False]


def test_a_published_mail_is_signed_again_under_the_published_rules() -> None:
    _, _, mail = PUBLISHED.partition(b"Dw==\r\n")

    signed = sign(mail, KEYS)

    assert verdicts(signed, RECORDS) == [True, True]
    assert b"bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" in signed


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_every_letter_verifies_with_both_keys_and_both_verifiers(name: str, subject: str, text: str, html: str) -> None:
    content = compose(a_letter(sender=a_mailbox(name), subject=subject, text=text, html=html or None))

    signed = sign(content, KEYS)

    assert signed.endswith(content)
    assert verdicts(signed, RECORDS) == [True, True]
    assert holds_for_dkimpy(signed)


def test_an_address_that_is_not_ascii_is_signed_as_it_stands() -> None:
    content = compose(a_letter(to=Address("jürgen@bücher.example", "jürgen@bücher.example")))

    assert verdicts(sign(content, KEYS), RECORDS) == [True, True]


def test_everything_that_a_reader_sees_or_acts_on_is_signed() -> None:
    letter = a_letter(reply_to=a_mailbox("Help"), headers={"List-Id": "<a.example>", "Feedback-ID": "a:b:c:dripline"})

    names = signed_fields(sign(compose(letter), KEYS))

    assert sorted(names) == [
        "content-type",
        "date",
        "feedback-id",
        "from",
        "from",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "reply-to",
        "subject",
        "to",
    ]


@pytest.mark.parametrize("place", ["top", "bottom"])
def test_a_second_from_breaks_the_signature(place: str) -> None:
    signed = sign(compose(a_letter()), KEYS)
    further = b"From: Bank <ceo@bank.example>\r\n"

    changed = further + signed if place == "top" else signed.replace(b"MIME-Version", further + b"MIME-Version", 1)

    assert verdicts(changed, RECORDS) == [False, False]
    assert not holds_for_dkimpy(changed)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"ends soon", b"is over"),
        (b"<p>Hello</p>", b"<p>Goodbye</p>"),
        (b"One-Click", b"Two-Click"),
        (b"https://mail.example.com/u/0", b"https://mail.example.com/u/1"),
        (b"bob@example.net", b"eve@example.net"),
        (b"--\r\n", b"--\r\nMore.\r\n"),
    ],
)
def test_any_change_breaks_the_signature(was: bytes, becomes: bytes) -> None:
    changed = sign(compose(a_letter()), KEYS).replace(was, becomes)

    assert verdicts(changed, RECORDS) == [False, False]
    assert not holds_for_dkimpy(changed)


def test_blanks_that_change_on_the_way_do_not_break_the_signature() -> None:
    signed = sign(compose(a_letter(text="Hello \t Ann")), KEYS)

    changed = signed.replace(b"Hello \t Ann", b"Hello Ann \t").replace(b"Subject: Your", b"SUBJECT:   Your") + b"\r\n"

    assert verdicts(changed, RECORDS) == [True, True]
    assert holds_for_dkimpy(changed)


def test_the_length_of_the_body_is_never_limited_and_the_algorithms_are_those_of_today() -> None:
    head, _, _ = sign(compose(a_letter()), KEYS).partition(b"Message-ID")

    assert re.search(rb"[; ]l=", head) is None
    assert re.findall(rb"a=([a-z0-9-]+); c=([a-z/]+);", head) == [
        (b"ed25519-sha256", b"relaxed/relaxed"),
        (b"rsa-sha256", b"relaxed/relaxed"),
    ]


def test_the_same_mail_gets_the_same_signature() -> None:
    content = compose(a_letter(date=datetime(2026, 3, 2, tzinfo=UTC)))

    assert sign(content, KEYS) == sign(content, KEYS)


def test_lines_of_a_signature_are_folded_at_78() -> None:
    head, _, _ = sign(compose(a_letter(reply_to=a_mailbox())), KEYS).partition(b"Message-ID")

    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_without_a_key_a_mail_stays_as_it_is() -> None:
    content = compose(a_letter())

    assert sign(content, []) == content


@pytest.mark.parametrize("key", KEYS)
def test_a_key_reads_back_and_does_not_show_itself(key: SigningKey) -> None:
    read = read_key(key.domain, key.selector, private_bytes(key.private))

    assert verdicts(sign(compose(a_letter()), [read]), RECORDS) == [True]
    assert repr(read) == f"SigningKey(domain='example.com', selector='{key.selector}')"


# An RSA key of 512 bits, which is broken in hours.
SHORT = base64.b64decode(
    "MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEA4A7SwjKDGOYZshZK8AgM4cWCzCDQydrCRYpJhul77xKDqLAikhSXQ11TOuzlR/h7"
    "eupefwBAB86q6VAKwe7BJQIDAQABAkA7GO3SNwyJFrgUVvjxEs6DBluXh9hKRZ8URINcSF1eEx+4a3t/KjBGnb4Nl/Jqiz1CWv6N/6KlmKz7fmV9"
    "ed7JAiEA8uM7LUepdFSxTXnjo4wcxBjPcYFGC2lD/ijPJDt3RLsCIQDsJ1xQ7GG5zSSBCiL+71d/nbIPTiQdYSacsh4ikMijnwIhALJLM2ltrWqD"
    "sRNaYkvv0j3wqHZ9mtlNkGfFtSi3rjl5AiEAuCsCHcIbfLF1tITZQgQaMtYi1TjVhWwMlst6IO7U6nUCIBGSc5FW1zrGC+I+CFt2kUGt6ziOl62k"
    "ofiBEiyo5Ny4"
)
CURVE = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("private", [SHORT, CURVE], ids=["short", "curve"])
def test_a_key_that_must_not_sign_is_refused(private: bytes) -> None:
    with pytest.raises(ValueError, match="cannot sign"):
        read_key("example.com", "old", private)
