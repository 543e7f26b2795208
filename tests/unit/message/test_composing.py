from datetime import datetime, timedelta, timezone

from dripline.delivery.message.composing import compose
from dripline.delivery.message.identity import boundary
from tests.makers.letters import a_letter, a_mailbox
from tests.unit.message.reading import headers_of, parsed


def test_a_letter_has_each_header_of_a_mail_once() -> None:
    content = compose(a_letter(reply_to=a_mailbox("Help", "help@example.com"), headers={"List-Id": "<a.example>"}))

    assert headers_of(content) == [
        "Message-ID",
        "Date",
        "From",
        "Reply-To",
        "To",
        "Subject",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
        "MIME-Version",
        "Content-Type",
    ]


def test_text_comes_first_and_html_last_and_both_are_utf_8() -> None:
    message = parsed(compose(a_letter()))

    parts = [(part.get_content_type(), part.get_content_charset()) for part in message.iter_parts()]
    assert message.get_content_type() == "multipart/alternative"
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]


def test_a_letter_without_html_is_plain_text_only() -> None:
    message = parsed(compose(a_letter(html=None, text="Grüße\n")))

    assert (message.get_content_type(), message.get_content()) == ("text/plain", "Grüße\r\n")


def test_an_empty_letter_is_a_mail_too() -> None:
    message = parsed(compose(a_letter(html=None, text="", subject="")))

    assert (message["Subject"], message.get_content().strip()) == ("", "")


def test_the_date_is_written_in_utc_with_an_offset() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    content = compose(a_letter(date=at))

    assert b"Date: Mon, 02 Mar 2026 04:00:00 +0000\r\n" in content


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert compose(a_letter()) == compose(a_letter())


def test_a_body_that_holds_the_boundary_gets_another() -> None:
    mark = boundary("0123456789abcdef@example.com", 0)

    message = parsed(compose(a_letter(text=f"--{mark}--\n", html=f"{mark}é")))

    assert message.get_boundary() == boundary("0123456789abcdef@example.com", 1)
    assert [part.get_content() for part in message.iter_parts()] == [f"--{mark}--\r\n", f"{mark}é"]
