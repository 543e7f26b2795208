"""Whatever was killed, and whatever a pid file says: the next start finds everything that was committed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dripline.database.embedded import EmbeddedServer
from tests.integration.embedded.test_serving import query
from tests.integration.embedded.watching import eventually, is_alive, is_served

HOLDER = """
import asyncio, sys
from pathlib import Path
from dripline.database.embedded import EmbeddedServer
from dripline.telemetry import set_up_logging

async def hold() -> None:
    running = await EmbeddedServer(Path(sys.argv[1])).start()
    print(running.pid, flush=True)
    await asyncio.Event().wait()

set_up_logging("holder")
asyncio.run(hold())
"""


@contextmanager
def held(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process of ours that runs a server in the folder, and the number of its postmaster."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            yield holder, int(holder.stdout.readline())
        finally:
            holder.kill()


@contextmanager
def asleep(folder: Path = Path("/")) -> Iterator[subprocess.Popen[bytes]]:
    """A live process that has nothing to do with us and stands in this folder."""
    with subprocess.Popen(["sleep", "300"], cwd=folder) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
async def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one committed row."""
    folder = tmp_path_factory.mktemp("original")
    async with EmbeddedServer(folder) as running:
        await query(running.owner_url, "CREATE TABLE kept AS SELECT 1 AS number")
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    subprocess.run(["cp", "-a", f"{original}/.", str(tmp_path)], check=True)
    return tmp_path


async def until(claim: Callable[[], bool]) -> None:
    """Let others work until the claim is true."""
    while True:
        if claim():
            return
        await asyncio.sleep(0)


async def number_kept(folder: Path) -> object:
    async with EmbeddedServer(folder) as running:
        return await query(running.owner_url, "SELECT number FROM kept")


async def test_a_killed_server_comes_back_at_the_same_address(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server as running:
        # Enough for a recovery that can be seen.
        await query(running.owner_url, "CREATE TABLE kept AS SELECT * FROM generate_series(1, 200000) AS number")
        os.kill(running.pid, signal.SIGKILL)
        status = await server.wait()

        again = await server.start()
        found = await query(running.owner_url, "SELECT count(*) FROM kept")

    assert (status, found) == (-signal.SIGKILL, 200_000)
    assert (again.owner_url, again.pid != running.pid) == (running.owner_url, True)


async def test_after_both_were_killed_the_next_start_recovers(folder: Path) -> None:
    with held(folder) as (holder, postmaster):
        os.kill(postmaster, signal.SIGSTOP)  # so that it cannot end before it is killed
        holder.kill()
        holder.wait()
        os.kill(postmaster, signal.SIGKILL)

    assert await number_kept(folder) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only the kernel of Linux tells children of our end")
async def test_when_we_are_killed_the_server_stops_with_a_checkpoint(folder: Path) -> None:
    with held(folder) as (holder, postmaster):
        holder.kill()
    eventually(lambda: not is_served(folder))

    log = (folder / "postgresql.log").read_text()
    assert log.splitlines()[-1].endswith(f"[{postmaster}] LOG:  database system is shut down")
    assert await number_kept(folder) == 1


async def test_a_start_waits_for_the_server_of_an_earlier_life(folder: Path) -> None:
    with held(folder) as (holder, postmaster):
        holder.kill()
    # It is stopping now, or still about to; nobody waits for it.

    assert await number_kept(folder) == 1
    assert not is_alive(postmaster)


async def test_a_pid_file_with_the_number_of_a_stranger_is_not_believed(
    folder: Path,
) -> None:
    with asleep() as stranger:
        stale = f"{stranger.pid}\n{folder}/postgresql\n1700000000\n5432\n/tmp\n\n  123  456\nready   \n"
        (folder / "postgresql" / "postmaster.pid").write_text(stale)

        found = await number_kept(folder)

        assert (found, stranger.poll()) == (1, None)


async def test_a_pid_file_with_the_number_of_a_zombie_is_not_believed(folder: Path) -> None:
    with asleep() as zombie:
        zombie.kill()
        eventually(lambda: not is_alive(zombie.pid))
        (folder / "postgresql" / "postmaster.pid").write_text(f"{zombie.pid}\n{folder}/postgresql\n1700000000\n")

        assert await number_kept(folder) == 1


@pytest.mark.parametrize("text", ["", "12", "1\n", "not a number\n", "\0\0\0"])
async def test_a_half_written_pid_file_is_not_believed(folder: Path, text: str) -> None:
    (folder / "postgresql" / "postmaster.pid").write_text(text)

    assert await number_kept(folder) == 1


async def test_a_person_who_stands_in_the_folder_is_left_alone(folder: Path) -> None:
    with asleep(folder / "postgresql") as person:
        found = await number_kept(folder)

        assert (found, person.poll()) == (1, None)


async def test_a_start_that_is_cancelled_leaves_nothing_behind(folder: Path) -> None:
    server = EmbeddedServer(folder)
    start = asyncio.create_task(server.start())
    await until(lambda: is_served(folder))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start

    assert not is_served(folder)
    assert await number_kept(folder) == 1
