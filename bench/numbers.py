"""numbers: what became of a year of mail, asked by HTTP, beside counting it when it is asked."""

import asyncio
import urllib.request
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from bench.children import program, read_json, running
from bench.first_mail import Times, percentiles
from bench.people import KEY, SENDER, a_sequence, a_workspace, opened
from bench.product import a_port, an_api
from bench.records import Aim, Run, median_figure
from bench.stage import Stage
from bench.workload import Measure, Side, Workload
from dripline.campaigns import grouping
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.counting import Counted, Counts, count_mail
from dripline.durable.tallies import day_of
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import SequenceId, TemplateId, WorkspaceId

_TEMPLATE = "bench_numbers"
_SEQUENCES, _STEPS, _VERSIONS, _DAYS = 50, 8, 3, 364
_CONNECTIONS, _RATE, _SEED, _WARM_SECONDS = 16, 20, 20_262, 5
_NOT_FOLDED = 1_000
_CAMPAIGNS = 5
_STATS, _CAMPAIGN = "dripline, a sequence", "dripline, a campaign"
_METRICS, _SERIES, _TOGETHER = "dripline, a year by day", "dripline, a sequence by day", "dripline, a campaign by day"
_COUNTING = "counting rows"
_ASKED = "answer p99 ms"

_MAILED = "\n".join(
    ["trigger: { event: trial.started }", "steps:"]
    + [f"  - {{ id: mail-{step}, action: email, template: welcome }}" for step in range(1, _STEPS + 1)]
)
_DOMAIN = parse_mailbox(SENDER).address.domain
# Every event is one row; sixteen in fifty are openings, and so on, down to a complaint.
_ROWS = Query(
    "rows",
    "Keeps the events of mail as rows, over the year before the day $2: the peer counts them. Each of three versions "
    "had its third of the year (all workspaces: there is one).",
    "CREATE TABLE happened AS SELECT ($3::uuid[])[1 + n % 50] AS sequence, "
    "1 + (n / 400 % 364) * 3 / 364 AS version, 'mail-' || 1 + n / 50 % 8 AS step, "
    "$2::timestamptz - make_interval(days => 364 - (n / 400 % 364)) "
    "+ make_interval(hours => abs(hashint4(n)) % 24) AS at, "
    "($4::text[])[1 + abs(hashint4(n + 1)) % array_length($4, 1)] AS what FROM generate_series(0, $1 - 1) AS n",
)
_INDEX = Query("index", "Makes them easy to find.", "CREATE INDEX ON happened (sequence, at) INCLUDE (step, what)")
_SUMS = (
    "INSERT INTO {table} (workspace_id, subject, at, what, count) SELECT $1::uuid, s.subject, at, what, sum(count) "
    "FROM (SELECT sequence, version, step, date_trunc('{span}', at, 'UTC') AS at, what, count(*) AS count "
    "FROM happened WHERE at >= $4 GROUP BY 1, 2, 3, 4, 5) AS counted CROSS JOIN LATERAL (VALUES ('mail/'), "
    "('domain:' || $2 || '/'), ('template:' || $3::uuid || '/'), "
    "('sequence:' || sequence), ('sequence:' || sequence || '/' || version || '/' || step || '/')) AS s(subject) "
    "GROUP BY 2, 3, 4"
)
_BY_DAY = Query("by_day", "Adds up.", _SUMS.format(table="tally_by_day", span="day"))
_BY_MONTH = Query("by_month", "Adds up.", _SUMS.format(table="tally_by_month", span="month"))
_BY_HOUR = Query("by_hour", "Adds up.", _SUMS.format(table="tally_by_hour", span="hour"))
_RUNS = Query(
    "runs",
    "Lets people wait at the steps of all sequences.",
    "INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, status, step, since, visits, due_at, "
    "enrolled_at) SELECT $1, gen_random_uuid(), ($2::uuid[])[1 + n % 50], 1, gen_random_uuid(), 'active', "
    "'mail-' || 1 + n / 50 % 8, now(), 0, now() + interval '30 days', now() FROM generate_series(0, $3 - 1) AS n",
)
_RECOUNT = (
    "SELECT json_object_agg(what, n)::text AS found FROM (SELECT what, count(*) AS n FROM happened {} GROUP BY 1 "
    "UNION ALL SELECT 'waiting', count(*) FROM enrollment WHERE status = 'active') x"
)
_WORDS = ("sent", "delivered", "opened", "unique_opened", "clicked", "bounced", "complained", "unsubscribed")
# How often each of them happens in fifty.
_SHARES = dict(zip(_WORDS, (16, 15, 8, 5, 3, 1, 1, 1), strict=True))
_SHOWN = {"sent": "sent", "delivered": "delivered", "opened": "opens", "clicked": "clicks", "bounced": "bounces"}
# What is no series.
_STANDS = {"waiting": "waiting"}


def _events(stage: Stage) -> int:
    return stage.size(10_000_000, quick=200_000)


def _waiting(stage: Stage) -> int:
    return stage.size(1_000_000, quick=20_000)


def _seconds(stage: Stage) -> int:
    return stage.size(30, quick=5)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            made = [await a_sequence(database, workspace, _MAILED, name=f"s-{n}") for n in range(_SEQUENCES)]
            await _group(database, workspace.id)
            await _fill(database, workspace.id, [each.id for each in made], stage)

    await stage.template(_TEMPLATE, fill)


async def _group(database: Database, workspace: WorkspaceId) -> None:
    """Every sequence is in one of the campaigns."""
    async with database.work() as tx:
        for n in range(_CAMPAIGNS):
            await grouping.create(tx, workspace, name=f"c-{n}", description=None, now=real_now())
        for n in range(_SEQUENCES):
            await grouping.add_sequence(tx, workspace, f"c-{n % _CAMPAIGNS}", f"s-{n}", now=real_now())


async def _fill(database: Database, workspace: WorkspaceId, sequences: Sequence[SequenceId], stage: Stage) -> None:
    today = day_of(real_now())
    whats = [what for what, share in _SHARES.items() for _ in range(share)]
    async with database.work() as tx:
        # More rows than any request of the product may touch.
        await tx.run(Query("patience", "Waits for long.", "SET LOCAL statement_timeout = 0"))
        await tx.run(Query("room", "Adds up in memory.", "SET LOCAL work_mem = '1GB'"))
        await tx.run(_ROWS, _events(stage), today, sequences, whats)
        await tx.run(_INDEX)
        [template] = await tx.rows(Query("one", "Gives the template.", "SELECT id FROM template"))
        sums = workspace, _DOMAIN, template["id"]
        await tx.run(_BY_DAY, *sums, today - timedelta(days=_DAYS + 1))
        await tx.run(_BY_MONTH, *sums, today - timedelta(days=_DAYS + 1))
        await tx.run(_BY_HOUR, *sums, today - timedelta(days=60))
        await tx.run(_RUNS, workspace, sequences, _waiting(stage))
    # The newest have not been added up yet: the product leaves them like this, one statement for a batch of mail.
    add = Query("add", "Keeps one more.", "INSERT INTO happened VALUES ($1, 3, $2, $3, 'sent')")
    for n in range(_NOT_FOLDED):
        sequence, step = sequences[n % _SEQUENCES], f"mail-{1 + n % _STEPS}"
        async with database.work() as tx:
            counts = Counts(_DOMAIN, TemplateId(template["id"]), (sequence, 3, step))
            await count_mail(tx, workspace, [(counts, Counted.SENT)], now=today)
            await tx.run(add, sequence, step, today)


def _ask(side: str, path: str, *, of: int = 1) -> Measure:
    """Ask for a path, of so many sequences or campaigns in turns."""

    async def measure(stage: Stage, repetition: int) -> Run:
        url, port = await stage.unchanged(_TEMPLATE), a_port()
        count, file = _RATE * (_seconds(stage) + _WARM_SECONDS), stage.folder / "times.json"
        since = f"{day_of(real_now()) - timedelta(days=_DAYS):%Y-%m-%d}"
        paths = [path.format(n, since=since) for n in range(of)]
        order: dict[str, object] = {"port": port, "connections": _CONNECTIONS, "rate": _RATE, "requests": count}
        order |= {"seed": _SEED + repetition, "file": str(file), "paths": paths}
        async with (
            running("load", *program("load", order)) as load,
            an_api(url, port=port, profile_to=stage.profile_to) as api,
        ):
            await load.heard("made")
            async with stage.metered({"api": api.pid, "load": load.pid}) as meter:
                await load.tell(go=True)
                await load.heard("ready")
                done = await load.heard("done")
            wrong = await _compare(stage, port, sorted(set(paths)))
        times = read_json(file, Times)
        took = [each for each in times.took[_RATE * _WARM_SECONDS :] if each >= 0]
        return Run(
            side=side,
            repetition=repetition,
            units=len(took),
            seconds=times.due[-1] - times.due[_RATE * _WARM_SECONDS],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=max(0, wrong),
            doubled=max(0, -wrong),
            figures={
                **{f"answer {name} ms": value for name, value in percentiles(took).items()},
                "refused": done["refused"],
            },
        )

    return measure


async def _compare(stage: Stage, port: int, paths: Sequence[str]) -> int:
    """How many events too few all answers together have; each word that people are shown is looked at."""
    found = msgspec.json.decode((await stage.audit(_RECOUNT.format("")))["found"], type=dict[str, int])
    shown = [await asyncio.to_thread(_totals, port, path) for path in paths]
    words = _SHOWN | _STANDS if "waiting" in shown[0] else _SHOWN
    missing = [found[word] - sum(_number(each, word) for each in shown) for word in words]
    return sum(missing) if all(each >= 0 for each in missing) else min(missing)


def _number(totals: dict[str, Any], word: str) -> int:
    """How often something happened; steps and series have names of their own for it."""
    return int(totals[_SHOWN[word]] if _SHOWN.get(word) in totals else totals[word])


def _totals(port: int, path: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as answer:
        return dict(msgspec.json.decode(answer.read())["totals"])


async def _count(stage: Stage, repetition: int) -> Run:
    """The numbers of a sequence by one statement over its events, one after the other."""
    url = await stage.unchanged(_TEMPLATE)
    statement = Query(
        "count", "Counts.", "SELECT step, what, count(*) FROM happened WHERE sequence = $1 GROUP BY step, what"
    )
    took: list[float] = []
    async with opened(url) as database:
        sequences = await database.look(Query("all", "Gives sequences.", "SELECT id FROM sequence"))
        loop = asyncio.get_running_loop()
        async with stage.metered({}) as meter:
            for row in sequences:
                start = loop.time()
                await database.look(statement, row["id"])
                took.append(loop.time() - start)
    return Run(
        side=_COUNTING,
        repetition=repetition,
        units=len(took),
        seconds=sum(took),
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        figures={f"answer {name} ms": value for name, value in percentiles(took).items()},
    )


_ASKED_FOR = {
    _STATS: (
        "`GET /api/sequences/:slug/stats`, since ever: every mail of it, who waits, what is deferred",
        _ask(_STATS, "/api/sequences/s-{}/stats", of=_SEQUENCES),
    ),
    _CAMPAIGN: (
        "`GET /api/campaigns/:name/stats`, since ever: ten sequences beside each other",
        _ask(_CAMPAIGN, "/api/campaigns/c-{}/stats", of=_CAMPAIGNS),
    ),
    _METRICS: (
        "`GET /api/metrics?period=day`: all mail of the year, a point for each day",
        _ask(_METRICS, "/api/metrics?period=day&from={since}"),
    ),
    _SERIES: (
        "`GET /api/metrics/sequences/:slug?period=day`: the same of one sequence",
        _ask(_SERIES, "/api/metrics/sequences/s-{}?period=day&from={since}", of=_SEQUENCES),
    ),
    _TOGETHER: (
        "`GET /api/metrics/campaigns/:name?period=day`: the same of ten sequences",
        _ask(_TOGETHER, "/api/metrics/campaigns/c-{}?period=day&from={since}", of=_CAMPAIGNS),
    ),
}


def _aims(runs: Sequence[Run]) -> list[Aim]:
    words = "aim: p99 with 10 M events, in ms: {}"
    return [Aim(words.format(side), 50, median_figure(runs, side, _ASKED), at_most=True) for side in _ASKED_FOR]


WORKLOAD = Workload(
    name="numbers",
    about="A year of mail of fifty sequences with eight mails each, which had three versions in that year; its events "
    "are counted as the product counts them, the newest not yet added up. One unit is one answer, timed in an open "
    "loop from when it was due to be asked. Lost and doubled: by how much the answers differ from a recount of rows.",
    unit="answers/s",
    sides=(
        *(Side(name, about, measure) for name, (about, measure) in _ASKED_FOR.items()),
        Side(_COUNTING, "one SELECT over the rows of a sequence's events, by an index that has all of it", _count),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "events": f"{_events(stage):,}",
        "not yet added up": f"{_NOT_FOLDED:,}",
        "runs that wait": f"{_waiting(stage):,}",
        "asked": f"{_RATE} a second for {_seconds(stage)} s after {_WARM_SECONDS} s of warm-up",
    },
)
