import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.message.composing import compose
from tests.makers.letters import a_letter
from tests.unit.message.reading import parsed, part_of

# Blanks, line ends, dots and the sign of the encoding itself, more often than chance would have them.
BODIES = st.lists(
    st.text() | st.sampled_from(["\r\n", "\n", "\r", ".", "..", " ", "\t", "=", "x" * 75, "ü" * 400, "a" * 1200]),
    max_size=12,
).map("".join)


def crlf(text: str) -> bytes:
    return re.sub("\r\n|\r|\n", "\r\n", text).encode()


@settings(max_examples=80)
@given(BODIES, BODIES)
def test_both_parts_read_back_byte_for_byte(text: str, html: str) -> None:
    content = compose(a_letter(text=text, html=html))

    assert (part_of(content, "plain"), part_of(content, "html")) == (crlf(text), crlf(html))


@settings(max_examples=80)
@given(BODIES, BODIES)
def test_only_crlf_and_no_line_over_998_octets_is_written(text: str, html: str) -> None:
    content = compose(a_letter(text=text, html=html))

    assert re.search(rb"\r(?!\n)|(?<!\r)\n|[^\r\n]{999}|[^\t\r\n -~]", content) is None


@given(BODIES)
def test_no_line_of_quoted_printable_is_over_76_octets(text: str) -> None:
    content = compose(a_letter(text=f"{text}ü", html=None))

    _, _, body = content.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("text", [".", "..\n.\n", "a\n.\nb", ".hidden\n..x"])
def test_lines_that_begin_with_dots_stay_what_they_are(text: str) -> None:
    content = compose(a_letter(text=text, html=f"{text}é"))

    assert (part_of(content, "plain"), part_of(content, "html")) == (crlf(text), crlf(f"{text}é"))


@pytest.mark.parametrize("end", ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r\n.\n"])
def test_an_end_of_message_in_disguise_loses_its_bare_line_ends(end: str) -> None:
    content = compose(a_letter(text=f"a{end}MAIL FROM:<eve@example.com>", html=None))

    assert re.search(rb"\r(?!\n)|(?<!\r)\n", content) is None


def test_a_lone_text_part_ends_with_a_line_end() -> None:
    content = compose(a_letter(text="Hello", html=None))

    assert part_of(content, "plain") == b"Hello\r\n"


def test_plain_text_goes_out_unencoded_and_long_lines_do_not() -> None:
    message = parsed(compose(a_letter(text="Hello\n", html="x" * 999)))

    encodings = [part["Content-Transfer-Encoding"] for part in message.iter_parts()]
    assert encodings == ["7bit", "quoted-printable"]
