"""When mail may go out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.interpreter.windows import Window, next_open

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
OFFICE = Window(time(9), time(17), WEEKDAYS)
START = datetime(2029, 1, 1, tzinfo=UTC)
NIGHT = Window(time(22), time(6), EVERY_DAY)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        # 2030-01-01 is a Tuesday.
        ("2030-01-01T08:59", "2030-01-01T09:00"),
        ("2030-01-01T09:00", "2030-01-01T09:00"),
        ("2030-01-01T16:59", "2030-01-01T16:59"),
        ("2030-01-01T17:00", "2030-01-02T09:00"),
        ("2030-01-04T17:00", "2030-01-07T09:00"),
        ("2030-01-05T12:00", "2030-01-07T09:00"),
    ],
)
def test_mail_waits_for_the_window_to_open(at: str, opens: str) -> None:
    assert next_open(OFFICE, None, _utc(at)) == _utc(opens)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2030-01-01T21:59", "2030-01-01T22:00"),
        ("2030-01-01T23:30", "2030-01-01T23:30"),
        ("2030-01-02T00:00", "2030-01-02T00:00"),
        ("2030-01-02T05:59", "2030-01-02T05:59"),
        ("2030-01-02T06:00", "2030-01-02T22:00"),
        ("2030-01-02T12:00", "2030-01-02T22:00"),
    ],
)
def test_a_window_over_midnight_is_the_night_and_not_the_day(at: str, opens: str) -> None:
    assert next_open(NIGHT, None, _utc(at)) == _utc(opens)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Window(time(22), time(6), frozenset({4}))

    assert next_open(friday_night, None, _utc("2030-01-05T03:00")) == _utc("2030-01-05T03:00")
    assert next_open(friday_night, None, _utc("2030-01-04T03:00")) == _utc("2030-01-04T22:00")


def test_a_window_may_close_at_midnight() -> None:
    evening = Window(time(18), time(0), EVERY_DAY)

    assert next_open(evening, None, _utc("2030-01-01T23:59")) == _utc("2030-01-01T23:59")
    assert next_open(evening, None, _utc("2030-01-02T00:00")) == _utc("2030-01-02T18:00")


def test_the_day_of_the_week_is_that_of_the_place_and_not_that_of_utc() -> None:
    friday_evening_in_los_angeles = _utc("2030-01-05T02:00")
    late = Window(time(9), time(20), WEEKDAYS)

    assert next_open(late, "America/Los_Angeles", friday_evening_in_los_angeles) == friday_evening_in_los_angeles
    assert next_open(late, None, friday_evening_in_los_angeles) == _utc("2030-01-07T09:00")


def test_a_fixed_zone_comes_before_that_of_the_contact() -> None:
    berlin = Window(time(9), time(17), WEEKDAYS, "Europe/Berlin")

    assert next_open(berlin, "America/New_York", _utc("2030-01-01T07:00")) == _utc("2030-01-01T08:00")


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2030-03-30T18:00", "2030-03-31T07:00"),
        ("2030-10-26T18:00", "2030-10-27T08:00"),
    ],
)
def test_the_window_opens_at_the_same_local_time_when_clocks_change(at: str, opens: str) -> None:
    daily = Window(time(9), time(17), EVERY_DAY)

    assert next_open(daily, "Europe/Berlin", _utc(at)) == _utc(opens)


def test_a_window_that_the_clocks_skip_opens_a_week_later() -> None:
    sundays = Window(time(2, 15), time(2, 45), frozenset({6}))

    assert next_open(sundays, "Europe/Berlin", _utc("2030-03-30T12:00")) == _utc("2030-04-07T00:15")


def _is_open(window: Window, zone: ZoneInfo, at: datetime) -> bool:
    """The same, told without any arithmetic of days."""
    local = at.astimezone(zone)
    now, today = local.time(), local.weekday()
    if window.opens < window.closes:
        return today in window.days and window.opens <= now < window.closes
    return (today in window.days and now >= window.opens) or ((today - 1) % 7 in window.days and now < window.closes)


# Hours at which no clock is changed, so that each comes once a day.
_HOURS = st.integers(5, 23).map(time)
_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(_HOURS, _HOURS).filter(lambda hours: hours[0] != hours[1]),
    st.frozensets(st.integers(0, 6), min_size=1),
    _ZONES,
    st.integers(0, 3 * 366 * 24 * 3600).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.floats(0, 1),
)
def test_mail_goes_out_at_the_first_moment_that_is_open(
    hours: tuple[time, time], days: frozenset[int], zone: str, at: datetime, part: float
) -> None:
    window = Window(*hours, days, zone)

    opens = next_open(window, None, at)

    between = at + (opens - at) * part
    assert _is_open(window, ZoneInfo(zone), opens)
    assert opens >= at
    assert between == opens or not _is_open(window, ZoneInfo(zone), between)
    assert next_open(window, None, opens) == opens
    assert opens - at <= timedelta(days=8)
