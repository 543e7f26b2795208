"""tracking: hits by links in mail, answered when they are committed, beside a server that only answers them."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.children import Child, program, read_json, running, until
from bench.first_mail import Times, percentiles
from bench.people import STEP, a_sequence, a_workspace, opened, some_contacts
from bench.product import a_port, a_worker, an_api, answers
from bench.records import Aim, Run, median_figure, median_rate, ratio
from bench.stage import Meter, Stage
from bench.workload import Measure, Side, Workload
from dripline.database.queries import Query

_TEMPLATE = "bench_tracking"
_CONNECTIONS = 64
_MESSAGES = 20_000
_RATE = 1_000
_SEED = 20_261
_WARM_SECONDS = 1.5
_OURS, _BARE = "dripline", "bare redirect"
_P99, _LATE = "answer p99 ms", "in the numbers after s"

_SENT = Query(
    "sent",
    "Sends a message to everybody, an hour ago; its id is its number.",
    "INSERT INTO message (workspace_id, source_id, visit, id, contact_id, sequence_id, sequence_version, step, "
    "template_id, from_address, to_address, subject, status, queued_at, sent_at, settled_at) "
    "SELECT c.workspace_id, gen_random_uuid(), 1, "
    "lpad(to_hex(row_number() OVER (ORDER BY c.id)), 32, '0')::uuid, c.id, s.id, s.version, 'mail', t.id, "
    "'ann@example.com', c.email, 'Your trial', 'sent', now() - interval '1 hour', now() - interval '1 hour', "
    "now() - interval '1 hour' FROM contact AS c, sequence AS s, template AS t WHERE c.workspace_id = $1",
)
_SPACE = "SELECT id::text AS id FROM workspace"
# Each hit is one of these four, whoever it came from; a click tells an event with a URL that comes once.
_AUDIT = """
    SELECT (SELECT count(*) FROM hit) AS waiting,
        coalesce(sum(count) FILTER (
            WHERE what IN ('clicked', 'machine_clicked', 'opened', 'machine_opened')), 0)::bigint AS counted,
        (SELECT count(*) - count(DISTINCT properties ->> 'url') FROM event
            WHERE name IN ('email.clicked', 'email.machine_clicked')) AS doubled
    FROM (SELECT subject, what, count FROM tally_delta UNION ALL SELECT subject, what, count FROM tally_by_day) AS t
    WHERE subject = 'mail/'
"""
_LONGEST_SECONDS = 600


def _messages(stage: Stage) -> int:
    return stage.size(_MESSAGES, quick=2_000)


def _seconds(stage: Stage) -> int:
    return stage.size(10, quick=3)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            await a_sequence(database, workspace, STEP, name="trial")
            await some_contacts(database, workspace.id, _messages(stage))
            async with database.work() as tx:
                await tx.run(_SENT, workspace.id)

    await stage.template(_TEMPLATE, fill)


def _closed(how: str) -> Measure:
    """As many hits as are answered."""

    async def measure(stage: Stage, repetition: int) -> Run:
        url, port = await stage.fresh(_TEMPLATE), a_port()
        order = {
            **await _order(stage, port),
            # More than a server answers in the time.
            "requests": stage.size(150_000, quick=50_000),
            "seconds": _seconds(stage),
            "warm_seconds": _WARM_SECONDS,
        }
        async with running("load", *program("load", order)) as load, _server(stage, how, url, port) as server:
            await load.heard("made")
            await load.tell(go=True)
            await load.heard("ready")
            async with stage.metered({"server": server.pid, "load": load.pid}) as meter:
                done = await load.heard("done")
            audit = await _audit(stage, url, done["accepted"]) if how == _OURS else {}
        return Run(
            side=how,
            repetition=repetition,
            units=done["units"],
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            **_judged(audit),
            figures={"refused": done["refused"]} | ({"judged/s": audit["rate"]} if audit else {}),
        )

    return measure


def _open(how: str) -> Measure:
    """Hits that come at their times, the worker beside it."""

    async def measure(stage: Stage, repetition: int) -> Run:
        url, port = await stage.fresh(_TEMPLATE), a_port()
        count = _RATE * (_seconds(stage) + 1)
        file = stage.folder / "times.json"
        order = {
            **await _order(stage, port),
            "requests": count,
            "rate": _RATE,
            "seed": _SEED + repetition,
            "file": str(file),
        }
        async with running("load", *program("load", order)) as load, _server(stage, how, url, port) as server:
            await load.heard("made")
            pids = {"server": server.pid, "load": load.pid}
            async with _a_worker(url, how) as worker:
                async with stage.metered({**pids, **worker}) as meter:
                    await load.tell(go=True)
                    await load.heard("ready")
                    done = await load.heard("done")
                accepted = count - done["refused"]
                late = {_LATE: await _counted_after(stage, accepted)} if how == _OURS else {}
            audit = await _audit(stage, url, accepted) if how == _OURS else {}
        return _run(f"{how}, {_RATE:,}/s", repetition, read_json(file, Times), meter, audit, late)

    return measure


async def _counted_after(stage: Stage, accepted: int) -> float:
    """How many seconds after the last answer the numbers have everything that was answered."""
    start = time.perf_counter()

    async def is_counted() -> bool:
        await asyncio.sleep(0.05)
        return bool((await stage.audit(_AUDIT))["counted"] >= accepted)

    await until(is_counted, within=_LONGEST_SECONDS)
    return round(time.perf_counter() - start, 2)


def _run(
    side: str, repetition: int, times: Times, meter: Meter, audit: dict[str, float], late: dict[str, float]
) -> Run:
    took = [each for each in times.took[_RATE:] if each >= 0]
    return Run(
        side=side,
        repetition=repetition,
        units=len(took),
        seconds=times.due[-1] - times.due[_RATE],
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        **_judged(audit),
        figures={
            **{f"answer {name} ms": value for name, value in percentiles(took).items()},
            "refused": times.took.count(-1.0),
            **late,
        },
    )


async def _order(stage: Stage, port: int) -> dict[str, object]:
    workspace = (await stage.audit(_SPACE))["id"]
    return {"port": port, "connections": _CONNECTIONS, "workspace": workspace, "messages": _messages(stage)}


@asynccontextmanager
async def _server(stage: Stage, how: str, url: str, port: int) -> AsyncIterator[Child]:
    if how == _OURS:
        spool = stage.folder / "product"
        shutil.rmtree(spool, ignore_errors=True)
        async with an_api(url, port=port, folder=spool, profile_to=stage.profile_to) as api:
            yield api
        return
    async with running(how, *program("bare_redirect", {"port": port})) as bare:
        await bare.heard("ready")
        await answers(port)
        yield bare


@asynccontextmanager
async def _a_worker(url: str, how: str) -> AsyncIterator[dict[str, int]]:
    """A worker of the product, where it is the product that is measured; its process id by name."""
    if how != _OURS:
        yield {}
        return
    async with a_worker(url, sink=25) as worker:
        yield {"worker": worker.pid}


async def _audit(stage: Stage, url: str, accepted: int) -> dict[str, float]:
    """What came of the hits, once a worker has judged them all; the server still runs, and brings what is on disk."""
    start = time.perf_counter()
    before = (await stage.audit(_AUDIT))["counted"]
    async with a_worker(url, sink=25):

        async def is_over() -> bool:
            # What waits on disk is brought within seconds; without such, there is nothing to wait for.
            await asyncio.sleep(0.1)
            found = await stage.audit(_AUDIT)
            return found["waiting"] == 0 and (found["counted"] >= accepted or not _spool(stage).exists())

        await until(is_over, within=_LONGEST_SECONDS)
    seconds = time.perf_counter() - start
    found = await stage.audit(_AUDIT)
    return {
        "lost": accepted - found["counted"],
        "doubled": found["doubled"],
        "rate": (found["counted"] - before) / seconds,
    }


def _spool(stage: Stage) -> Path:
    return stage.folder / "product" / "hits"


def _judged(audit: dict[str, float]) -> dict[str, int | None]:
    return {name: int(audit[name]) if audit else None for name in ("lost", "doubled")}


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim("aim: 5,000 hits/s accepted on 2 cores", 5_000, median_rate(runs, _OURS)),
        Aim("the same server, only redirecting", 0.5, ratio(runs, _OURS, _BARE)),
        Aim(f"p99 at {_RATE:,} hits/s, in ms", 50, median_figure(runs, f"{_OURS}, {_RATE:,}/s", _P99), at_most=True),
        Aim(
            "s until all of it is in the numbers", 2, median_figure(runs, f"{_OURS}, {_RATE:,}/s", _LATE), at_most=True
        ),
    ]


WORKLOAD = Workload(
    name="tracking",
    about="Clicks and opens in turns, each by a link of its own in one of many messages. A hit counts when its answer "
    "has come: it is committed. Afterwards a worker judges all of them. Lost: answered, and counted nowhere; doubled: "
    "told twice.",
    unit="hits/s",
    sides=(
        Side(_OURS, "`dripline serve`, as fast as it answers", _closed(_OURS)),
        Side(_BARE, "same server and framework; a fixed answer, nothing read or written", _closed(_BARE)),
        Side(
            f"{_OURS}, {_RATE:,}/s",
            f"`dripline serve` and `dripline worker`, {_RATE:,} hits a second in an open loop",
            _open(_OURS),
        ),
        Side(f"{_BARE}, {_RATE:,}/s", f"the fixed answer, {_RATE:,} hits a second in an open loop", _open(_BARE)),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "messages": f"{_messages(stage):,}",
        "connections": str(_CONNECTIONS),
        "measured": f"{_seconds(stage)} s after {_WARM_SECONDS} s of warm-up (open loop: 1 s)",
        "judged/s": "by one worker afterwards, its start included",
    },
)
