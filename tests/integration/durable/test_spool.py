"""What is kept on disk while the database is away. Needs a disk, and no database."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from dripline.durable.spool import Spool


class Thing(msgspec.Struct, frozen=True):
    """Something to keep."""

    number: int


class Shelf:
    """Where things are brought to; refuses them while it is away."""

    def __init__(self) -> None:
        self.things: list[int] = []
        self.is_away = False

    async def bring(self, things: Sequence[Thing]) -> None:
        if self.is_away:
            raise ConnectionError("away")
        self.things += [thing.number for thing in things]


def files(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def everything(spool: Spool[Thing]) -> list[int]:
    shelf = Shelf()
    while await spool.replay(shelf.bring) is not None:
        pass
    return shelf.things


async def test_what_was_kept_is_brought_once_and_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "things", Thing)

    await asyncio.gather(*(spool.keep(Thing(number)) for number in range(2_500)))

    assert await everything(spool) == list(range(2_500))
    assert await everything(spool) == []
    assert files(tmp_path / "things") == 0


async def test_what_cannot_be_brought_stays_and_what_comes_meanwhile_comes_after_it(tmp_path: Path) -> None:
    spool, shelf = Spool(tmp_path, Thing), Shelf()
    shelf.is_away = True

    for number in range(6):
        await spool.keep(Thing(number))
        with pytest.raises(ConnectionError):
            await spool.replay(shelf.bring)

    assert files(tmp_path) == 2
    assert await everything(spool) == list(range(6))


async def test_what_a_living_process_writes_is_left_to_it_and_what_a_dead_one_left_is_brought(tmp_path: Path) -> None:
    living, other = Spool(tmp_path, Thing), Spool(tmp_path, Thing)
    await living.keep(Thing(1))
    (tmp_path / "00000000-left.jsonl").write_bytes(b'{"number":7}\n{"number":8}\n{"numb')

    assert await everything(other) == [7, 8]
    assert await everything(living) == [1]


async def test_nothing_is_written_behind_a_line_that_may_be_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, Thing)
    await spool.keep(Thing(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            await spool.keep(Thing(2))
    await spool.keep(Thing(3))

    assert files(tmp_path) == 2
    assert (await everything(spool))[-1] == 3


async def test_a_large_outage_fills_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dripline.durable.spool._LARGEST_FILE", 100)
    spool = Spool(tmp_path, Thing)

    for number in range(50):
        await spool.keep(Thing(number))

    assert files(tmp_path) > 5
    assert await everything(spool) == list(range(50))
