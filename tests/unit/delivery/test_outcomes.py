from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from dripline.delivery.outcomes import RetryRule, outcome_of
from dripline.delivery.settling import PutBack, Settled
from dripline.delivery.transports.contract import Phase, Reply, Verdict
from tests.makers.programs import NOON
from tests.unit.delivery.test_gate import MAIL

RULE = RetryRule(first=timedelta(minutes=30), give_up_after=timedelta(hours=96))


def outcome(verdict: Verdict, phase: Phase, code: int | None, enhanced: str | None = None) -> Settled | PutBack:
    reply = Reply(verdict, phase, code, enhanced, "they say")
    return outcome_of(MAIL, reply, subject="Hello", now=NOON, rule=RULE, chance=Random(1))


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


def test_what_was_deferred_comes_back_after_half_an_hour_or_a_little_more() -> None:
    found = outcome(Verdict.DEFERRED, Phase.RCPT, 450, "4.2.1")

    assert isinstance(found, PutBack)
    assert found.due_at is not None
    assert timedelta(minutes=30) <= found.due_at - NOON <= timedelta(minutes=37.5)
    assert (found.tried, found.reason, found.detail) == (1, "deferred", "450 4.2.1 they say")


def test_a_relay_that_cannot_be_used_takes_no_attempt() -> None:
    found = outcome(Verdict.UNAVAILABLE, Phase.CONNECT, None)

    assert isinstance(found, PutBack)
    assert (found.tried, found.reason, found.held) == (0, "relay_unavailable", None)


def test_after_four_days_of_deferrals_it_fails_by_name() -> None:
    old = replace(MAIL, attempts=20, first_tried_at=NOON - timedelta(hours=96))
    reply = Reply(Verdict.DEFERRED, Phase.RCPT, 450, None, "later")

    found = outcome_of(old, reply, subject="Hello", now=NOON, rule=RULE, chance=Random(1))

    assert isinstance(found, Settled)
    assert (found.status, found.reason) == ("failed", "retries_exhausted")
