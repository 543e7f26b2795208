"""mail: from due enrollments to a full sink, beside a client that only sends."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bench.children import Child, program, read_json, running, until
from bench.people import SECRET, SENDER, STEP, a_sequence, a_workspace, all_due, opened, some_contacts
from bench.product import a_sink, a_worker
from bench.records import Aim, Run, median_rate, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload
from dripline.accounts.sealing import Sealer
from dripline.database.queries import Query
from dripline.delivery.domains.keys import make_rsa_key
from dripline.delivery.domains.model import Status
from dripline.delivery.domains.store import add_domain, save_domain
from dripline.delivery.tracking.choosing import Tracking, set_tracking
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_TEMPLATE = "bench_mail"
_CONNECTIONS = 20
_WARM_SHARE = 0.05
_LONGEST_SECONDS = 300
_SIZE = "size of a letter"
_PLAIN, _TRACKED, _SIGNED = "dripline", "dripline, tracked", "dripline, signed"
_BOTH, _TWO = "dripline, tracked and signed", "dripline, two workers"
_WORKSPACE = Query("space", "Gives the only workspace (all workspaces: there is one).", "SELECT id FROM workspace")

_AUDIT = """
    SELECT count(*) FILTER (WHERE status = 'sent') AS sent, (SELECT count(*) FROM outbox) AS waiting,
        (SELECT count(*) FROM enrollment WHERE status = 'completed') AS completed
    FROM message
"""


def _letters(stage: Stage) -> int:
    return stage.size(20_000, quick=2_000)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            sequence = await a_sequence(database, workspace, STEP, name="bench")
            await some_contacts(database, workspace.id, _letters(stage))
            await all_due(database, sequence, {workspace.id: sequence.id})

    await stage.template(_TEMPLATE, fill)


def _end_to_end(side: str, *, tracked: bool = False, signed: bool = False, workers: int = 1) -> Measure:
    """The whole way through workers, with tracking and a DKIM signature or without."""

    async def measure(stage: Stage, repetition: int) -> Run:
        url = await stage.fresh(_TEMPLATE)
        await _set_up(url, tracked=tracked, signed=signed)
        return await _mail(stage, url, side, repetition, workers=workers)

    return measure


async def _set_up(url: str, *, tracked: bool, signed: bool) -> None:
    now, sealer = real_now(), Sealer(SECRET)
    async with opened(url) as database, database.work() as tx:
        workspace = WorkspaceId(await tx.value(_WORKSPACE))
        await set_tracking(tx, workspace, Tracking(opens=tracked, clicks=tracked))
        if not signed:
            return
        name = parse_mailbox(SENDER).address.domain
        domain = await add_domain(tx, workspace, name, [make_rsa_key()], sealer=sealer, now=now)
        proved = tuple(replace(key, proved_at=now) for key in domain.keys)
        verified = replace(domain, status=Status.VERIFIED, keys=proved, checked_at=now, verified_at=now)
        await save_domain(tx, workspace, verified)


async def _mail(stage: Stage, url: str, side: str, repetition: int, *, workers: int) -> Run:
    letters = _letters(stage)
    warm = int(letters * _WARM_SHARE)
    async with a_sink(_file(stage)) as (sink, port), AsyncExitStack() as stack:
        working = [
            await stack.enter_async_context(a_worker(url, sink=port, profile_to=stage.profile_to))
            for _ in range(workers)
        ]
        pids = {f"worker {number}" if number > 1 else "worker": each.pid for number, each in enumerate(working, 1)}
        await all_taken(sink, warm)
        async with stage.metered({**pids, "sink": sink.pid}) as meter:
            said = await all_taken(sink, letters)
        await _settled(stage, letters)
        taken = await taken_by(sink, _file(stage))
    audit = await stage.audit(_AUDIT)
    times = sorted(at for _, at in taken)
    size = said["size"] / said["letters"]
    if side == _PLAIN:
        stage.memory[_SIZE] = size
    return Run(
        side=side,
        repetition=repetition,
        units=letters - warm,
        seconds=times[-1] - times[warm - 1],
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        lost=letters - min(len({who for who, _ in taken}), audit["sent"], audit["completed"]),
        doubled=len(taken) - len({who for who, _ in taken}),
        figures={"bytes in a letter": size},
    )


async def _alone(stage: Stage, repetition: int) -> Run:
    letters = _letters(stage)
    async with a_sink(_file(stage)) as (sink, port):
        size = int(stage.memory[_SIZE])
        asked = {"port": port, "letters": letters, "connections": _CONNECTIONS, "size": size}
        async with running("aiosmtplib", *program("smtp_alone", asked)) as client:
            await client.heard("ready")
            async with stage.metered({"worker": client.pid, "sink": sink.pid}) as meter:
                await client.tell(go=True)
                done = await client.heard("done")
        taken = await taken_by(sink, _file(stage))
    people = {who for who, _ in taken}
    return Run(
        side="aiosmtplib alone",
        repetition=repetition,
        units=done["units"],
        seconds=done["seconds"],
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        lost=letters - len(people),
        doubled=len(taken) - len(people),
        figures={"bytes in a letter": size},
    )


async def taken_by(sink: Child, file: Path) -> Sequence[tuple[str, float]]:
    """To whom and when a sink was given letters."""
    await sink.tell(report=True)
    await sink.heard("taken")
    return read_json(file, list[tuple[str, float]])


async def all_taken(sink: Child, letters: int) -> dict[str, int]:
    """What the sink says when it has so many."""
    said: dict[str, int] = {}

    async def has_all() -> bool:
        nonlocal said
        await sink.tell(count=True)
        said = await sink.heard("taken")
        return said["letters"] >= letters

    await until(has_all, within=_LONGEST_SECONDS)
    return said


async def _settled(stage: Stage, letters: int) -> None:
    """Wait until the last letters are written down as sent."""

    async def are_settled() -> bool:
        return bool((await stage.audit(_AUDIT))["completed"] >= letters)

    await until(are_settled, within=_LONGEST_SECONDS)


def _file(stage: Stage) -> Path:
    return stage.folder / "sink.json"


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim("aim: 2,000 mails/s on 2 cores", 2_000, median_rate(runs, _TWO)),
        Aim("goal: aiosmtplib alone", 1, ratio(runs, _PLAIN, "aiosmtplib alone")),
        Aim("tracked and signed beside neither", 0.5, ratio(runs, _BOTH, _PLAIN)),
    ]


WORKLOAD = Workload(
    name="mail",
    about="Everybody is due at the step of the workload `engine`; a worker, or two, turns, renders, judges, hands over "
    "and settles until the sink has all. One unit is one personalised mail, written down as sent, its run gone on.",
    unit="mails/s",
    sides=(
        Side(_PLAIN, "`dripline worker` with its own settings, 20 connections", _end_to_end(_PLAIN)),
        Side(_TWO, "two of them at once", _end_to_end(_TWO, workers=2)),
        Side(_TRACKED, "as the first; links and a picture lead through us", _end_to_end(_TRACKED, tracked=True)),
        Side(_SIGNED, "the same; one DKIM signature, RSA of 2048 bits", _end_to_end(_SIGNED, signed=True)),
        Side(_BOTH, "tracked, then signed", _end_to_end(_BOTH, tracked=True, signed=True)),
        Side("aiosmtplib alone", "one prebuilt letter of the same size, 20 connections, nothing written down", _alone),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "mails": f"{_letters(stage):,}",
        "connections": str(_CONNECTIONS),
        "warm-up": f"the first {_WARM_SHARE:.0%}, not counted",
        "DKIM and tracking": "off, but where the side says so",
        "sink": "bench/programs/sink.py",
    },
)
