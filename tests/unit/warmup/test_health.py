import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.warmup.health import Cause, Health, Level, Sample, judge

HEALTHY = Health(Level.HEALTHY)


@pytest.mark.parametrize(
    ("sample", "health"),
    [
        (Sample(0, 0, 0), HEALTHY),
        (Sample(99, 99, 99), HEALTHY),
        (Sample(100, 3, 0), HEALTHY),
        (Sample(100, 4, 0), Health(Level.WARNING, Cause.BOUNCES)),
        (Sample(199, 199, 0), Health(Level.WARNING, Cause.BOUNCES)),
        (Sample(200, 10, 0), Health(Level.WARNING, Cause.BOUNCES)),
        (Sample(200, 11, 0), Health(Level.CRITICAL, Cause.BOUNCES)),
        (Sample(2_000, 0, 1), HEALTHY),
        (Sample(1_999, 0, 1), Health(Level.WARNING, Cause.COMPLAINTS)),
        (Sample(1_000, 0, 1), Health(Level.WARNING, Cause.COMPLAINTS)),
        (Sample(999, 0, 1), Health(Level.CRITICAL, Cause.COMPLAINTS)),
    ],
)
def test_a_rate_counts_from_a_least_number_of_mails_and_above_its_threshold(sample: Sample, health: Health) -> None:
    assert judge(sample) == health


@given(st.integers(0, 5_000), st.integers(0, 500), st.integers(0, 50))
def test_more_that_comes_back_never_makes_it_healthier(tried: int, bounced: int, complained: int) -> None:
    levels = list(Level)
    before = judge(Sample(tried, bounced, complained))
    worse = [judge(Sample(tried, bounced + 1, complained)), judge(Sample(tried, bounced, complained + 1))]

    assert all(levels.index(health.level) >= levels.index(before.level) for health in worse)
