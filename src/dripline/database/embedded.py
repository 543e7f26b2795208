"""PostgreSQL that we start and stop ourselves, from the binaries of the wheel.

One data folder has one product and one server. Two locks say so, and nothing else is believed: `lock` is held by us,
`postgresql.lock` by every process of the server, which inherits it. So when we get the second one, no process of an
earlier life is left, and `postmaster.pid` is stale whatever it says.

- The server ends by itself: whoever waits for it may `start` it again; it comes back at the same address.
- We die by kill -9: the kernel sends SIGINT to the server (Linux), which stops cleanly. The next start waits for that.
- The server dies by kill -9: its backends notice and end; the next start recovers. However long that takes, we wait:
  only the end of the process ends the waiting.
- As root the server runs as another user, who may not even enter the parents of the data folder: it gets the folder
  as an open descriptor.
"""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import asyncpg
import msgspec
import structlog

from dripline.database import embedded_cluster as cluster
from dripline.database.embedded_binaries import Account, account_for, ended, find_binaries, spawn
from dripline.database.embedded_folder import (
    PORT,
    AlreadyRunning,
    DataFolder,
    Record,
    Running,
    check_owner,
    check_version,
    living,
    remove_stale_pid,
    tell,
)
from dripline.database.orphans import end_with_parent
from dripline.database.private_files import FileLock, write_private
from dripline.kernel.errors import Refused, Unavailable

__all__ = ["AlreadyRunning", "EmbeddedServer", "Running", "connect_running"]

_log = structlog.get_logger()

_LONGEST_SOCKET_FOLDER = 85  # of the 107 bytes of a socket's path, less `/.s.PGSQL.5432.lock`
_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 60.0  # for a fast stop, which writes a checkpoint
_ATTEMPTS_PER_REPORT = 250  # about 5 s
_NOT_YET = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError)
_LOG_BYTES = 20_000_000


def connect_running(folder: Path) -> Running | None:
    """How to reach the server that runs in this data folder, or None when none does.

    Raises:
        Refused: it belongs to another user.
    """
    return DataFolder(folder.absolute()).running_server()


class EmbeddedServer:
    """A server of our own in one data folder: `start` and `stop`, or `async with`."""

    def __init__(self, folder: Path, *, run_as: str = "nobody", major: int = 18) -> None:
        self.folder = DataFolder(folder.absolute())
        self._run_as = run_as
        self._major = major
        self._lock: FileLock | None = None
        self._server_lock = FileLock(self.folder.server_lock)
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    async def __aenter__(self) -> Running:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> Running:
        """Start it, making the cluster when there is none, and wait until it takes connections.

        Waits as long as recovery takes. When this fails, nothing is left running. After the server ended by itself,
        this starts it again, with the same URLs.

        Raises:
            AlreadyRunning: the product runs in this folder.
            Refused: the folder, the user or the version does not fit; says what to change.
            Unavailable: PostgreSQL ended; says its last lines.
        """
        if self._lock is None:
            self._lock = self.folder.make()
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> Running:
        account = account_for(self._run_as)
        programs = find_binaries(self._major, account)
        await self._wait_for_the_past()
        self._prepare_sockets(account)
        if not self.folder.cluster.exists():
            await cluster.make(
                self.folder,
                programs,
                account,
                major=self._major,
                private=self.sockets,
                lock=self._server_lock.descriptor,
            )
        check_version(self.folder.cluster, self._major)
        check_owner(self.folder.cluster, account.uid)
        remove_stale_pid(self.folder.cluster)
        return await self._serve(programs, account)

    async def _wait_for_the_past(self) -> None:
        """Wait until no process of an earlier life works in the folder; ask those that linger to stop."""
        for number in (signal.SIGINT, signal.SIGQUIT):
            if await self._is_alone(within=0.0):
                return
            _log.warning("postgres_stopping_earlier_one", folder=str(self.folder.path), signal=number.name)
            tell(living(self.folder.cluster), number)
            if await self._is_alone(within=_PATIENCE_SECONDS):
                return
        raise Unavailable(
            f"Another PostgreSQL works in {self.folder.cluster} and does not stop "
            f"(processes {living(self.folder.cluster) or 'unknown'}). End it, then start again."
        )

    async def _is_alone(self, *, within: float) -> bool:
        waited = 0.0
        while not self._server_lock.take() or living(self.folder.cluster):
            if waited >= within:
                return False
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        return True

    def _prepare_sockets(self, account: Account) -> None:
        if self._sockets is None:
            self.folder.forget()
            self._sockets = _make_sockets(account)
        for left_over in self.sockets.iterdir():
            left_over.unlink()

    @property
    def sockets(self) -> Path:
        """The folder of the socket. Only between start and stop."""
        assert self._sockets is not None
        return self._sockets

    async def _serve(self, programs: Path, account: Account) -> Running:
        seen = self._spawn(programs, account)
        record = Record(str(self.sockets), self.process.pid)
        running = self.folder.reached_by(record)
        connection = await self._ready(running, seen)
        try:
            await cluster.set_up_roles(connection, self.folder.passwords())
        finally:
            await connection.close()
        write_private(self.folder.record, msgspec.json.encode(record))
        _log.info("postgres_ready", pid=running.pid)
        return running

    def _spawn(self, programs: Path, account: Account) -> int:
        """Start the process. Gives the length of the log before it."""
        _rotate(self.folder.log)
        with self.folder.open_log() as log, cluster.opened(self.folder.cluster, account) as (path, keep):
            # Before the process, which may have ended with its complaint by the time we look.
            seen = os.fstat(log.fileno()).st_size
            self._process = spawn(
                [str(programs / "postgres"), "-D", path, *_options(self.sockets)],
                account,
                log=log.fileno(),
                keep=(*keep, self._server_lock.descriptor),
                preexec_fn=end_with_parent(signal.SIGINT),
            )
            # From here on the lock is the server's alone: it is free exactly when the last of its processes ended.
            self._server_lock.close()
            return seen

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The postmaster. Only between start and stop."""
        assert self._process is not None
        return self._process

    async def _ready(self, running: Running, seen: int) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection as superuser, as soon as the server takes one."""
        for attempt in itertools.count(1):
            if self.process.poll() is not None:
                break
            with suppress(*_NOT_YET):
                return await _connect(running, self.folder)
            if attempt % _ATTEMPTS_PER_REPORT == 0:
                _log.info("postgres_not_ready_yet", last_line=_tail(self.folder.log, seen, lines=1))
            await asyncio.sleep(_POLL_SECONDS)
        raise Unavailable(f"PostgreSQL did not start:\n{_tail(self.folder.log, seen, lines=12)}")

    async def wait(self) -> int:
        """The exit status of the server, when it has ended; negative is a signal's number."""
        return await ended(self.process)

    async def stop(self) -> None:
        """Stop it with a checkpoint, and free the folder. Nothing happens when it is not running."""
        if self._process is not None:
            await _stop(self._process)
            self._process = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock is not None:
            if self._server_lock.take():
                self.folder.forget()
            self._server_lock.close()
            self._lock.close()
            self._lock = None


async def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await ended(process)
    except TimeoutError:
        _log.warning("postgres_stopped_without_checkpoint", pid=process.pid)
        process.send_signal(signal.SIGQUIT)
        await ended(process)


async def _connect(running: Running, folder: DataFolder) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(running.superuser_url, timeout=30)
    except asyncpg.InvalidPasswordError:
        raise Refused(
            f"The passwords in {folder.path} are not those of {folder.cluster}: restore both from one backup."
        ) from None


def _options(sockets: Path) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "logging_collector": "off",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _make_sockets(account: Account) -> Path:
    """A new folder with a short path that only `account` (and root) may enter."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 (mkdtemp is safe)
        if len(os.fsencode(parent)) + len("/dripline-12345678") > _LONGEST_SOCKET_FOLDER:
            continue
        if account.name is None or _everybody_may_enter(parent):
            folder = Path(tempfile.mkdtemp(prefix="dripline-", dir=parent))
            if account.name is not None:
                os.chown(folder, account.uid, account.gid)
            return folder
    raise Unavailable("No folder for a socket: expected /tmp, or TMPDIR with a short path that all may enter.")


def _everybody_may_enter(folder: Path) -> bool:
    return folder.is_dir() and all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.rename(log.with_name(log.name + ".1"))


def _tail(log: Path, seen: int, *, lines: int) -> str:
    with log.open("rb") as file:
        file.seek(seen)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
