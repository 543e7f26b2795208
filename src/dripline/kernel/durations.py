"""Durations as people write them: `30m`, `2h`, `3d`, `1w`, `1d12h`. A day is 24 hours."""

import re
from datetime import timedelta

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
LONGEST = timedelta(days=3660)
EXPECTED = "whole numbers with units m, h, d, w, each unit once, such as 30m, 2h, 3d, 1w or 1d12h"

_GROUPS = re.compile(r"(?:[0-9]{1,7}[wdhm]){1,4}", re.ASCII)
_GROUP = re.compile(r"([0-9]+)([wdhm])", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: it is not one, names a unit twice, or is longer than ten years. Says what was expected.
    """
    if not _GROUPS.fullmatch(text):
        raise ValueError(f"expected {EXPECTED}")
    groups = _GROUP.findall(text)
    if len({unit for _, unit in groups}) != len(groups):
        raise ValueError(f"expected {EXPECTED}")
    total = sum((int(number) * UNITS[unit] for number, unit in groups), timedelta())
    if total > LONGEST:
        raise ValueError(f"expected at most ten years ({LONGEST.days}d)")
    return total


def format_duration(length: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as the same length. Seconds are not kept."""
    minutes = int(length.total_seconds()) // 60
    parts = []
    for unit, size in UNITS.items():
        count, minutes = divmod(minutes, int(size.total_seconds()) // 60)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0m"
