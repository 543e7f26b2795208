"""thin: many workspaces with one due row each, so that nothing can be shared within a turn."""

from collections.abc import Sequence

from bench.children import program, running
from bench.people import STEP, a_sequence, a_workspace, all_due, copies_of, opened, some_contacts
from bench.records import Aim, Run, median_rate, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload
from dripline.engine.runs.running import IN_FLIGHT

_TEMPLATE = "bench_thin"

_AUDIT = """
    SELECT (SELECT count(*) FROM enrollment WHERE due_at IS NULL AND step = 'mail' AND visits = 2) AS moved,
        (SELECT count(*) FROM outbox) AS queued, (SELECT count(*) FROM visit) AS visits,
        (SELECT count(*) - count(DISTINCT (workspace_id, source_id)) FROM message) AS doubled
"""


def _workspaces(stage: Stage) -> int:
    return stage.size(2_000, quick=300)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            sequence = await a_sequence(database, workspace, STEP, name="bench")
            spaces = await copies_of(database, workspace, sequence, _workspaces(stage) - 1)
            for number, space in enumerate(spaces):
                await some_contacts(database, space, 1, first=number)
            await all_due(database, sequence, spaces)

    await stage.template(_TEMPLATE, fill)


def _turns(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        asked = {"url": await stage.fresh(_TEMPLATE), "how": how}
        command = program("thin_turns", asked, profile_to=stage.profile_to if how == "dripline" else None)
        async with running(how, *command) as one:
            cold = await one.heard("ready")
            await stage.settle()
            async with stage.metered({"worker": one.pid}) as meter:
                await one.tell(go=True)
                done = await one.heard("done")
        audit = await stage.audit(_AUDIT)
        return Run(
            side=how,
            repetition=repetition,
            units=done["units"],
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=_workspaces(stage) - min(audit["moved"], audit["queued"], audit["visits"]),
            doubled=audit["doubled"],
            figures={"turns/s with nothing compiled yet": cold["units"] / cold["seconds"]},
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim("floor: 1,500 turns/s", 1_500, median_rate(runs, "dripline")),
        Aim("for comparison: x the statements alone", 0.5, ratio(runs, "dripline", "statements")),
    ]


WORKLOAD = Workload(
    name="thin",
    about="Every workspace has one contact who is due at the step of the workload `engine`. One unit is one turn: a "
    "transaction of its own, the same rows. Measured is the second time, when the sequences have been read once.",
    unit="turns/s",
    sides=(
        Side(
            "dripline", "the engine's part of a worker: plan by lanes, then turns of 4 workspaces", _turns("dripline")
        ),
        Side("statements", "the same transactions from a bare loop, 4 at once", _turns("statements")),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {"workspaces": f"{_workspaces(stage):,}", "turns in flight": str(IN_FLIGHT)},
)
