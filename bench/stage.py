"""The stage: one embedded PostgreSQL with the product's own settings, and a fresh database for each run."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench.children import cpu_seconds
from dripline.database.embedded import EmbeddedServer, Running
from dripline.database.migrating import migrate

RUN = "bench_run"
_EMPTY = "bench_empty"


@dataclass(slots=True)
class Meter:
    """What a stretch of time cost: CPU seconds by process, bytes of write-ahead log."""

    cpu: dict[str, float] = field(default_factory=dict)
    wal_bytes: int = 0


@dataclass(slots=True)
class Stage:
    """Where workloads are measured. `quick` makes all small; `profile_to` puts our side under cProfile."""

    running: Running
    quick: bool
    profile_to: Path | None
    folder: Path
    _admin: "asyncpg.Connection[asyncpg.Record]"
    _copied: str | None = None
    memory: dict[str, float] = field(default_factory=dict)
    """What one side of a pair leaves for the other, such as the size of a letter."""

    def size(self, full: int, *, quick: int) -> int:
        """How many of something: all, or few when it must be quick."""
        return quick if self.quick else full

    async def template(self, name: str, fill: Callable[[str], Awaitable[None]]) -> None:
        """Make a migrated database, filled by `fill`, that runs get a copy of."""
        await self._create(name, "template1")
        await migrate(self._url(name))
        await fill(self._url(name))
        admin = await asyncpg.connect(self._url(name, superuser=True))
        await admin.execute("VACUUM (ANALYZE)")
        await admin.close()

    async def fresh(self, template: str = "template1") -> str:
        """The owner's URL of a new copy of a template; without one it is empty. The last copy is gone."""
        self._copied = None
        await self._create(RUN, template)
        await self._admin.execute("CHECKPOINT")
        return self._url(RUN)

    async def unchanged(self, template: str) -> str:
        """The same for those who only read: the copy that those before them have read, where it is of this template."""
        if self._copied != template:
            await self.fresh(template)
            self._copied = template
        return self._url(RUN)

    async def settle(self) -> None:
        """Bring what a run has prepared to rest: dead rows gone, statistics true, nothing left to write."""
        admin = await asyncpg.connect(self._url(RUN, superuser=True))
        await admin.execute("VACUUM (ANALYZE)")
        await admin.execute("CHECKPOINT")
        await admin.close()
        # A copy of some gigabytes is written to the disk long after it is there.
        await asyncio.to_thread(os.sync)

    async def audit(self, query: str) -> asyncpg.Record:
        """The one row of a query on the database of the run."""
        admin = await asyncpg.connect(
            self._url(RUN, superuser=True), server_settings={"search_path": "dripline, public"}
        )
        try:
            row = await admin.fetchrow(query)
        finally:
            await admin.close()
        assert row is not None
        return row

    @asynccontextmanager
    async def metered(self, pids: Mapping[str, int]) -> AsyncIterator[Meter]:
        """Measure what these processes and PostgreSQL use up within the block."""
        meter = Meter()
        everybody = {**pids, "postgres": self.running.pid}
        log = await self._wal()
        before = {name: cpu_seconds(pid) for name, pid in everybody.items()}
        yield meter
        meter.cpu = {name: round(cpu_seconds(pid) - before[name], 2) for name, pid in everybody.items()}
        meter.wal_bytes = await self._wal() - log

    async def settings(self, *names: str) -> dict[str, str]:
        """Settings of PostgreSQL as they are in force."""
        return {name: await self._admin.fetchval("SELECT current_setting($1)", name) for name in names}

    async def _wal(self) -> int:
        found: int = await self._admin.fetchval("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
        return found

    async def _create(self, name: str, template: str) -> None:
        await self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        # By files: a template of some gigabytes is not written to the log first.
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER dripline STRATEGY file_copy")

    def _url(self, name: str, *, superuser: bool = False) -> str:
        url = self.running.superuser_url if superuser else self.running.owner_url
        return urlsplit(url)._replace(path=f"/{name}").geturl()


@asynccontextmanager
async def a_stage(folder: Path, *, quick: bool, profile_to: Path | None) -> AsyncIterator[Stage]:
    """PostgreSQL in `folder` for as long as it is measured; afterwards the folder is gone."""
    server = EmbeddedServer(folder)
    running = await server.start()
    try:
        admin = await asyncpg.connect(running.superuser_url)
        try:
            yield Stage(running, quick, profile_to, folder, admin)
        finally:
            await admin.close()
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)
