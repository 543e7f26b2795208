"""A whole product for the demo: `dripline up` in the demo's folder, with a key that we know."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dripline.accounts.keys import make_key
from dripline.database.orphans import end_with_parent
from dripline.kernel.errors import Unavailable
from dripline.processes.client import Client
from dripline.processes.demo.folder import LOG
from dripline.processes.up import own_command
from dripline.settings import url_of

_HOST = "127.0.0.1"
_READY = "Dripline is running at "
_SECONDS_TO_STOP = 60.0
# The one setting that says how, and not what, to run.
_KEPT = frozenset(("DRIPLINE_DATABASE_USER",))


@dataclass(frozen=True, slots=True)
class Product:
    """A product that runs. What it logs is in the folder."""

    process: asyncio.subprocess.Process
    client: Client

    async def ended(self) -> None:
        """Wait until it ends by itself.

        Raises:
            Unavailable: it did.
        """
        raise Unavailable(f"The product ended by itself, with status {await self.process.wait()}.")


@asynccontextmanager
async def running(folder: Path, *, port: int | None = None) -> AsyncIterator[Product]:
    """A product that answers, on `port` or on a free one; stopped at the end, and when we are killed.

    Raises:
        Unavailable: it did not start; says why.
    """
    chosen = port if port is not None else free_port()
    key = make_key("dl_test_")
    process = await _start(folder, _environ(os.environ, folder, port=chosen, key=key))
    try:
        await _until_ready(process, folder)
        yield Product(process, Client(url_of(_HOST, chosen), key))
    finally:
        await _stop(process)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _environ(environ: Mapping[str, str], folder: Path, *, port: int, key: str) -> dict[str, str]:
    """The variables for it. Settings of the caller's own product, such as its database and its relay, stay behind."""
    others = {name: value for name, value in environ.items() if not name.startswith("DRIPLINE_") or name in _KEPT}
    ours = {
        "DRIPLINE_HOST": _HOST,
        "DRIPLINE_PORT": str(port),
        "DRIPLINE_DATA_DIR": str(folder.absolute()),
        "DRIPLINE_BOOTSTRAP_TEST_KEY": key,
    }
    return {**others, **ours}


async def _start(folder: Path, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    with (folder / LOG).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *own_command("up").words,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C in our terminal reaches only us; we stop it when we are done.
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )


async def _until_ready(process: asyncio.subprocess.Process, folder: Path) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.decode().startswith(_READY):
            return
    said = (folder / LOG).read_text(errors="replace").splitlines()
    why = said[-1] if said else "It said nothing."
    raise Unavailable(f"The product did not start. {why} All that it said is in {folder / LOG}.")


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_SECONDS_TO_STOP):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
