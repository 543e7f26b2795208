"""A database of its own, migrated once, and the means to make workspaces with people under way in them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.conftest import database, database_url
from tests.makers.processes import Sink, a_sink

__all__ = ["database", "database_url"]


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    """An SMTP server that outlives every worker."""
    async with a_sink(tmp_path) as started:
        yield started
