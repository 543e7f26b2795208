from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.durations import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1w2d3h4m", timedelta(weeks=1, days=2, hours=3, minutes=4)),
        ("90m", timedelta(hours=1, minutes=30)),
        ("0d", timedelta()),
    ],
)
def test_a_duration_is_read(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "3", "d", "3 d", "3D", "3s", "-1d", "1.5d", "1d 12h", "1d1d", "3days", "٣d", "P1D", "1d\n", "9999999w"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_duration(text)


@given(st.integers(0, int(LONGEST.total_seconds()) // 60))
def test_what_is_written_reads_back_the_same(minutes: int) -> None:
    length = timedelta(minutes=minutes)

    assert parse_duration(format_duration(length)) == length


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert timedelta() <= length <= LONGEST
