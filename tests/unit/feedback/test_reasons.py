"""Reasons: what servers say, and what it means for the address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.reasons import classify

SAID = [
    ("smtp; 452-4.2.2 The email account that you tried to reach is over quota.", "4.2.2", "soft"),
    ("smtp; 550-5.2.1 The email account that you tried to reach is disabled.", "5.2.1", "hard"),
    (
        "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [-5] - mta1",
        "5.0.0",
        "hard",
    ),
    ("smtp; 554 Message not allowed - [PH01] Email not accepted for policy reasons.", "5.0.0", "block"),
    ("smtp; 421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to user complaints", "4.7.0", "soft"),
    ("smtp; 550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [BL2NAM02FT]", "5.5.0", "hard"),
    ("smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "5.1.10", "hard"),
    ("smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "5.4.1", "hard"),
    ("smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "5.2.2", "soft"),
    ("smtp;554 5.4.14 Hop count exceeded - possible mail loop", "5.4.14", "soft"),
    ("smtp;550 5.4.316 Message expired, connection refused", "5.4.316", "soft"),
    ('X-Postfix; unknown user: "nobody"', "5.1.1", "hard"),
    ("X-Postfix; connect to mx.example[1.2.3.4]:25: Connection timed out", "4.4.1", "soft"),
    ("smtp; 554 5.7.1 <x@y.example>: Recipient address rejected: Access denied", "5.7.1", "block"),
    ("smtp; 554 5.7.1 <x@y.example>: Relay access denied", "5.7.1", "block"),
    ("smtp; 554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org", "5.7.1", "block"),
    ("smtp; 450 4.7.1 <x>: Recipient address rejected: Greylisted", "4.7.1", "soft"),
    ("smtp; 550 5.1.0 <bounce@x>: Sender address rejected: Domain not found", "5.1.0", "block"),
    ("smtp; 504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", "5.5.2", "block"),
    ("smtp; 552 5.3.4 Message size exceeds fixed limit", "5.3.4", "block"),
    ("smtp; 550 Administrative prohibition", "5.0.0", "block"),
    ("smtp; 550 Unrouteable address", "5.0.0", "hard"),
    ("smtp; 550 5.1.1 User unknown", "5.1.1", "hard"),
    ("smtp; 451 4.3.0 Temporary lookup failure", "4.3.0", "soft"),
    ("smtp; 556 5.1.10 Domain does not accept mail (nullMX)", "5.1.10", "hard"),
    ("smtp; 550 5.7.23 The message was rejected because of Sender Policy Framework violation", "5.7.23", "block"),
    ("smtp; 551 User has moved; please try <new@example.com>", "5.1.6", "hard"),
    ("smtp; 554 5.7.1 Message rejected due to content: spam", "5.7.1", "block"),
    ("smtp; 550 Mailbox is inactive", "", "hard"),
    ("smtp; 550 account suspended", "", "soft"),
    ("smtp; 550 Verification failed for <bounce@x> Unrouteable address Sender verify failed", "", "block"),
    ("smtp; 554 5.1.8 Sender address domain does not exist", "5.1.8", "block"),
    ("smtp; 550 5.0.1 Recipient rejected", "5.0.1", "block"),
    ("smtp; 554 Transaction failed", "5.0.0", "other"),
    (
        "smtp; 550 5.7.509 Access denied, sending domain example.com does not pass DMARC verification",
        "5.7.509",
        "block",
    ),
    ("smtp; 550 The content of this message looked like spam.", "", "block"),
    ("smtp; 550 5.7.1 Mailbox for x is unavailable because your IP is listed on a block list", "5.7.1", "block"),
    ("smtp; 501 5.1.3 Bad recipient address syntax", "5.1.3", "hard"),
    ("smtp; 550 5.1.1 sorry, no mailbox here by that name (#5.1.1 - chkuser)", "5.1.1", "hard"),
    ("smtp; 554 5.0.0 Service unavailable", "5.0.0", "soft"),
    ("smtp; 550 Invalid sender", "5.0.0", "block"),
    ("smtp; 550 5.2.2 User over quota", "5.2.2", "soft"),
    ("smtp; 451 The IP Address you are sending from was reported as a source of spam", "4.0.0", "block"),
]


@pytest.mark.parametrize(("said", "status", "klass"), SAID)
def test_words_tell_the_class(said: str, status: str, klass: str) -> None:
    assert classify(said, status) == klass


@pytest.mark.parametrize(
    ("status", "klass"),
    [
        ("5.1.1", "hard"),
        ("5.1.2", "hard"),
        ("5.1.10", "hard"),
        ("5.2.2", "soft"),
        ("5.2.99", "other"),
        ("5.3.0", "soft"),
        ("5.4.99", "soft"),
        ("5.6.1", "block"),
        ("5.7.1", "block"),
        ("5.9.9", "other"),
        ("4.9.9", "soft"),
        ("5.0.0", "other"),
        ("", "other"),
    ],
)
def test_without_words_the_code_tells_detail_then_subject_then_class(status: str, klass: str) -> None:
    assert classify("", status) == klass


def test_a_better_code_in_the_words_wins_over_a_general_one() -> None:
    assert classify("smtp; 550 5.1.1 rejected", "5.0.0") is BounceClass.HARD


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.from_regex(r"\A[245]\.\d{1,3}\.\d{1,3}\Z"))
def test_any_words_have_a_class(said: str, status: str) -> None:
    assert classify(said, status) in BounceClass


@settings(max_examples=50, deadline=None)
@given(st.sampled_from([said for said, _, klass in SAID if klass == "hard"]))
def test_an_answer_that_asks_to_come_again_is_never_hard(said: str) -> None:
    assert classify(f"{said} (temporarily)", "") is not BounceClass.HARD
