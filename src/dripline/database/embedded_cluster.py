"""Making a cluster and its roles. Whatever interrupts it, the next start begins again or goes on."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from dripline.database.embedded_binaries import Account, ended, spawn
from dripline.database.embedded_folder import APP, DATABASE, OWNER, SUPERUSER, DataFolder, Passwords
from dripline.database.orphans import end_with_parent
from dripline.database.private_files import flush_folder
from dripline.kernel.errors import Unavailable

_LOCALE = {
    # The wheel has no ICU; version 16 has no builtin provider.
    16: ["--locale-provider=libc", "--locale=C", "--lc-ctype=C.UTF-8", "--data-checksums"],
    18: ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
}

_ARGUMENTS = ["--encoding=UTF8", "--no-instructions", "--auth=scram-sha-256", f"--username={SUPERUSER}"]

_CONFIGURATION = """
# Dripline. Written once; change what you like but the first three: they are what keeps acknowledged work.
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 128MB
max_connections = 100
jit = off
max_wal_size = 2GB
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
"""


@contextmanager
def opened(folder: Path, account: Account) -> Iterator[tuple[str, tuple[int, ...]]]:
    """How a program reaches the folder: the path to give it, and the descriptors to keep for that.

    Another user than ourselves may not be able to enter the parents, so it gets an open descriptor.
    """
    if account.name is None or sys.platform != "linux":
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


async def make(folder: DataFolder, programs: Path, account: Account, *, major: int, private: Path, lock: int) -> None:
    """Make the cluster, under another name until it is complete.

    `private` is a folder for the file with the password; `lock` is a descriptor that initdb keeps while it lives.

    Raises:
        Unavailable: initdb failed; says why.
    """
    draft, password = _prepare(folder, account, private)
    with folder.open_log() as log, opened(draft, account) as (path, keep):
        process = spawn(
            [str(programs / "initdb"), *_ARGUMENTS, *_LOCALE[major], f"--pwfile={password}", "-D", path],
            account,
            log=log.fileno(),
            keep=(*keep, lock),
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        try:
            status = await ended(process)
        finally:
            process.kill()
            process.wait()
    if status != 0:
        raise Unavailable(f"initdb failed with status {status}; {folder.log} says why.")
    _finish(folder, draft, password)


def _prepare(folder: DataFolder, account: Account, private: Path) -> tuple[Path, Path]:
    draft, password = folder.cluster.with_name("postgresql.new"), private / "password"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(folder.passwords().superuser)
    if account.name is not None:
        os.chown(draft, account.uid, account.gid)
        os.chown(password, account.uid, account.gid)
    return draft, password


def _finish(folder: DataFolder, draft: Path, password: Path) -> None:
    password.unlink()
    with (draft / "postgresql.conf").open("a") as file:
        file.write(_CONFIGURATION)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder.cluster)
    flush_folder(folder.path)


async def set_up_roles(connection: "asyncpg.Connection[asyncpg.Record]", passwords: Passwords) -> None:
    """See to the two roles and the database. Changes nothing when they are there."""
    roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_catalog.pg_roles")}
    async with connection.transaction():
        if APP not in roles:
            await connection.execute(f"CREATE ROLE {APP} NOLOGIN NOSUPERUSER NOBYPASSRLS")
        if OWNER not in roles:
            # DDL takes no parameters; the password is our own base64url text.
            await connection.execute(
                f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS "
                f"IN ROLE {APP} PASSWORD '{passwords.owner}'"
            )
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)", DATABASE):
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
