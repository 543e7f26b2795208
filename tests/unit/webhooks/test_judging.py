"""What answers mean."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.webhooks.judging import SCHEDULE, Answer, Verdict, judge
from dripline.delivery.webhooks.model import EVENTS, OF_MACHINES, DeliveryStatus, wants

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@given(st.integers(100, 599), st.integers(1, 20), st.randoms(use_true_random=False))
def test_only_2xx_is_good_and_the_rest_is_tried_ten_times(status: int, attempts: int, chance: Random) -> None:
    verdict = judge(Answer(status, "answered"), attempts, now=NOW, chance=chance)

    if 200 <= status < 300:
        assert verdict == Verdict(DeliveryStatus.DELIVERED, NOW)
    elif status == 410 or attempts > 9:
        assert verdict == Verdict(DeliveryStatus.FAILED, NOW)
    else:
        wait = verdict.due_at - NOW
        assert verdict.status is DeliveryStatus.PENDING
        assert SCHEDULE[attempts - 1] <= wait <= SCHEDULE[attempts - 1] * 1.1


def test_the_schedule_lasts_for_days() -> None:
    assert sum(SCHEDULE, timedelta()) > timedelta(days=3)


def test_a_wish_to_wait_is_kept() -> None:
    verdict = judge(Answer(429, "busy", after=timedelta(minutes=10)), 1, now=NOW, chance=Random(1))

    assert verdict == Verdict(DeliveryStatus.PENDING, NOW + timedelta(minutes=10))


def test_what_may_not_be_called_is_not_tried_again() -> None:
    verdict = judge(Answer(None, "is not called", final=True), 1, now=NOW, chance=Random(1))

    assert verdict.status is DeliveryStatus.FAILED


@pytest.mark.parametrize("name", EVENTS)
def test_all_means_all_but_machines(name: str) -> None:
    assert wants(("*",), name) == (name not in OF_MACHINES)
    assert wants((name,), name)
    assert not wants(("email.sending",), name)
