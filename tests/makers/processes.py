"""Processes of the product, and of the SMTP server that outlives them, for tests that kill, stop and freeze them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.makers.smtp_witness import Taken
from tests.makers.waiting import until
from tests.makers.world import SECRET

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sink:
    """An SMTP server in a process of its own. What it took is in `file` before it says so."""

    file: Path
    port: int

    def taken(self) -> list[Taken]:
        """All letters that it took. The line that is being written just now is not one yet."""
        lines = self.file.read_bytes().split(b"\n")[:-1] if self.file.exists() else []
        return [json.loads(line) for line in lines]


@asynccontextmanager
async def a_sink(folder: Path, *, delay: float = 0) -> AsyncIterator[Sink]:
    """Starts one; `delay` is before each of its answers, in seconds."""
    file, port_file = folder / "taken", folder / "port"
    options = ("--file", file, "--port-file", port_file, "--delay", str(delay))
    process = await start("tests.makers.smtp_server", *map(str, options), environ={}, log=folder / "sink.log")
    try:
        await until(lambda: _exists(port_file), "the SMTP server listens")
        yield Sink(file, int(port_file.read_text()))
    finally:
        process.kill()
        await process.wait()


def environ_of(database_url: str, *, port: int | None = None, lease_seconds: int = 1) -> dict[str, str]:
    """The variables of a worker; with the port of a sink it can send live mail, on four connections."""
    environ = {
        "DRIPLINE_DATABASE_URL": database_url,
        "DRIPLINE_SECRET_KEY": SECRET,
        "DRIPLINE_LEASE_SECONDS": str(lease_seconds),
        "DRIPLINE_FROM": "Hello <hello@example.com>",
        "DRIPLINE_SMTP_CONNECTIONS": "4",
    }
    if port is not None:
        environ["DRIPLINE_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=never"
    return environ


@asynccontextmanager
async def a_worker(environ: Mapping[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`dripline worker`, killed at the end when it still runs."""
    process = await start("dripline.cli.main", "worker", environ=environ, log=log)
    try:
        yield process
    finally:
        await end(process, signal.SIGKILL)


async def start(module: str, *words: str, environ: Mapping[str, str], log: Path) -> asyncio.subprocess.Process:
    """Start `python -m module`; what it says is appended to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRIPLINE_")}
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *words),
            cwd=ROOT,
            env={**inherited, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


async def end(process: asyncio.subprocess.Process, number: signal.Signals) -> int:
    """Send a signal to a process that may have ended, and wait for its end; gives its status."""
    if process.returncode is None:
        process.send_signal(number)
    return await process.wait()


async def _exists(path: Path) -> bool:
    return path.exists()  # noqa: ASYNC240 (a look takes no time)
