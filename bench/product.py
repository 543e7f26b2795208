"""The product's own processes, started as anybody would start them, on the database of a run."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.children import Child, product, program, running, until
from bench.people import SECRET, SENDER
from dripline.processes.up import ask_health
from dripline.settings import Settings

_WAIT_SECONDS = 30.0


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
async def an_api(
    url: str, *, port: int, sink: int = 25, folder: Path | None = None, profile_to: Path | None = None
) -> AsyncIterator[Child]:
    """`dripline serve`, when it answers. In `folder` it leaves what it cannot write to the database."""
    environ = settings(url, port=port, sink=sink)
    if folder is not None:
        environ["DRIPLINE_DATA_DIR"] = str(folder)
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

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    await until(listens, within=_WAIT_SECONDS)


async def healthy(port: int) -> None:
    """Wait until the API says that all is there: the database, its migrations, a worker."""
    asked = Settings(port=port)

    async def is_well() -> bool:
        return (await ask_health(asked)).split()[1:2] == ["200"]

    await until(is_well, within=_WAIT_SECONDS)
