"""Mail of any size and shape is read in little time and room."""

import time

import pytest

from dripline.delivery.feedback.model import Kind
from dripline.delivery.feedback.reading import read_report
from tests.makers.returned import ADDRESS, dsn

SIZE = 20_000_000
HEAD = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n"
MANY = HEAD + b"Content-Type: multipart/mixed; boundary=c\n\n"
HOSTILE = {
    "boundaries": MANY + b"--c\n\n" * (SIZE // 5),
    "boundaries of another name": MANY + b"--d\n\nx" * (SIZE // 6),
    "headers": b"X-A: b\n" * (SIZE // 7),
    "a folded header": b"X-A: b\n" + b" c\n" * (SIZE // 3),
    "parameters": b"Content-Type: multipart/report; " + b"; ".join([b"a=x"] * (SIZE // 5)) + b"\n\nx",
    "parameters of a part": MANY + b"--c\nContent-Type: text/plain" + b"; a=x" * (SIZE // 5) + b"\n\nx\n--c--",
    "blank lines": HEAD + b"\n" + b"\n" * SIZE,
    "returns": HEAD + b"\n" + b"\r" * SIZE,
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 50_000,
    "statuses": HEAD + b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b.c\n\n" * 500_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_of_twenty_megabytes_is_read_in_a_second_or_two(raw: bytes) -> None:
    began = time.process_time()

    report = read_report(raw)

    assert (report.kind in Kind, time.process_time() - began < 3) == (True, True)


@pytest.mark.parametrize("content", [b"x" * 75 + b"\n", b"QUJD" * 19 + b"\n", b"\x00\xff" * 40 + b"\n"])
def test_a_report_that_brings_back_a_large_message_is_read(content: bytes) -> None:
    raw = dsn("550 5.1.1 User unknown", status="5.1.1").encode().replace(b"\n--cut--", content * 250_000 + b"\n--cut--")

    assert [each.address for each in read_report(raw).recipients] == [ADDRESS]


def test_a_report_at_the_foot_of_a_large_mail_is_read() -> None:
    text = dsn("550 5.1.1 User unknown", status="5.1.1")
    large = "--cut\nContent-Type: application/octet-stream\n\n" + "x" * 75 + "\n"
    raw = text.replace("--cut\n", large + "y\n" * 3_000_000 + "--cut\n", 1).encode()

    assert [each.address for each in read_report(raw).recipients] == [ADDRESS]


def test_line_ends_of_any_kind_read_alike() -> None:
    text = dsn("550 5.1.1 User unknown", status="5.1.1")

    found = {read_report(text.replace("\n", end).encode()) for end in ("\n", "\r\n", "\r")}

    assert len(found) == 1


def test_an_odd_type_is_no_reason_to_give_up() -> None:
    raw = dsn("550 5.1.1 User unknown", status="5.1.1").replace("report-type=", "a*0*=x; a*1*=y; report-type=")

    assert [each.address for each in read_report(raw.encode()).recipients] == [ADDRESS]
