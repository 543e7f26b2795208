"""engine: durable steps a second in one workspace, beside less of the same, and beside job queues that do nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec

from bench.children import program, running
from bench.people import STEP, a_sequence, a_workspace, all_due, opened, some_contacts
from bench.records import Aim, Run, median_rate, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload
from dripline.engine.runs.turn import MOST_CONTACTS

_TEMPLATE = "bench_engine"
_WARM_TURNS = 10
_GRAPHILE = Path(__file__).parent / "peers" / "graphile"

_AUDIT = """
    SELECT (SELECT count(*) FROM enrollment WHERE due_at IS NULL AND step = 'mail' AND visits = 2) AS moved,
        (SELECT count(*) FROM outbox) AS queued, (SELECT count(*) FROM message) AS messages,
        (SELECT count(*) FROM visit) AS visits,
        (SELECT count(*) - count(DISTINCT source_id) FROM message) AS doubled
"""


def _people(stage: Stage) -> int:
    return stage.size(100_000, quick=10_000)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            sequence = await a_sequence(database, workspace, STEP, name="bench")
            await some_contacts(database, workspace.id, _people(stage))
            await all_due(database, sequence, {workspace.id: sequence.id})

    await stage.template(_TEMPLATE, fill)


def _turns(how: str, *, workers: int = 1) -> Measure:
    """A measurement of our own turns; with several workers they share the work until nobody is due."""
    name = how if workers == 1 else f"{how}, {workers} workers"

    async def measure(stage: Stage, repetition: int) -> Run:
        url = await stage.fresh(_TEMPLATE)
        people = _people(stage)
        asked = {"url": url, "how": how, "limit": MOST_CONTACTS, "warm_turns": _WARM_TURNS // workers, "most": people}
        profile = stage.profile_to if how == "dripline" else None
        command = program("turns", asked, profile_to=profile)
        if workers == 1:
            async with running(name, *command) as one:
                await one.heard("ready")
                async with stage.metered({"worker": one.pid}) as meter:
                    await one.tell(go=True)
                    done = [await one.heard("done")]
        else:
            async with running(name, *command) as one, running(name, *command) as two:
                await one.heard("ready")
                await two.heard("ready")
                async with stage.metered({"worker": one.pid, "worker 2": two.pid}) as meter:
                    await one.tell(go=True)
                    await two.tell(go=True)
                    done = [await one.heard("done"), await two.heard("done")]
        audit = await stage.audit(_AUDIT)
        done_at_all = min(audit["moved"], audit["queued"], audit["messages"], audit["visits"])
        return Run(
            side=name,
            repetition=repetition,
            units=sum(each["units"] for each in done),
            seconds=max(each["seconds"] for each in done),
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=people - done_at_all,
            doubled=audit["doubled"],
        )

    return measure


def _python_peer(side: str, name: str, remaining: str, order: Mapping[str, object], *, jobs: int, quick: int) -> Side:
    async def measure(stage: Stage, repetition: int) -> Run:
        asked = {**order, "url": await stage.fresh(), "jobs": stage.size(jobs, quick=quick)}
        return await _peer(stage, side, repetition, program(name, asked), remaining)

    return Side(side, ", ".join(f"{key} {value}" for key, value in {"jobs": jobs, **order}.items()), measure)


def _graphile(side: str, about: str, order: Mapping[str, object], *, jobs: int, quick: int) -> Side:
    async def measure(stage: Stage, repetition: int) -> Run:
        url = urlsplit(await stage.fresh())
        connection = {
            "host": parse_qs(url.query)["host"][0],
            "port": int(parse_qs(url.query)["port"][0]),
            "user": url.username,
            "password": url.password,
            "database": url.path.strip("/"),
        }
        asked = {**order, "connection": connection, "jobs": stage.size(jobs, quick=quick)}
        command = ("node", str(_GRAPHILE / "noop.mjs"), msgspec.json.encode(asked).decode())
        return await _peer(stage, side, repetition, command, "SELECT count(*) FROM graphile_worker._private_jobs")

    return Side(side, about, measure)


async def _peer(stage: Stage, side: str, repetition: int, command: Sequence[str], remaining: str) -> Run:
    async with running(side, *command) as peer:
        await peer.heard("ready")
        await stage.settle()
        async with stage.metered({"worker": peer.pid}) as meter:
            await peer.tell(go=True)
            done = await peer.heard("done")
        left = (await stage.audit(remaining))[0]
    units, seconds = done["units"], done["seconds"]
    cpu, log = meter.cpu, meter.wal_bytes
    return Run(side=side, repetition=repetition, units=units, seconds=seconds, cpu=cpu, wal_bytes=log, lost=left)


def _aims(runs: Sequence[Run]) -> list[Aim]:
    ours = "dripline"
    best = {peer: max(median_rate(runs, f"{peer} default"), median_rate(runs, f"{peer} tuned")) for peer in _PEERS}
    rate = median_rate(runs, ours)
    return [
        Aim("floor: 0.5 x the same turn with an empty interpreter", 0.5, ratio(runs, ours, "empty")),
        Aim("for comparison: x the statements alone", 0.5, ratio(runs, ours, "statements")),
        Aim("floor: ahead of pgqueuer's no-op jobs/s", 1, rate / best["pgqueuer"]),
        Aim("floor: 50 x procrastinate's no-op jobs/s", 50, rate / best["procrastinate"]),
        Aim("goal: graphile-worker's no-op jobs/s", 1, rate / best["graphile"]),
    ]


_PEERS = ("pgqueuer", "procrastinate", "graphile")
_PGQUEUER_LEFT = "SELECT count(*) FROM pgqueuer"
_PROCRASTINATE_LEFT = "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'"
_TUNED = {"localQueue": {"size": 500}, "completeJobBatchDelay": 0, "failJobBatchDelay": 0}
_KEEPS_NOTHING = "keeps nothing of a job that is done"

WORKLOAD = Workload(
    name="engine",
    about="Everybody of one workspace is due at a step: an exit condition, a condition, an email that parks. "
    "One unit is one enrollment moved: its contact locked, its step decided, cursor, visit, message and outbox row "
    "written. The peers' unit is one job that does nothing and leaves nothing but a statistic.",
    unit="steps/s",
    sides=(
        Side("dripline", "the product's turn, one worker, 500 enrollments a transaction", _turns("dripline")),
        Side("empty", "the same turn with an interpreter that answers at once", _turns("empty")),
        Side("statements", "the same statements from a bare loop, no objects", _turns("statements")),
        Side("dripline, 2 workers", "the product's turn, two workers on one lane", _turns("dripline", workers=2)),
        _python_peer(
            *("pgqueuer default", "pgqueuer_noop", _PGQUEUER_LEFT),
            {"batch_size": 10, "tuned": False},
            jobs=20_000,
            quick=3_000,
        ),
        _python_peer(
            *("pgqueuer tuned", "pgqueuer_noop", _PGQUEUER_LEFT),
            {"batch_size": 500, "tuned": True},
            jobs=100_000,
            quick=10_000,
        ),
        _python_peer(
            *("procrastinate default", "procrastinate_noop", _PROCRASTINATE_LEFT),
            {"concurrency": 1, "pool": 4},
            jobs=1_500,
            quick=300,
        ),
        _python_peer(
            *("procrastinate tuned", "procrastinate_noop", _PROCRASTINATE_LEFT),
            {"concurrency": 20, "pool": 20},
            jobs=3_000,
            quick=500,
        ),
        _graphile(
            "graphile default",
            f"10 jobs at once; {_KEEPS_NOTHING}",
            {"concurrency": 10, "pool": 12, "worker": {}},
            jobs=30_000,
            quick=5_000,
        ),
        _graphile(
            "graphile tuned",
            f"24 jobs at once, local queue of 500, completions together; {_KEEPS_NOTHING}",
            {"concurrency": 24, "pool": 25, "worker": _TUNED},
            jobs=200_000,
            quick=20_000,
        ),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "enrollments due": f"{_people(stage):,}",
        "enrollments in a turn": str(MOST_CONTACTS),
        "warm-up": f"{_WARM_TURNS} turns, not counted",
    },
    needs_peers=True,
)
