"""A spool: what the database cannot take just now, kept on disk until it can.

Any number of processes may share a folder. Each writes a file of its own and holds a lock on it; what somebody who died
has left is found by whoever looks next. What is given twice must count once: a process may die between having brought
it and throwing it away.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

from dripline.database.private_files import FileLock, flush_folder
from dripline.durable.group_commit import GroupCommit
from dripline.kernel.ids import new_uuid

_log = structlog.get_logger()

Item = TypeVar("Item", bound=msgspec.Struct)

_MOST_TOGETHER = 1_000
# A file is read as a whole.
_LARGEST_FILE = 4_000_000


@dataclass(frozen=True, slots=True)
class _File:
    """A file that nobody else reads or writes as long as we have its lock."""

    path: Path
    lock: FileLock


class Spool(Generic[Item]):
    """A folder of lines of JSON, each of one `kind`, in about the order in which they came."""

    def __init__(self, folder: Path, kind: type[Item]) -> None:
        self._folder = folder
        self._decode = msgspec.json.Decoder(kind).decode
        self._together: GroupCommit[str, Item, None] = GroupCommit(self._write, most=_MOST_TOGETHER)
        self._busy = asyncio.Lock()
        self._own: _File | None = None

    async def keep(self, item: Item) -> None:
        """Write something down; returns when the disk has it.

        Raises:
            OSError: it cannot be written.
        """
        await self._together.add(self._folder.name, [item])[0]

    async def replay(self, act: Callable[[Sequence[Item]], Awaitable[None]]) -> float | None:
        """Give the oldest file to `act`, and throw it away afterwards; gives 0 when there may be more.

        Raises:
            Whatever `act` raises: the file stays.
        """
        async with self._busy:
            file = await asyncio.to_thread(self._oldest)
        if file is None:
            return None
        try:
            if items := await asyncio.to_thread(self._read, file.path):
                await act(items)
            await asyncio.to_thread(file.path.unlink, missing_ok=True)
        finally:
            file.lock.close()
        return 0

    async def _write(self, _: str, items: Sequence[Item]) -> Sequence[None]:
        async with self._busy:
            await asyncio.to_thread(self._append, b"".join(msgspec.json.encode(item) + b"\n" for item in items))
        _log.warning("kept_on_disk", what=self._folder.name, count=len(items))
        return [None] * len(items)

    def _append(self, lines: bytes) -> None:
        file, self._own = self._own or self._make(), None
        try:
            with file.path.open("ab") as written:
                written.write(lines)
                written.flush()
                os.fsync(written.fileno())
                is_full = written.tell() > _LARGEST_FILE
        except OSError:
            # Its last line may be torn: nothing may come after it.
            file.lock.close()
            raise
        if is_full:
            file.lock.close()
        else:
            self._own = file

    def _make(self) -> _File:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Nobody takes it for one that was left before it has its last name, and then it is locked.
        draft = self._folder / f"{new_uuid()}.new"
        lock = FileLock(draft)
        lock.take()
        path = draft.rename(draft.with_suffix(".jsonl"))
        flush_folder(self._folder)
        return _File(path, lock)

    def _oldest(self) -> _File | None:
        for path in sorted(self._folder.glob("*.jsonl")):
            lock = FileLock(path)
            if lock.take():
                return _File(path, lock)
        # Our own one only when no older one waits: while none can be brought it grows, and no others come beside it.
        file, self._own = self._own, None
        return file

    def _read(self, path: Path) -> list[Item]:
        items = []
        for line in path.read_bytes().splitlines():
            # The last line of a process that died may be torn. It was never answered.
            with suppress(msgspec.MsgspecError):
                items.append(self._decode(line))
        return items
