from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from dripline.delivery.carriers import Carried
from dripline.delivery.outcomes import RetryRule, outcome_of
from dripline.delivery.settling import PutBack, Settled
from dripline.delivery.transports.contract import Phase, Reply, Verdict
from tests.makers.programs import NOON
from tests.unit.delivery.test_gate import MAIL

RULE = RetryRule(first=timedelta(minutes=30), give_up_after=timedelta(hours=96))


def outcome(
    verdict: Verdict,
    phase: Phase,
    code: int | None,
    enhanced: str | None = None,
    *,
    again_after: timedelta | None = None,
) -> Settled | PutBack:
    reply = Reply(verdict, phase, code, enhanced, "they say", provider_id="a-1", again_after=again_after)
    return outcome_of(MAIL, Carried(reply, "smtp"), subject="Hello", now=NOON, rule=RULE, chance=Random(1))


@pytest.mark.parametrize(
    ("verdict", "phase", "code", "enhanced", "status", "reason", "dead"),
    [
        (Verdict.ACCEPTED, Phase.DOT, 250, "2.0.0", "sent", None, False),
        (Verdict.IN_DOUBT, Phase.DOT, None, None, "in_doubt", "no_reply", False),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.1.1", "bounced", "address_rejected", True),
        (Verdict.REFUSED, Phase.RCPT, 550, None, "bounced", "address_rejected", True),
        (Verdict.REFUSED, Phase.RCPT, 551, None, "bounced", "address_rejected", True),
        (Verdict.REFUSED, Phase.RCPT, 553, None, "bounced", "address_rejected", True),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.7.1", "failed", "refused", False),
        (Verdict.REFUSED, Phase.RCPT, 552, None, "failed", "refused", False),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.1.8", "failed", "refused", False),
        (Verdict.REFUSED, Phase.DOT, 550, None, "failed", "refused", False),
        (Verdict.REFUSED, Phase.MAIL, 550, "5.1.1", "failed", "refused", False),
    ],
)
def test_what_is_final_ends_the_mail(
    verdict: Verdict, phase: Phase, code: int | None, enhanced: str | None, status: str, reason: str | None, dead: bool
) -> None:
    found = outcome(verdict, phase, code, enhanced)

    assert isinstance(found, Settled)
    assert (found.status, found.reason, found.dead_address, found.tried) == (status, reason, dead, 1)


@pytest.mark.parametrize(
    ("phase", "code", "enhanced", "said", "klass", "dead"),
    [
        (Phase.RCPT, 550, "5.1.1", "no such user", "hard", True),
        (Phase.RCPT, 550, "5.1.1", "they say", "hard", True),
        (Phase.RCPT, 550, None, "they say", "hard", True),
        (Phase.RCPT, 550, "5.1.1", "mailbox full", "hard", True),
        (Phase.RCPT, 550, "5.1.8", "sender address rejected", "block", False),
        (Phase.RCPT, 550, None, "mailbox full", "soft", False),
        (Phase.RCPT, 550, None, "blocked using a block list", "block", False),
        (Phase.RCPT, 550, "5.1.0", "blocked: your address is on a block list", "block", False),
        (Phase.RCPT, 552, "5.2.2", "mailbox full", "soft", False),
        (Phase.DOT, 550, "5.1.1", "no such user", "hard", False),
        (Phase.DOT, 554, "5.7.1", "message contains spam", "block", False),
        (Phase.DOT, 554, None, "they say", "other", False),
    ],
)
def test_a_refusal_has_a_class_and_a_block_never_makes_an_address_dead(
    phase: Phase, code: int, enhanced: str | None, said: str, klass: str, dead: bool
) -> None:
    reply = Reply(Verdict.REFUSED, phase, code, enhanced, said)

    found = outcome_of(MAIL, Carried(reply, "smtp"), subject="Hello", now=NOON, rule=RULE, chance=Random(1))

    assert isinstance(found, Settled)
    assert (found.klass, found.dead_address) == (klass, dead)


def test_what_was_deferred_comes_back_after_half_an_hour_or_a_little_more() -> None:
    found = outcome(Verdict.DEFERRED, Phase.RCPT, 450, "4.2.1")

    assert isinstance(found, PutBack)
    assert found.due_at is not None
    assert timedelta(minutes=30) <= found.due_at - NOON <= timedelta(minutes=37.5)
    assert (found.tried, found.reason, found.detail) == (1, "deferred", "450 4.2.1 they say")


def test_what_was_handed_over_says_to_whom_and_what_they_call_it() -> None:
    found = outcome(Verdict.ACCEPTED, Phase.DOT, 250)

    assert isinstance(found, Settled)
    assert (found.carrier, found.provider_id) == ("smtp", "a-1")


@pytest.mark.parametrize(
    ("verdict", "asked", "waits"),
    [
        (Verdict.UNAVAILABLE, timedelta(minutes=5), timedelta(minutes=5)),
        (Verdict.UNAVAILABLE, None, timedelta(seconds=15)),
        (Verdict.DEFERRED, timedelta(seconds=40), timedelta(seconds=40)),
        (Verdict.DEFERRED, timedelta(hours=24), timedelta(hours=8)),
    ],
)
def test_a_mail_comes_back_when_they_ask_for_it(verdict: Verdict, asked: timedelta | None, waits: timedelta) -> None:
    found = outcome(verdict, Phase.RCPT, 450, again_after=asked)

    assert isinstance(found, PutBack)
    assert found.due_at == NOON + waits


def test_a_relay_that_cannot_be_used_takes_no_attempt() -> None:
    found = outcome(Verdict.UNAVAILABLE, Phase.CONNECT, None)

    assert isinstance(found, PutBack)
    assert (found.tried, found.reason, found.held) == (0, "relay_unavailable", None)


def test_after_four_days_of_deferrals_it_fails_by_name() -> None:
    old = replace(MAIL, attempts=20, first_tried_at=NOON - timedelta(hours=96))
    reply = Reply(Verdict.DEFERRED, Phase.RCPT, 450, None, "later")

    found = outcome_of(old, Carried(reply, "smtp"), subject="Hello", now=NOON, rule=RULE, chance=Random(1))

    assert isinstance(found, Settled)
    assert (found.status, found.reason) == ("failed", "retries_exhausted")


@pytest.mark.parametrize(
    ("phase", "said", "counts"),
    [
        (Phase.RCPT, "4.2.2 mailbox full", True),
        (Phase.RCPT, "try again later", True),
        (Phase.RCPT, "4.7.1 client host is on a block list", False),
        (Phase.DOT, "4.2.2 mailbox full", False),
        (Phase.MAIL, "try again later", False),
    ],
)
def test_deferrals_that_end_in_failure_count_against_the_address_where_they_are_about_it(
    phase: Phase, said: str, counts: bool
) -> None:
    old = replace(MAIL, attempts=20, first_tried_at=NOON - timedelta(hours=96))
    reply = Reply(Verdict.DEFERRED, phase, 450, None, said)

    found = outcome_of(old, Carried(reply, "smtp"), subject="Hello", now=NOON, rule=RULE, chance=Random(1))

    assert isinstance(found, Settled)
    assert (found.dead_address, found.for_now) == (False, counts)
