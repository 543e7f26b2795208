"""What lies in the data folder: the cluster, its passwords, two locks, who runs, and what a crash left behind."""

import os
import secrets
import shutil
import signal
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from dripline.database.private_files import FileLock, is_locked, write_private
from dripline.kernel.errors import DriplineError, Refused

OWNER, APP, SUPERUSER, DATABASE = "dripline", "dripline_app", "postgres", "dripline"
PORT = 5432  # It only names the socket file: nothing listens on TCP.


class Passwords(msgspec.Struct, frozen=True):
    """What the two login roles prove themselves with."""

    superuser: str
    owner: str


class Record(msgspec.Struct, frozen=True):
    """Where the running server listens. Good only while its lock is held."""

    sockets: str
    pid: int


class RunningProduct(msgspec.Struct, frozen=True):
    """Who has the folder: where the product answers, and its supervisor."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes connections. `owner_url` is no superuser; `superuser_url` is for setting up only."""

    owner_url: str = field(repr=False)
    superuser_url: str = field(repr=False)
    pid: int


class AlreadyRunning(DriplineError):
    """The product runs in this folder. `url` is where it answers, None while it is still starting."""

    def __init__(self, folder: Path, product: RunningProduct | None) -> None:
        where = f"at {product.url} (process {product.pid})" if product else "and is still starting or stopping"
        super().__init__(f"Dripline is already running in {folder} {where}.")
        self.url = product.url if product else None


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths inside one data folder."""

    path: Path

    @property
    def cluster(self) -> Path:
        return self.path / "postgresql"

    @property
    def log(self) -> Path:
        return self.path / "postgresql.log"

    @property
    def server_lock(self) -> Path:
        return self.path / "postgresql.lock"

    @property
    def record(self) -> Path:
        return self.path / "postgresql.json"

    @property
    def product(self) -> Path:
        return self.path / "running.json"

    def open_log(self) -> BinaryIO:
        """The log of the server, to append to. Only its owner may read it: errors there can quote data."""
        return os.fdopen(os.open(self.log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def make(self) -> FileLock:
        """The lock on this folder, which is made (0700) when it is not there.

        Raises:
            AlreadyRunning: another process has it.
            Refused: the folder cannot be used by us.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self.path / "lock")
            taken = lock.take()
        except OSError as error:
            raise Refused(f"The data folder {self.path} cannot be used: {error.strerror}.") from error
        if not taken:
            raise AlreadyRunning(self.path, self.running_product())
        return lock

    def running_product(self) -> RunningProduct | None:
        """What the last product that answered in this folder wrote, or None. It may have ended since."""
        try:
            return msgspec.json.decode(self.product.read_bytes(), type=RunningProduct)
        except (OSError, msgspec.MsgspecError):
            return None

    def announce(self, url: str) -> None:
        """Say where the product answers, for whoever finds the folder taken."""
        write_private(self.product, msgspec.json.encode(RunningProduct(url, os.getpid())))

    def running_server(self) -> Running | None:
        """How to reach the server that runs in this folder, or None when none does.

        Raises:
            Refused: it belongs to another user.
        """
        try:
            if not is_locked(self.server_lock):
                return None
            record = msgspec.json.decode(self.record.read_bytes(), type=Record)
            return self.reached_by(record)
        except PermissionError as error:
            raise Refused(f"The data folder {self.path} belongs to another user.") from error
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def reached_by(self, record: Record) -> Running:
        passwords = self.passwords()
        return Running(
            owner_url=_url(OWNER, passwords.owner, DATABASE, record.sockets),
            superuser_url=_url(SUPERUSER, passwords.superuser, "postgres", record.sockets),
            pid=record.pid,
        )

    def passwords(self) -> Passwords:
        """The passwords, made at the first call.

        Raises:
            Refused: they are gone but the cluster is there.
        """
        path = self.path / "passwords.json"
        if path.exists():
            return msgspec.json.decode(path.read_bytes(), type=Passwords)
        if self.cluster.exists():
            raise Refused(f"{path} is missing. Without it nobody can log in to {self.cluster}: restore it.")
        made = Passwords(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        write_private(path, msgspec.json.encode(made))
        return made

    def forget(self) -> None:
        """Remove what says that something runs here, and the socket folder. Only under both locks."""
        with suppress(OSError, msgspec.MsgspecError):
            _remove_sockets(Path(msgspec.json.decode(self.record.read_bytes(), type=Record).sockets))
        self.record.unlink(missing_ok=True)
        self.product.unlink(missing_ok=True)


def _url(user: str, password: str, database: str, sockets: str) -> str:
    return f"postgresql://{user}:{password}@/{database}?host={quote(sockets)}&port={PORT}"


def _remove_sockets(folder: Path) -> None:
    # The path comes from a file: remove only what looks like ours, and follow no link.
    if folder.name.startswith("dripline-") and stat.S_ISDIR(folder.lstat().st_mode):
        shutil.rmtree(folder, ignore_errors=True)


def check_version(cluster: Path, major: int) -> None:
    """Nothing, when this major version can read the cluster.

    Raises:
        Refused: another version made it.
    """
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise Refused(f"{cluster} is no data of PostgreSQL: it has no file PG_VERSION.") from None
    if found != str(major):
        raise Refused(
            f"{cluster}: found data of PostgreSQL {found}, expected {major}. "
            f"Start it with PostgreSQL {found}, move the data with pg_dump and pg_restore, or name another folder."
        )


def check_owner(cluster: Path, uid: int) -> None:
    """Nothing, when the cluster belongs to the user that will run it.

    Raises:
        Refused: it belongs to another one; PostgreSQL would refuse too, with less help.
    """
    found = cluster.stat().st_uid
    if found != uid:
        raise Refused(
            f"{cluster}: found owner {found}, expected {uid}. Set DRIPLINE_DATABASE_USER to the owner "
            f"(or start as that user), or run: chown -R {uid} {cluster}"
        )


def remove_stale_pid(cluster: Path) -> None:
    """Remove `postmaster.pid`. Only under both locks, when `living(cluster)` is empty.

    PostgreSQL itself believes the number in it as long as some process has that number: after a crash that may be
    anything, in a container above all, or a zombie.
    """
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def living(cluster: Path) -> list[int]:
    """The processes of PostgreSQL that work in this folder, as far as we may see; zombies do not count.

    They are found by their working directory, since the command line shows only a descriptor. Where there is no
    /proc the pid file is believed, when that process is PostgreSQL.
    """
    try:
        place = cluster.stat()
    except FileNotFoundError:
        return []
    if not Path("/proc/self/cwd").exists():
        return named_by_pid_file(cluster)
    entries = (entry for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [int(entry.name) for entry in entries if _works_in(entry, place)]


def named_by_pid_file(cluster: Path) -> list[int]:
    """The process that `postmaster.pid` names, when it is there and is PostgreSQL by its name."""
    with suppress(OSError, ValueError):
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
        shown = subprocess.run(  # noqa: S603 (a number and fixed words)
            ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        if len(shown) == 2 and not shown[0].startswith("Z") and Path(shown[1]).name == "postgres":
            return [pid]
    return []


def _works_in(entry: Path, place: os.stat_result) -> bool:
    try:
        there = (entry / "cwd").stat()
        name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return False
    # A person's shell may stand in that folder too.
    return os.path.samestat(there, place) and name == "postgres" and rest.split()[0] not in {"Z", "X"}


def tell(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
