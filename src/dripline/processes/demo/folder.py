"""The folder of a demo: its own, and fresh each time."""

import shutil
from pathlib import Path

from dripline.database.embedded_folder import DataFolder, living
from dripline.kernel.errors import Refused

MARK = "demo.txt"
LOG = "demo.log"
_WORDS = "This folder belongs to `dripline demo`, which empties it whenever it starts.\n"
_KEPT = frozenset((MARK, "lock"))


def make_fresh(path: Path) -> None:
    """Make an empty folder for a demo. What an earlier demo left in it goes.

    Raises:
        AlreadyRunning: a demo runs in it.
        Refused: it is not the folder of a demo, or not ours. Nothing was deleted.
    """
    if path.is_symlink() or (path.exists() and not _may_be_emptied(path)):
        raise Refused(f"{path} is not the folder of a demo, so it is not touched. Choose another with --data.")
    folder = DataFolder(path)
    lock = folder.make()
    try:
        if pids := living(folder.cluster):
            raise Refused(f"The PostgreSQL of an earlier demo still works in {path} (process {pids[0]}). End it first.")
        # First the mark: a folder that was emptied by half must still be known as a demo's.
        (path / MARK).write_text(_WORDS)
        _empty(path)
    except OSError as error:
        raise Refused(f"The folder {path} of an earlier demo cannot be emptied: {error.strerror}.") from None
    finally:
        lock.close()


def _may_be_emptied(path: Path) -> bool:
    if not path.is_dir():
        return False
    names = {entry.name for entry in path.iterdir()}
    return MARK in names or names <= _KEPT


def _empty(path: Path) -> None:
    for entry in path.iterdir():
        if entry.name in _KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
