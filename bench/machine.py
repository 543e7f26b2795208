"""What the figures were measured on."""

import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.stage import Stage

_SETTINGS = (
    *("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "wal_compression"),
    *("max_wal_size", "jit", "autovacuum"),
)
_PACKAGES = ("dripline", "asyncpg", "uvloop", "litestar", "uvicorn", "aiosmtplib", "python-liquid")
_PEERS = ("pgqueuer", "procrastinate", "psycopg")


async def machine(stage: Stage) -> dict[str, str]:
    """The machine, the versions, and the settings of PostgreSQL."""
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _line_of(Path("/proc/cpuinfo"), "model name"),
        "memory": _line_of(Path("/proc/meminfo"), "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
        "node": _node(),
        "graphile-worker": _graphile(),
        **{name: _version(name) for name in (*_PACKAGES, *_PEERS)},
        **{f"postgres {name}": value for name, value in (await stage.settings(*_SETTINGS)).items()},
    }


def _line_of(path: Path, name: str) -> str:
    lines = path.read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _graphile() -> str:
    wanted = json.loads((Path(__file__).parent / "peers" / "graphile" / "package.json").read_text())["dependencies"]
    return str(wanted["graphile-worker"])


def _node() -> str:
    try:
        return subprocess.run(("node", "--version"), capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
