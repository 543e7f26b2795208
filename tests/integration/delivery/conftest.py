"""A server that takes mail as it is told, and a live workspace whose mail goes there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.kernel.addresses import parse_mailbox
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import World, a_world


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SmtpServer]:
    async with SmtpServer(tmp_path / "taken") as server:
        yield server


@pytest.fixture
async def relayed(database: Database, database_url: str, server: SmtpServer) -> AsyncIterator[World]:
    settings = {
        "smtp_url": f"smtp://127.0.0.1:{server.port}?starttls=never",
        "sender": parse_mailbox("Ann <ann@example.com>"),
        "smtp_timeout_seconds": 1,
        "smtp_connections": 4,
    }
    async with a_world(database, database_url, mode=Mode.LIVE, **settings) as world:
        yield world
