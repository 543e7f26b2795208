"""The product's own processes, started as anybody would start them, on the database of a run."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.children import Child, product, program, running
from bench.people import SECRET, SENDER

_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.02


def a_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@asynccontextmanager
async def a_sink(file: Path) -> AsyncIterator[tuple[Child, int]]:
    """A sink for mail, and its port. Told to report, it writes what it took into `file`."""
    async with running("sink", *program("sink", {"file": str(file)})) as sink:
        yield sink, (await sink.heard("ready"))["port"]


def settings(url: str, *, port: int, sink: int) -> dict[str, str]:
    """The environment of the product's processes."""
    return {
        "DRIPLINE_DATABASE_URL": url,
        "DRIPLINE_SECRET_KEY": SECRET,
        "DRIPLINE_PORT": str(port),
        "DRIPLINE_SMTP_URL": f"smtp://127.0.0.1:{sink}?starttls=never",
        "DRIPLINE_FROM": SENDER,
    }


@asynccontextmanager
async def an_api(url: str, *, port: int, sink: int = 25, profile_to: Path | None = None) -> AsyncIterator[Child]:
    """`dripline serve`, when it answers."""
    environ = settings(url, port=port, sink=sink)
    async with running("api", *product("serve", profile_to=profile_to), environ=environ) as api:
        await answers(port)
        yield api


@asynccontextmanager
async def a_worker(url: str, *, sink: int, profile_to: Path | None = None) -> AsyncIterator[Child]:
    """`dripline worker`, from its first moment."""
    environ = settings(url, port=a_port(), sink=sink)
    async with running("worker", *product("worker", profile_to=profile_to), environ=environ) as worker:
        yield worker


async def answers(port: int) -> None:
    """Wait until something listens."""
    async with asyncio.timeout(_WAIT_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                writer.close()
                return
