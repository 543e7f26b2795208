"""The product starts as one, stays up when a part dies, and ends as one."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dripline.database.embedded import connect_running
from tests.integration.embedded.watching import eventually, is_alive, is_served

ITSELF = [sys.executable, "-m", "tests.integration.processes.product"]
UP = [*ITSELF, "up", "serve", "work"]


@dataclass(frozen=True, slots=True)
class Product:
    """A product that runs: its supervisor, where its data is, where it answers."""

    process: subprocess.Popen[str]
    folder: Path
    port: int

    def line(self) -> str:
        """The next line it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def pids(self, name: str) -> list[int]:
        """Those of every life of one child, oldest first."""
        file = self.folder / name
        return [int(line.split()[0]) for line in file.read_text().splitlines()] if file.exists() else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environ(folder: Path, port: int, **more: str) -> dict[str, str]:
    ours = {"DRIPLINE_DATA_DIR": str(folder / "data"), "DRIPLINE_PORT": str(port), "FOLDER": str(folder), **more}
    others = {name: value for name, value in os.environ.items() if not name.startswith("DRIPLINE_")}
    return {**others, **ours}


@contextmanager
def product(folder: Path, **more: str) -> Iterator[Product]:
    port = free_port()
    with subprocess.Popen(UP, env=environ(folder, port, **more), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Product(process, folder, port)
            process.terminate()
            process.wait(30)
        finally:
            process.kill()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Product]:
    """A product that has said everything it has to say at its first start."""
    with product(tmp_path) as started:
        for _ in range(3):
            started.line()
        yield started


def test_the_first_start_says_both_keys_the_address_and_how_to_begin(tmp_path: Path) -> None:
    with product(tmp_path) as first:
        said = [first.line() for _ in range(6)]
        first.process.terminate()

    with product(tmp_path) as second:
        said_again = second.line()
        second.process.terminate()

    assert re.fullmatch(r"test key: dl_test_\w{32}\n", said[0])
    assert re.fullmatch(r"live key: dl_live_\w{32}\n", said[1])
    assert said[2] == f"Dripline is running at http://127.0.0.1:{first.port}\n"
    assert "dripline key new" in said[3]
    assert said[4].endswith(f"export API=http://127.0.0.1:{first.port}/api KEY={said[0].split()[-1]}\n")
    assert said[5] == f"The whole API is described at http://127.0.0.1:{first.port}/api/docs\n"
    assert said_again == f"Dripline is running at http://127.0.0.1:{second.port}\n"


def test_children_get_the_database_and_the_secret_key(running: Product) -> None:
    assert (running.folder / "serve").read_text().split()[1] == "True"
    assert oct((running.folder / "data" / "secret.key").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_the_database_last(running: Product, number: signal.Signals) -> None:
    eventually(lambda: len(running.pids("worker")) == 1)

    running.process.send_signal(number)

    assert running.process.wait() == 0
    assert not any(is_alive(pid) for pid in running.pids("serve") + running.pids("worker"))
    assert not is_served(running.folder / "data")
    log = (running.folder / "data" / "postgresql.log").read_text()
    assert log.splitlines()[-1].endswith("LOG:  database system is shut down")


@pytest.mark.skipif(sys.platform != "linux", reason="only the kernel of Linux tells children of our end")
def test_when_the_supervisor_is_killed_everything_ends(running: Product) -> None:
    eventually(lambda: len(running.pids("worker")) == 1)

    running.process.kill()

    eventually(lambda: not any(is_alive(pid) for pid in running.pids("serve") + running.pids("worker")))
    eventually(lambda: not is_served(running.folder / "data"))


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_child_that_dies_is_started_again(running: Product, name: str) -> None:
    eventually(lambda: len(running.pids(name)) == 1)

    os.kill(running.pids(name)[0], signal.SIGKILL)

    eventually(lambda: len(running.pids(name)) == 2)
    assert running.process.poll() is None


def test_as_many_workers_run_as_were_asked_for(tmp_path: Path) -> None:
    with product(tmp_path, DRIPLINE_WORKERS="3") as running:
        eventually(lambda: len(running.pids("worker")) == 3)

        assert all(is_alive(pid) for pid in running.pids("worker"))
        assert len(running.pids("serve")) == 1


def test_a_database_that_dies_is_started_again_at_the_same_address(running: Product) -> None:
    before = connect_running(running.folder / "data")
    assert before is not None

    os.kill(before.pid, signal.SIGKILL)

    def came_back() -> bool:
        found = connect_running(running.folder / "data")
        return found is not None and found.pid != before.pid and found.owner_url == before.owner_url

    eventually(came_back)
    assert len(running.pids("serve")) == 1


def test_a_child_that_cannot_live_stops_the_product_with_a_message(tmp_path: Path) -> None:
    failed = subprocess.run(
        [*ITSELF, "up", "serve", "fail"],
        env=environ(tmp_path, free_port()),
        capture_output=True,
        text=True,
        check=False,
    )

    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == (
        "The process 'fail' ended at once 5 times in a row, last with status 3. Its last lines above say why."
    )
    assert not is_served(tmp_path / "data")


def test_a_second_up_in_the_same_folder_says_where_the_first_one_runs(running: Product) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "dripline.cli.main", "up", "--data", str(running.folder / "data"), "--port", "1"],
        env=environ(running.folder, running.port),
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert second.stderr == (
        f"Dripline is already running in {running.folder / 'data'} at http://127.0.0.1:{running.port} "
        f"(process {running.process.pid}).\n"
    )
    assert running.process.poll() is None


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refused = subprocess.run(UP, env=environ(tmp_path, port), capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        f"Dripline cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "Choose others with --host and --port (DRIPLINE_HOST, DRIPLINE_PORT)."
    )
    assert not is_served(tmp_path / "data")


def test_a_database_of_ones_own_needs_a_secret_key(tmp_path: Path) -> None:
    given = {**environ(tmp_path, free_port()), "DRIPLINE_DATABASE_URL": "postgresql://127.0.0.1:1/dripline"}

    refused = subprocess.run(UP, env=given, capture_output=True, text=True, check=False)

    assert (refused.returncode, refused.stderr.startswith("DRIPLINE_SECRET_KEY: expected a secret key")) == (1, True)
    assert not (tmp_path / "data").exists()
