"""A database of its own, an SMTP server that outlives every worker, and a way to say what an audit found."""

from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from asyncpg.exceptions import DeadlockDetectedError
from structlog.testing import capture_logs

from tests.conftest import CRASH
from tests.crash.audit import Audit
from tests.integration.conftest import database, database_url
from tests.makers.processes import Sink, a_sink

__all__ = ["database", "database_url"]

Tell: TypeAlias = Callable[[int, Audit], None]
"""Says at the end of the test run how many faults there were, and what came of them."""


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    def say(faults: int, audit: Audit) -> None:
        record_property(
            CRASH,
            f"{faults} kills or faults, {audit.sent + audit.in_doubt} mails, lost {audit.lost}, "
            f"doubled {audit.doubled}, in doubt {audit.in_doubt}",
        )

    return say


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    async with a_sink(tmp_path) as started:
        yield started


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the parts in this process say. Faults are many here, and showing each of them costs more than they do."""
    with capture_logs() as entries:
        yield entries
    deadlocks = [entry for entry in entries if isinstance(entry.get("exc_info"), DeadlockDetectedError)]
    assert deadlocks == []
