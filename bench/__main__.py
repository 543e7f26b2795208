"""`python -m bench [workload …] [--quick]`: measure, and write down what came of it."""

import asyncio
import importlib.util
import logging
import pstats
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import cyclopts
import structlog
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import (
    blocks,
    engine,
    enrolling,
    first_mail,
    following,
    importing,
    ingest,
    mail,
    message,
    numbers,
    renders,
    segments,
    thin,
    tracking,
    triggers,
)
from bench.machine import machine
from bench.records import Report, Run
from bench.report import keep, page
from bench.stage import Stage, a_stage
from bench.workload import Workload
from dripline.kernel.clock import iso, real_now

_MODULES = (
    *(engine, thin, ingest, triggers, enrolling, importing, segments, following, first_mail, mail, tracking, numbers),
    *(renders, blocks, message),
)
WORKLOADS = {module.WORKLOAD.name: module.WORKLOAD for module in _MODULES}
_HERE = Path(__file__).parent
_LINES_OF_PROFILE = 30
_console = Console(width=160)


def bench(*workloads: str, quick: bool = False, pairs: int = 5, profile: bool = False) -> None:
    """Measure Dripline beside its peers, and write bench/results.

    Args:
        workloads: Which ones; all of them when none is named.
        quick: Little of everything, once; nothing is written. To see that it works, not how fast it is.
        pairs: How often each side is measured, in turns.
        profile: Only our own side, once, under cProfile; shows where its time goes, writes nothing.
    """
    unknown = sorted(set(workloads) - WORKLOADS.keys())
    if unknown:
        sys.exit(f"no such workload: {', '.join(unknown)}; expected some of {', '.join(WORKLOADS)}")
    chosen = [WORKLOADS[name] for name in workloads] if workloads else list(WORKLOADS.values())
    if not profile and any(workload.needs_peers for workload in chosen):
        _check_peers()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_measure_all(chosen, quick=quick, pairs=1 if quick else pairs, profile=profile))


async def _measure_all(chosen: Sequence[Workload], *, quick: bool, pairs: int, profile: bool) -> None:
    data = _HERE / ".data"
    profile_to = data / "profile" if profile else None
    async with a_stage(data, quick=quick, profile_to=profile_to) as stage:
        for workload in chosen:
            if profile_to is not None:
                await _profile(stage, workload, profile_to)
                continue
            report = await _measure(stage, workload, pairs=pairs)
            _console.print(Markdown(page(report)))
            if not quick:
                _console.print(f"written: {keep(report).relative_to(_HERE.parent)}")


async def _measure(stage: Stage, workload: Workload, *, pairs: int) -> Report:
    facts = await machine(stage)
    runs: list[Run] = []
    with _progress() as progress:
        task = progress.add_task(workload.name, total=pairs * len(workload.sides), side="preparing")
        await workload.prepare(stage)
        for repetition in range(1, pairs + 1):
            for side in workload.sides:
                progress.update(task, side=f"{repetition}/{pairs} {side.name}")
                runs.append(await side.measure(stage, repetition))
                progress.advance(task)
    return Report(
        workload=workload.name,
        about=workload.about,
        unit=workload.unit,
        at=iso(real_now()),
        machine=facts,
        settings=workload.settings(stage),
        sides={side.name: side.about for side in workload.sides},
        runs=runs,
        aims=workload.aims(runs),
    )


async def _profile(stage: Stage, workload: Workload, path: Path) -> None:
    await workload.prepare(stage)
    await workload.sides[0].measure(stage, 1)
    _console.print(f"[bold]{workload.name}[/bold], our side, by own time")
    pstats.Stats(str(path)).sort_stats("tottime").print_stats(_LINES_OF_PROFILE)


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, TextColumn("{task.fields[side]}"), console=_console)


def _check_peers() -> None:
    """Refuse to measure without those we are compared with; say how to get them."""
    missing = [name for name in ("pgqueuer", "procrastinate") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"bench: {' and '.join(missing)} cannot be imported. `make bench` installs them; by hand:\n"
            "  uv pip install --require-hashes -r requirements/bench.lock"
        )
    if shutil.which("node") is None or not (_HERE / "peers" / "graphile" / "node_modules").exists():
        sys.exit(
            "bench: graphile-worker is not installed (it needs Node 18 or newer). `make bench` does it; by hand:\n"
            "  npm ci --prefix bench/peers/graphile"
        )


if __name__ == "__main__":
    cyclopts.run(bench)
