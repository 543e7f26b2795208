"""A whole product as a user has one: `dripline up` in a folder of its own, spoken to over HTTP."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from dripline.accounts.keys import add_key, make_key
from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.cli.environment import settings_with_database
from dripline.database.pool import Database
from dripline.kernel.clock import real_now

ROOT = Path(__file__).parents[2]
TEST_KEY = "dl_test_for_the_whole_run"
LIVE_KEY = "dl_live_for_the_whole_run"


@dataclass(frozen=True, slots=True)
class Installation:
    """A product that answers, and the test workspace in it that `key` opens. `client` has that key."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    key: str
    client: httpx.Client

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What a request that must succeed is answered with."""
        content = None if body is None else json.dumps(body)
        response = self.client.request(method, path, content=content)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def all_of(self, path: str, **query: str) -> list[Any]:
        """Every row of a list, page by page."""
        rows: list[Any] = []
        parameters = {"limit": "100", **query}
        while True:
            page = self.client.get(path, params=parameters).raise_for_status().json()
            rows += page["data"]
            if page["nextCursor"] is None:
                return rows
            parameters["cursor"] = page["nextCursor"]

    @asynccontextmanager
    async def with_a_workspace(self) -> AsyncIterator["Installation"]:
        """The same product as somebody sees it whose workspace is new: nobody in it, and a clock of its own."""
        settings = settings_with_database(environ({"DRIPLINE_DATA_DIR": str(self.folder)}))
        assert settings.database_url is not None
        assert settings.secret_key is not None
        key, now = make_key("dl_test_"), real_now()
        database = await Database.open(settings.database_url)
        async with database.work() as tx:
            made = await create_workspace(tx, name="Test", mode=Mode.TEST, now=now, uses_environment=True)
            await add_key(tx, made.id, key, secret=settings.secret_key, now=now)
        await database.close()
        with _client(self.url, key) as client:
            yield replace(self, key=key, client=client)


@contextmanager
def an_installation(folder: Path) -> Iterator[Installation]:
    """Starts one on a free port; stops it at the end."""
    port = free_port()
    keys = {"DRIPLINE_BOOTSTRAP_TEST_KEY": TEST_KEY, "DRIPLINE_BOOTSTRAP_LIVE_KEY": LIVE_KEY}
    command = [*DRIPLINE, "up", "--port", str(port), "--data", str(folder / "data")]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environ(keys), stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield _when_ready(process, folder)
        finally:
            process.terminate()
            process.wait(60)


DRIPLINE = (sys.executable, "-m", "dripline.cli.main")


def environ(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables for a command: ours without any setting of Dripline, and these settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRIPLINE_")}
    return {**inherited, **(settings or {})}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _when_ready(process: subprocess.Popen[str], folder: Path) -> Installation:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Dripline is running at "):
            url = line.split()[-1]
            return Installation(url, folder / "data", process, TEST_KEY, _client(url, TEST_KEY))
    raise AssertionError((folder / "log").read_text())


def _client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
