import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.addresses import Mailbox, parse_address, parse_mailbox


def test_case_and_stray_spaces_make_no_second_person() -> None:
    one, other = parse_address(" Alice@Example.COM\n"), parse_address("alice@example.com")

    assert (one.text, one.key) == ("Alice@example.com", "alice@example.com")
    assert one.key == other.key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "alice@",
        "@example.com",
        "a b@example.com",
        "alice@localhost",
        "a@b@example.com",
        "a" * 65 + "@x.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Ann <ann@example.com>", "Ann"), ('"Ann, of X" <ann@example.com>', "Ann, of X"), ("ann@example.com", "")],
)
def test_a_mailbox_is_read(text: str, name: str) -> None:
    assert parse_mailbox(text) == Mailbox(parse_address("ann@example.com"), name)


@given(st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=30))
def test_a_mailbox_reads_back_as_it_was_written(name: str) -> None:
    mailbox = Mailbox(parse_address("ann@example.com"), name)

    assert parse_mailbox(str(mailbox)) == mailbox


def test_a_mailbox_with_control_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="control"):
        parse_mailbox("Ann\r\nBcc: eve@example.com <ann@example.com>")
