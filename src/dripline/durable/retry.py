"""When to try again: doubling delays with jitter. Pure."""

from datetime import timedelta
from random import Random


def backoff(attempt: int, *, first: timedelta, longest: timedelta, chance: Random) -> timedelta:
    """How long to wait after attempt number `attempt` (from 1): `first`, doubling, at most `longest`.

    Up to a quarter is added, so that what failed together does not come back together; never less than `first`.
    """
    doubled = first * (1 << min(attempt - 1, 30))
    return min(doubled, longest) * (1 + chance.random() / 4)
