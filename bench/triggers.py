"""triggers: events that start a sequence, in a workspace with ten active sequences and in one with a thousand."""

from collections.abc import Sequence

from bench.children import program, running
from bench.people import STEP, a_sequence, a_workspace, opened, some_contacts
from bench.records import Aim, Run, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_FEW, _MANY = 10, 1_000
_TRIGGER = "trigger: { event: trial.started }"
_AUDIT = """
    SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM enrollment) AS enrolled
"""


def _contacts(stage: Stage) -> int:
    return stage.size(100_000, quick=5_000)


def _sequences(stage: Stage, sequences: int) -> int:
    return min(sequences, stage.size(_MANY, quick=100))


async def _prepare(stage: Stage) -> None:
    for sequences in (_FEW, _MANY):

        async def fill(url: str, sequences: int = sequences) -> None:
            async with opened(url) as database:
                workspace = await a_workspace(database)
                await a_sequence(database, workspace, STEP, name="trial")
                for number in range(1, _sequences(stage, sequences)):
                    definition = STEP.replace(_TRIGGER, f"trigger: {{ event: other.event.{number} }}")
                    await a_sequence(database, workspace, definition, name=f"other-{number}")
                await some_contacts(database, workspace.id, _contacts(stage))

        await stage.template(_template(sequences), fill)


def _template(sequences: int) -> str:
    return f"bench_triggers_{sequences}"


def _track(sequences: int) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        asked = {"url": await stage.fresh(_template(sequences))}
        async with running(f"{sequences}", *program("track_everybody", asked)) as one:
            await one.heard("ready")
            await stage.settle()
            async with stage.metered({"tracking": one.pid}) as meter:
                await one.tell(go=True)
                done = await one.heard("done")
        audit = await stage.audit(_AUDIT)
        return Run(
            side=f"{sequences} sequences",
            repetition=repetition,
            units=done["units"],
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=_contacts(stage) - min(audit["events"], audit["enrolled"]),
            doubled=audit["enrolled"] - audit["events"],
            figures={},
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [Aim("floor: 1 / 1.5 of the speed", 1 / 1.5, ratio(runs, f"{_MANY} sequences", f"{_FEW} sequences"))]


WORKLOAD = Workload(
    name="triggers",
    about="Each event starts one sequence for a contact who is in none. One unit is one event, recorded and reacted to "
    "in transactions of 500.",
    unit="events/s",
    sides=(
        Side(f"{_MANY} sequences", "the workspace has a thousand active ones", _track(_MANY)),
        Side(f"{_FEW} sequences", "it has ten", _track(_FEW)),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {"contacts": f"{_contacts(stage):,}"},
)
