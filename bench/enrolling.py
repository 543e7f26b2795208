"""enrolling: everybody of a large workspace into a sequence, beside one statement that inserts the same rows."""

from collections.abc import Sequence

from bench.children import program, running
from bench.people import STEP, a_sequence, a_workspace, opened, some_contacts
from bench.records import Aim, Run, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_TEMPLATE = "bench_enrolling"

_AUDIT = """
    SELECT (SELECT count(*) FROM enrollment WHERE step = 'decide' AND due_at IS NOT NULL) AS enrolled,
        (SELECT count(*) - count(DISTINCT contact_id) FROM enrollment) AS doubled
"""


def _contacts(stage: Stage) -> int:
    return stage.size(200_000, quick=10_000)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            await a_sequence(database, workspace, STEP, name="bench")
            await some_contacts(database, workspace.id, _contacts(stage))

    await stage.template(_TEMPLATE, fill)


def _enroll(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        asked = {"url": await stage.fresh(_TEMPLATE), "how": how}
        command = program("enroll_everybody", asked, profile_to=stage.profile_to if how == "dripline" else None)
        async with running(how, *command) as one:
            await one.heard("ready")
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
            lost=_contacts(stage) - audit["enrolled"],
            doubled=audit["doubled"],
            figures={},
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [Aim("floor: a third of one bare INSERT … SELECT", 1 / 3, ratio(runs, "dripline", "insert"))]


WORKLOAD = Workload(
    name="enrolling",
    about="Everybody in the workspace is enrolled. One unit is one enrollment.",
    unit="enrollments/s",
    sides=(
        Side(
            "dripline",
            "the job: pages of 500 contacts under their locks, each counted as it commits",
            _enroll("dripline"),
        ),
        Side("insert", "one INSERT … SELECT of the same rows, no locks, ids from the database", _enroll("insert")),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {"contacts": f"{_contacts(stage):,}"},
)
