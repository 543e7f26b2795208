from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.warmup.plan import LONGEST_RAMP, Plan

PLANS = st.builds(
    lambda start, more, factor: Plan(start, start + more, Decimal(factor) / 100),
    st.integers(1, 10_000),
    st.integers(0, 1_000_000),
    st.integers(100, 1_000),
)


def test_the_published_schedule_is_rounded_half_up_and_ends_at_the_target() -> None:
    limits = [Plan().limit(day) for day in range(1, 17)]

    assert limits == [25, 38, 56, 84, 127, 190, 285, 427, 641, 961, 1442, 2162, 3244, 4865, 5000, 5000]
    assert Plan().days() == 15


def test_a_factor_of_one_stays_at_the_start() -> None:
    plan = Plan(10, 20, Decimal(1))

    assert [plan.limit(day) for day in (1, 2, 1_000)] == [10, 10, 10]
    assert (plan.limit(LONGEST_RAMP), plan.days()) == (20, LONGEST_RAMP)


@given(PLANS, st.integers(1, 200))
def test_no_day_has_less_than_the_day_before_or_more_than_the_target(plan: Plan, day: int) -> None:
    limit, following = plan.limit(day), plan.limit(day + 1)

    assert plan.starting_limit <= limit <= following <= plan.target_limit


@given(PLANS)
def test_the_target_is_reached_on_the_last_day_of_the_plan_and_not_before(plan: Plan) -> None:
    last = plan.days()

    assert plan.limit(last) == plan.target_limit
    assert last == 1 or plan.limit(last - 1) < plan.target_limit
