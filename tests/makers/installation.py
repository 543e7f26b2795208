"""A whole product as a user has one: `dripline up` in a folder of its own, spoken to over HTTP."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
TEST_KEY = "dl_test_for_the_whole_run"
LIVE_KEY = "dl_live_for_the_whole_run"


@dataclass(frozen=True, slots=True)
class Installation:
    """A product that answers. `client` has the key of the test workspace."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
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

    def pause_everything(self) -> None:
        """Let no sequence enroll anybody any more, so that the next test begins among its own."""
        for sequence in self.all_of("/api/sequences", status="active"):
            self.ask("POST", f"/api/sequences/{sequence['id']}/pause")


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
            client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TEST_KEY}"}, timeout=30)
            return Installation(url, folder / "data", process, client)
    raise AssertionError((folder / "log").read_text())
