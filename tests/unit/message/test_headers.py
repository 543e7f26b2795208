import re
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.message.cleaning import clean_name, clean_text
from dripline.delivery.message.composing import compose
from dripline.kernel.addresses import Address, Mailbox
from tests.makers.letters import a_letter, a_mailbox
from tests.unit.message.reading import header_texts, headers_of, parsed, parsed_by_the_old

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(["\r\n", "\n", "\0", "=?utf-8?q?a=0d=0aBcc=3A_b?=", "=?", "?=", "ü", "😀", "Ann", '"', "@"])
    | st.sampled_from(["\\", ",", "<", ">", "(", ")", " ", ";", ":", "\u2028", "\x85", "=", "_", "?", "x" * 90])
).map("".join)
EXPECTED = headers_of(compose(a_letter(sender=a_mailbox("x"), subject="x", headers={"X-Note": "x"})))
ENCODED_WORD = re.compile(rb"=\?utf-8\?([qb])\?([^?]*)\?=")


@settings(max_examples=100)
@given(ANY_TEXT)
@example("=?utf-8?q?a=0d=0aBcc=3A_eve=40example.com?=")
@example("a\r\nBcc: eve@example.com\r\n\r\nbody")
@example("x" * 3000)
def test_no_value_adds_a_header(value: str) -> None:
    content = compose(a_letter(sender=a_mailbox(value), subject=value, headers={"X-Note": value}))

    assert headers_of(content) == EXPECTED


@settings(max_examples=100)
@given(ANY_TEXT)
@example("Grüße " * 40)
@example("word " * 60)
@example("世界" * 100)
def test_a_subject_reads_back_as_it_was_cleaned(subject: str) -> None:
    content = compose(a_letter(subject=subject))

    assert header_texts(content, "Subject") == (clean_text(subject), clean_text(subject))


@settings(max_examples=100)
@given(ANY_TEXT)
@example('Ann "the best", Inc. <ceo@bank.example>')
@example("ceo@bank.example")
@example("Jürgen (Support), GmbH")
def test_a_display_name_reads_back_and_leaves_the_address_alone(name: str) -> None:
    content = compose(a_letter(sender=a_mailbox(name, "hello@example.com")))

    # The modern parser keeps the blank between two encoded-words of a name, against RFC 2047, section 6.2.
    assert [each.addr_spec for each in parsed(content)["From"].addresses] == ["hello@example.com"]
    ((shown, address),) = getaddresses([parsed_by_the_old(content)["From"].replace("\r\n", "")])
    assert (str(make_header(decode_header(shown))), address) == (clean_name(name), "hello@example.com")


@given(ANY_TEXT)
def test_an_encoded_word_is_short_and_holds_whole_characters(value: str) -> None:
    content = compose(a_letter(subject=f"{value}ü", sender=a_mailbox(f"{value}é")))

    for word in ENCODED_WORD.finditer(content):
        ((data, _),) = decode_header(word[0].decode())
        data.decode("utf-8", "strict")
        assert len(word[0]) <= 75


@given(ANY_TEXT)
def test_lines_of_headers_are_folded_at_78(value: str) -> None:
    content = compose(a_letter(subject=value, sender=a_mailbox(value), unsubscribe_url=None))

    head, _, _ = content.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_a_name_that_looks_like_an_address_is_quoted() -> None:
    content = compose(a_letter(sender=a_mailbox("ceo@bank.example")))

    assert b'From: "ceo@bank.example" <hello@example.com>\r\n' in content


def test_a_name_with_a_turned_direction_is_written_without_it() -> None:
    content = compose(a_letter(sender=a_mailbox("Ann \u202egro.elpmaxe@nna")))

    assert b'From: "Ann gro.elpmaxe@nna" <hello@example.com>\r\n' in content


def test_an_encoded_word_in_a_value_shows_literally() -> None:
    content = compose(a_letter(subject="=?utf-8?q?a=0d=0aBcc=3A_eve?="))

    assert header_texts(content, "Subject") == ("=?utf-8?q?a=0d=0aBcc=3A_eve?=",) * 2


@pytest.mark.parametrize("length", [70, 300, 970])
def test_a_long_unsubscribe_url_is_neither_encoded_nor_broken(length: int) -> None:
    url = "https://mail.example.com/u/".ljust(length, "a")

    content = compose(a_letter(unsubscribe_url=url))

    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    assert parsed(content)["List-Unsubscribe"] == parsed_by_the_old(content)["List-Unsubscribe"] == f"<{url}>"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/u/a>\r\nBcc: eve@example.com",
        "https://example.com/a b",
        "https://bücher.example/u/1",
        "mailto:a@example.com",
        "https://example.com/" + "a" * 1000,
    ],
)
def test_a_link_that_cannot_stand_in_the_header_is_refused(url: str) -> None:
    with pytest.raises(Unmailable, match="link to unsubscribe"):
        compose(a_letter(unsubscribe_url=url))


def test_a_letter_without_a_link_has_no_list_headers() -> None:
    assert not [name for name in headers_of(compose(a_letter(unsubscribe_url=None))) if "List" in name]


@pytest.mark.parametrize(
    "name",
    ["Bcc", "from", "Content-Type", "Resent-Bcc", "X Note", "X-Note:", "X-Note\r\nBcc", "", "X-Nöte", "DKIM-Signature"],
)
def test_a_further_header_must_be_one_that_is_not_ours(name: str) -> None:
    with pytest.raises(Unmailable, match="cannot be set"):
        compose(a_letter(headers={name: "x"}))


def test_a_further_header_named_twice_is_refused() -> None:
    with pytest.raises(Unmailable, match="twice"):
        compose(a_letter(headers={"X-Note": "1", "x-note": "2"}))


def test_a_long_url_in_a_further_header_is_not_encoded() -> None:
    url = "<https://example.com/" + "a" * 500 + ">"

    content = compose(a_letter(headers={"List-Archive": url}))

    assert parsed_by_the_old(content)["List-Archive"] == url


def test_an_idn_domain_is_written_as_a_label() -> None:
    content = compose(a_letter(to=Address("bob@bücher.example", "bob@bücher.example")))

    assert b"To: bob@xn--bcher-kva.example\r\n" in content


def test_a_local_part_that_is_not_ascii_is_written_in_utf_8() -> None:
    content = compose(a_letter(to=Address("jürgen@bücher.example", "jürgen@bücher.example")))

    assert "To: jürgen@xn--bcher-kva.example\r\n".encode() in content


def test_an_address_that_could_add_a_header_is_refused() -> None:
    with pytest.raises(Unmailable):
        compose(a_letter(sender=Mailbox(Address("a@b.example\r\nBcc: c", "a@b.example"))))


@pytest.mark.parametrize("identity", ["", "a b@c", "a@b>\r\nBcc: c", "no-domain", "ü@example.com"])
def test_a_message_id_that_is_none_is_refused(identity: str) -> None:
    with pytest.raises(Unmailable, match="no Message-ID"):
        compose(a_letter(message_id=identity))
