"""ingest: events over HTTP, acknowledged when they are committed, beside an endpoint that only inserts them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.children import Child, program, running
from bench.people import STEP, a_sequence, a_workspace, opened, some_contacts
from bench.product import a_port, an_api, answers
from bench.programs.requests import NAMES
from bench.records import Aim, Run, median_rate, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_TEMPLATE = "bench_ingest"
_CONNECTIONS = 64
_BATCH = 1_000
_BATCH_CONNECTIONS = 4
_WARM_SECONDS = 1.5
_SEQUENCES = 10

_AUDIT = """
    SELECT count(*) AS events, count(*) - count(DISTINCT properties ->> 'n') AS doubled,
        (SELECT count(*) FROM enrollment) AS enrolled, (SELECT min(id::text) FROM workspace) AS workspace
    FROM event
"""
_TRIGGER = "trigger: { event: trial.started }"


def _contacts(stage: Stage) -> int:
    return stage.size(120_000, quick=20_000)


def _seconds(stage: Stage) -> int:
    return stage.size(10, quick=3)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            await a_sequence(database, workspace, STEP, name="trial")
            for number in range(1, _SEQUENCES):
                definition = STEP.replace(_TRIGGER, f"trigger: {{ event: other.event.{number} }}")
                await a_sequence(database, workspace, definition, name=f"other-{number}")
            await some_contacts(database, workspace.id, _contacts(stage))

    await stage.template(_TEMPLATE, fill)


def _events(how: str, *, batch: int = 0) -> Measure:
    name = f"{how}, batches" if batch else how

    async def measure(stage: Stage, repetition: int) -> Run:
        url, port = await stage.fresh(_TEMPLATE), a_port()
        asked = {
            "port": port,
            "connections": _BATCH_CONNECTIONS if batch else _CONNECTIONS,
            "seconds": _seconds(stage),
            "warm_seconds": _WARM_SECONDS,
            "seed": repetition,
            "batch": batch,
            "contacts": _contacts(stage),
            "requests": _contacts(stage) * 4 // batch if batch else _contacts(stage),
        }
        async with running("load", *program("load", asked)) as load, _server(stage, how, url, port) as server:
            await load.heard("made")
            await load.tell(go=True)
            await load.heard("ready")
            async with stage.metered({"server": server.pid, "load": load.pid}) as meter:
                done = await load.heard("done")
        audit, size = await stage.audit(_AUDIT), batch or 1
        return Run(
            side=name,
            repetition=repetition,
            units=done["units"] * size,
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=done["accepted"] * size - audit["events"],
            doubled=audit["doubled"],
            figures={"refused": done["refused"], "enrolled": audit["enrolled"]},
        )

    return measure


@asynccontextmanager
async def _server(stage: Stage, how: str, url: str, port: int) -> AsyncIterator[Child]:
    if how == "dripline":
        async with an_api(url, port=port, profile_to=stage.profile_to) as api:
            yield api
        return
    workspace = (await stage.audit(_AUDIT))["workspace"]
    async with running(how, *program("bare_ingest", {"url": url, "port": port, "workspace": workspace})) as bare:
        await bare.heard("ready")
        await answers(port)
        yield bare


def _aims(runs: Sequence[Run]) -> list[Aim]:
    share = ratio(runs, "dripline", "bare insert")
    return [
        Aim("floor: 0.5 x the same server with a bare insert batch", 0.5, share),
        Aim("goal: 0.7 x the same", 0.7, share),
        Aim("aim: 40,000 events/s in batches", 40_000, median_rate(runs, "dripline, batches")),
    ]


WORKLOAD = Workload(
    name="ingest",
    about=f"One event a request on {_CONNECTIONS} connections, and {_BATCH:,} a request on {_BATCH_CONNECTIONS}. An "
    f"event counts when its 2xx has come: it is committed, with its enrollments. One event in {len(NAMES)} starts a "
    "sequence. Lost: acknowledged and not in the table.",
    unit="events/s",
    sides=(
        Side(
            "dripline",
            "`dripline serve`: keys, checks, contacts locked, triggers matched, enrolled",
            _events("dripline"),
        ),
        Side(
            "bare insert",
            "same server, framework and group commit; nothing but the insert of the event row",
            _events("bare insert"),
        ),
        Side("dripline, batches", "the same by /api/events/batch", _events("dripline", batch=_BATCH)),
        Side("bare insert, batches", "the same, nothing but the insert", _events("bare insert", batch=_BATCH)),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "contacts": f"{_contacts(stage):,}",
        "active sequences": str(_SEQUENCES),
        "measured": f"{_seconds(stage)} s after {_WARM_SECONDS} s of warm-up",
        "events in a transaction": "500 at most",
    },
)
