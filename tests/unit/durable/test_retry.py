from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dripline.durable.retry import backoff

HALF_AN_HOUR, EIGHT_HOURS = timedelta(minutes=30), timedelta(hours=8)


@given(st.integers(1, 10_000), st.integers())
def test_a_retry_waits_at_least_the_first_and_at_most_the_longest_and_a_quarter(attempt: int, seed: int) -> None:
    wait = backoff(attempt, first=HALF_AN_HOUR, longest=EIGHT_HOURS, chance=Random(seed))

    assert HALF_AN_HOUR <= wait <= EIGHT_HOURS * 1.25


def test_the_wait_doubles() -> None:
    class Least(Random):
        def random(self) -> float:
            return 0.0

    waits = [backoff(n, first=HALF_AN_HOUR, longest=EIGHT_HOURS, chance=Least()) for n in range(1, 7)]

    assert [wait / HALF_AN_HOUR for wait in waits] == [1, 2, 4, 8, 16, 16]
