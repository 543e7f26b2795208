"""Waiting for facts about processes."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from dripline.database.embedded_folder import living

_LONGEST_SECONDS = 30


def eventually(claim: Callable[[], bool]) -> None:
    """Wait until the claim is true."""
    end = time.monotonic() + _LONGEST_SECONDS
    while not claim():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, a zombie not counted."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def is_served(folder: Path) -> bool:
    """Whether any process of PostgreSQL works in this data folder."""
    return bool(living(folder / "postgresql"))


def as_nobody() -> None:
    """Become an ordinary user for good."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
