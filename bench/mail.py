"""mail: from due enrollments to a full sink, beside a client that only sends."""

from collections.abc import Sequence
from pathlib import Path

from bench.children import Child, program, read_json, running, until
from bench.people import STEP, a_sequence, a_workspace, all_due, opened, some_contacts
from bench.product import a_sink, a_worker
from bench.records import Aim, Run, median_rate, ratio
from bench.stage import Stage
from bench.workload import Side, Workload

_TEMPLATE = "bench_mail"
_CONNECTIONS = 20
_WARM_SHARE = 0.05
_LONGEST_SECONDS = 300
_SIZE = "size of a letter"

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


async def _end_to_end(stage: Stage, repetition: int) -> Run:
    url, letters = await stage.fresh(_TEMPLATE), _letters(stage)
    warm = int(letters * _WARM_SHARE)
    async with a_sink(_file(stage)) as (sink, port), a_worker(url, sink=port, profile_to=stage.profile_to) as worker:
        await all_taken(sink, warm)
        async with stage.metered({"worker": worker.pid, "sink": sink.pid}) as meter:
            said = await all_taken(sink, letters)
        await _settled(stage, letters)
        taken = await taken_by(sink, _file(stage))
    audit = await stage.audit(_AUDIT)
    times = sorted(at for _, at in taken)
    stage.memory[_SIZE] = said["size"] / said["letters"]
    return Run(
        side="dripline",
        repetition=repetition,
        units=letters - warm,
        seconds=times[-1] - times[warm - 1],
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        lost=letters - min(len({who for who, _ in taken}), audit["sent"], audit["completed"]),
        doubled=len(taken) - len({who for who, _ in taken}),
        figures={"bytes in a letter": stage.memory[_SIZE]},
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
        Aim("aim: 2,000 mails/s on 2 cores", 2_000, median_rate(runs, "dripline")),
        Aim("goal: aiosmtplib alone", 1, ratio(runs, "dripline", "aiosmtplib alone")),
    ]


WORKLOAD = Workload(
    name="mail",
    about="Everybody is due at the step of the workload `engine`; one worker turns, renders, judges, hands over and "
    "settles until the sink has all. One unit is one personalised mail, written down as sent, its run gone on.",
    unit="mails/s",
    sides=(
        Side("dripline", "`dripline worker` with its own settings, 20 connections", _end_to_end),
        Side("aiosmtplib alone", "one prebuilt letter of the same size, 20 connections, nothing written down", _alone),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "mails": f"{_letters(stage):,}",
        "connections": str(_CONNECTIONS),
        "warm-up": f"the first {_WARM_SHARE:.0%}, not counted",
        "DKIM": "off",
        "tracking": "off",
        "sink": "bench/programs/sink.py",
    },
)
