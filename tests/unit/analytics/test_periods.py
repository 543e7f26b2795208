from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.analytics.metrics import Period, begins, follows

TIMES = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("period", "beginning", "next_one"),
    [
        (Period.HOUR, "2026-03-01T13:00Z", "2026-03-01T14:00Z"),
        (Period.DAY, "2026-03-01T00:00Z", "2026-03-02T00:00Z"),
        (Period.WEEK, "2026-02-23T00:00Z", "2026-03-02T00:00Z"),
        (Period.MONTH, "2026-03-01T00:00Z", "2026-04-01T00:00Z"),
    ],
)
def test_a_period_begins_where_the_calendar_has_it_in_utc(period: Period, beginning: str, next_one: str) -> None:
    at = datetime(2026, 3, 1, 13, 59, 59, tzinfo=UTC)

    assert begins(period, at) == datetime.fromisoformat(beginning)
    assert follows(period, begins(period, at)) == datetime.fromisoformat(next_one)


@given(st.sampled_from(Period), TIMES)
def test_every_time_lies_in_exactly_one_period(period: Period, at: datetime) -> None:
    beginning = begins(period, at)
    end = follows(period, beginning)

    assert beginning <= at < end
    assert begins(period, beginning) == beginning
    assert begins(period, end) == end
