"""Local times are built in the zone, on days when clocks change as well."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.interpreter.walltime import instant, local_date, read_time, zone_of

ZONES = st.sampled_from(
    [
        "Africa/Casablanca",
        "America/New_York",
        "America/Santiago",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/Berlin",
        "Pacific/Apia",
        "Pacific/Chatham",
        "UTC",
    ]
).map(ZoneInfo)
DAYS = st.dates(date(2005, 1, 1), date(2060, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("UTC", "2030-01-01", "09:00", "2030-01-01T09:00"),
        ("Europe/Berlin", "2030-01-01", "09:00", "2030-01-01T08:00"),
        ("Europe/Berlin", "2030-07-01", "09:00", "2030-07-01T07:00"),
        ("Asia/Kathmandu", "2030-01-01", "00:15", "2029-12-31T18:30"),
        ("Pacific/Kiritimati", "2030-01-01", "00:00", "2029-12-31T10:00"),
    ],
)
def test_a_local_time_is_built_in_its_zone(zone: str, day: str, at: str, expected: str) -> None:
    assert instant(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)) == _utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        # Forward by an hour, by half an hour, at midnight, and over a whole day.
        ("Europe/Berlin", "2030-03-31", "02:00", "2030-03-31T01:00"),
        ("Europe/Berlin", "2030-03-31", "02:30", "2030-03-31T01:00"),
        ("Europe/Berlin", "2030-03-31", "02:59", "2030-03-31T01:00"),
        ("America/New_York", "2030-03-10", "02:30", "2030-03-10T07:00"),
        ("Australia/Lord_Howe", "2030-10-06", "02:15", "2030-10-05T15:30"),
        ("America/Santiago", "2030-09-08", "00:30", "2030-09-08T04:00"),
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_clocks_skip_is_the_end_of_what_they_skip(zone: str, day: str, at: str, expected: str) -> None:
    assert instant(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)) == _utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", "2030-10-27", "02:30", "2030-10-27T00:30"),
        ("America/New_York", "2030-11-03", "01:30", "2030-11-03T05:30"),
        ("Australia/Lord_Howe", "2030-04-07", "01:45", "2030-04-06T14:45"),
    ],
)
def test_a_time_that_comes_twice_is_the_first_of_the_two(zone: str, day: str, at: str, expected: str) -> None:
    assert instant(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)) == _utc(expected)


@settings(max_examples=150, deadline=None)
@given(ZONES, DAYS, TIMES)
def test_a_local_time_reads_as_itself_or_is_the_end_of_a_gap(zone: ZoneInfo, day: date, at: time) -> None:
    found = instant(day, at, zone)

    wall, shown = datetime.combine(day, at), found.astimezone(zone).replace(tzinfo=None)
    before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert shown == wall or before < wall < shown


@settings(max_examples=150, deadline=None)
@given(ZONES, DAYS, TIMES, TIMES)
def test_later_on_the_clock_is_never_earlier_in_time(zone: ZoneInfo, day: date, one: time, other: time) -> None:
    first, second = sorted((one, other))

    assert instant(day, first, zone) <= instant(day, second, zone)


@pytest.mark.parametrize("day", [date.min, date(1, 6, 1), date(9999, 1, 1), date.max])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_a_day_at_the_edge_of_the_calendar_has_an_instant(day: date, zone: str) -> None:
    assert instant(day, time(23, 59), ZoneInfo(zone)).tzinfo is UTC


@pytest.mark.parametrize("name", [None, "Nowhere/None", "", "../etc/passwd", "a\0b", "/"])
def test_without_a_zone_that_is_known_it_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC


def test_the_date_is_that_of_the_place() -> None:
    assert local_date(_utc("2030-01-01T23:30"), ZoneInfo("Asia/Tokyo")) == date(2030, 1, 2)


@pytest.mark.parametrize(
    ("text", "at", "zone", "expected"),
    [
        # A date is a day of the calendar where the contact lives, not a midnight in UTC.
        ("2030-01-10", None, "America/New_York", "2030-01-10T05:00"),
        ("2030-01-10", "09:00", "America/New_York", "2030-01-10T14:00"),
        ("2030-01-10", "09:00", "Pacific/Auckland", "2030-01-09T20:00"),
        ("2030-09-08", None, "America/Santiago", "2030-09-08T04:00"),
        # A time is a moment; `at` takes the day on which it falls there.
        ("2030-01-10T03:00:00Z", None, "America/New_York", "2030-01-10T03:00"),
        ("2030-01-10T03:00:00Z", "09:00", "America/New_York", "2030-01-09T14:00"),
        ("2030-01-10T23:30:00-05:00", "09:00", "Europe/Berlin", "2030-01-11T08:00"),
        # Without a zone it is in UTC, as it is in conditions.
        ("2030-01-10T03:00", None, "America/New_York", "2030-01-10T03:00"),
    ],
)
def test_a_date_is_read_where_the_contact_lives(text: str, at: str | None, zone: str, expected: str) -> None:
    found = read_time(text, time.fromisoformat(at) if at else None, ZoneInfo(zone))

    assert found == _utc(expected)


@pytest.mark.parametrize("text", ["", "soon", "2030-02-30", "10/01/2030", "2030-01", "1893456000"])
def test_what_names_no_time_is_none(text: str) -> None:
    assert read_time(text, None, UTC) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("at", [None, time(9)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "UTC"])
def test_a_time_at_the_edge_of_the_calendar_can_be_compared(text: str, at: time | None, zone: str) -> None:
    found = read_time(text, at, ZoneInfo(zone))

    assert found is not None
    assert (found > _utc("2030-01-01T00:00")) is text.startswith("9999")
