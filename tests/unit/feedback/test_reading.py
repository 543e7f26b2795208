"""What a received mail says, server by server; and that no bytes break the reader."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.feedback.model import BounceClass, Kind, Recipient, Report
from dripline.delivery.feedback.reading import read_report
from tests.makers.returned import ADDRESS, BOUNCES, OURS, Returned, arf, dsn, notice

ORDINARY = """From: Bob <bob@customer.example>
To: news@shop.example
Subject: {subject}
{more}
{text}
"""


@pytest.mark.parametrize("mail", BOUNCES.values(), ids=BOUNCES)
def test_a_bounce_tells_its_kind_address_class_and_status(mail: Returned) -> None:
    report = read_report(mail.raw)

    found = [(each.address, str(each.klass), each.status) for each in report.recipients]
    assert (str(report.kind), found) == (mail.kind, [(ADDRESS, mail.klass, mail.status)])


def test_a_report_tells_by_what_our_message_can_be_found() -> None:
    original = "Message-ID: <1@shop.example>\nList-Unsubscribe: <https://shop.example/u/abc>\n"

    report = read_report(dsn("550 5.1.1 User unknown", status="5.1.1", original=original).encode())

    assert report == Report(
        Kind.BOUNCE,
        (Recipient(ADDRESS, BounceClass.HARD, "5.1.1", "smtp; 550 5.1.1 User unknown"),),
        envelope=(OURS,),
        message_ids=("1@shop.example",),
        links=("https://shop.example/u/abc",),
    )


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_delivery_is_no_bounce(action: str) -> None:
    report = read_report(dsn("250 2.0.0 Ok", status="2.0.0", action=action).encode())

    assert (report.kind, [each.address for each in report.recipients]) == (Kind.DELIVERED, [ADDRESS])


def test_a_report_about_several_recipients_names_those_that_failed() -> None:
    text = dsn("550 5.1.1 User unknown", status="5.1.1").replace(
        "Final-Recipient:",
        "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient:",
    )

    report = read_report(text.encode())

    assert (report.kind, [each.address for each in report.recipients]) == (Kind.BOUNCE, [ADDRESS])


def test_the_original_recipient_wins_over_where_it_was_forwarded_to() -> None:
    text = dsn("550 5.1.1 User unknown", status="5.1.1", address="other@inside.example").replace(
        "Final-Recipient:", f"Original-Recipient: rfc822;{ADDRESS}\nFinal-Recipient:"
    )

    assert [each.address for each in read_report(text.encode()).recipients] == [ADDRESS]


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out"])
def test_a_feedback_report_is_a_complaint(kind: str) -> None:
    report = read_report(arf(kind).encode())

    assert (report.kind, report.feedback, report.recipients[0].address, report.message_ids) == (
        Kind.COMPLAINT,
        kind,
        ADDRESS,
        ("1@shop.example",),
    )


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", "something-new"])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    report = read_report(arf(kind).encode())

    assert (report.kind, report.feedback) == (Kind.NONE, kind)


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("Automatic reply: Hello", ""),
        ("Hello", "Auto-Submitted: auto-replied\n"),
        ("Abwesenheitsnotiz", ""),
        ("Hello", "X-Autoreply: yes\n"),
        ("Out of Office", "Precedence: bulk\n"),
    ],
)
def test_an_answer_by_a_machine_is_told_from_bounces(subject: str, more: str) -> None:
    mail = ORDINARY.format(subject=subject, more=more, text="I am away and could not be reached.")

    assert read_report(mail.encode()) == Report(Kind.AUTO_REPLY, envelope=("news@shop.example",))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Hello", "Could you please send me the invoice?"),
        ("Re: Undelivered Mail Returned to Sender", "That one was not delivered: <x@y.example>: User unknown. Why?"),
        ("Fwd: Delivery Status Notification (Failure)", "Look, my mail to x@y.example could not be delivered."),
        ("A question about bounces", "My server says:\n\n<x@y.example>: 550 5.1.1 user unknown\n\nWhat is it?"),
        ("Delivery on Friday", "Your order will be delivered to jane@customer.example."),
        ("Your parcel could not be delivered", "Your parcel could not be delivered: nobody was at home."),
    ],
)
def test_ordinary_mail_is_no_bounce(subject: str, text: str) -> None:
    mail = ORDINARY.format(subject=subject, more="", text=text)

    report = read_report(mail.encode())

    assert (report.kind, report.recipients) == (Kind.NONE, ())


def test_talk_on_a_list_about_bounces_is_no_bounce() -> None:
    mail = ORDINARY.format(
        subject="Delivery failure",
        more="List-Id: <postfix.lists.example>\n",
        text="<x@y.example>: could not be delivered",
    )

    assert read_report(mail.encode()).kind is Kind.NONE


def test_the_words_about_the_recipient_count_and_not_those_of_the_returned_message() -> None:
    text = notice(
        "MAILER-DAEMON@mx.example",
        "failure notice",
        "<jane@customer.example>:\nconnection timed out\n\n--- Below this line is a copy.\n\nUser unknown",
    )

    assert [each.klass for each in read_report(text.encode()).recipients] == [BounceClass.SOFT]


def test_words_inside_an_address_or_a_link_are_no_reason() -> None:
    said = "554 5.0.0 <user-unknown@spam.example> see https://mx.example/user-unknown"

    report = read_report(dsn(said, status="5.0.0", prose="Not delivered.").encode())

    assert [each.klass for each in report.recipients] == [BounceClass.OTHER]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x00" * 100, b"\xff\xfe", b"Content-Type: multipart/mixed\n\n--\n--"])
def test_bytes_that_are_no_mail_are_of_no_kind(raw: bytes) -> None:
    report = read_report(raw)

    assert (report.kind, report.recipients) == (Kind.NONE, ())


def test_a_mail_of_many_nested_parts_is_read_or_refused() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000))

    assert read_report(raw).kind is Kind.NONE


def test_a_mail_that_is_too_large_says_so() -> None:
    report = read_report(b"Subject: x\n\n" + b"x" * 25_000_000)

    assert (report.kind, report.fault) == (Kind.NONE, "it is 25000012 octets long; at most 25000000 are read")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    assert read_report(raw).kind in Kind


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BOUNCES)), st.integers(0, 2**32))
def test_a_bounce_with_damage_does_not_break_the_reader(name: str, seed: int) -> None:
    chance = random.Random(seed)
    raw = bytearray(BOUNCES[name].raw)
    for _ in range(chance.randint(1, 40)):
        at = chance.randint(0, len(raw))
        raw[at : at + chance.randint(0, 30)] = chance.randbytes(chance.randint(0, 8))

    assert read_report(bytes(raw)).kind in Kind


@pytest.mark.parametrize(
    "unit",
    [
        b"<a@",
        b"a@a.",
        b"to: ",
        b"=?utf-8?q?",
        b"<p ",
        b"550 5.1.1 ",
        b"(",
        b"user ",
        b"a@b.c\n",
        b"Final-Recipient: rfc822; a@b.example\n",
    ],
)
def test_hostile_text_costs_little_time(unit: bytes) -> None:
    import time

    raw = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + unit * (100_000 // len(unit))
    began = time.process_time()  # allow: wall-clock (the time that it takes is what is tested)

    read_report(raw)

    assert time.process_time() - began < 2  # allow: wall-clock (the time that it takes is what is tested)
