"""importing: a file of contacts into a list, beside a bare COPY of the same rows."""

from collections.abc import Sequence

from bench.children import program, running
from bench.people import a_sequence, a_workspace, opened
from bench.records import Aim, Run, median_rate
from bench.stage import Stage
from bench.workload import Measure, Side, Workload
from dripline.contacts.lists import add_list
from dripline.kernel.clock import real_now

_TEMPLATE = "bench_importing"
_LIST = "newsletter"
_SEQUENCE = "trigger: { list: newsletter }\nsteps: [{ action: email, template: welcome }]"
_A_MINUTE = 100_000

_AUDIT = """
    SELECT (SELECT count(*) FROM contact WHERE properties ->> 'plan' = 'trial') AS contacts,
        (SELECT count(*) FROM list_member) AS members, (SELECT count(*) FROM contact_change) AS changes,
        (SELECT count(*) FROM enrollment) AS enrolled
"""


def _rows(stage: Stage) -> int:
    return stage.size(100_000, quick=10_000)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            async with database.work() as tx:
                await add_list(tx, workspace.id, slug=_LIST, name=_LIST, description=None, now=real_now())
            await a_sequence(database, workspace, _SEQUENCE, name="bench")

    await stage.template(_TEMPLATE, fill)


def _import(how: str, *, enroll: bool = False) -> Measure:
    name = f"{how}, enrolling" if enroll else how

    async def measure(stage: Stage, repetition: int) -> Run:
        asked = {"url": await stage.fresh(_TEMPLATE), "how": how, "rows": _rows(stage), "enroll": enroll}
        command = program("import_file", asked, profile_to=stage.profile_to if how == "dripline" else None)
        async with running(name, *command) as one:
            await one.heard("ready")
            await stage.settle()
            async with stage.metered({"worker": one.pid}) as meter:
                await one.tell(go=True)
                done = await one.heard("done")
        audit = await stage.audit(_AUDIT)
        rows = min(audit["contacts"], audit["members"], audit["changes"])
        return Run(
            side=name,
            repetition=repetition,
            units=_rows(stage),
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=_rows(stage) - (min(rows, audit["enrolled"]) if enroll else rows),
            doubled=max(0, audit["members"] - _rows(stage)),
            figures={"rows a minute": _rows(stage) / done["seconds"] * 60},
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim(f"aim: {_A_MINUTE:,} rows a minute", _A_MINUTE, median_rate(runs, "dripline") * 60),
        Aim("aim: the same, everybody enrolled", _A_MINUTE, median_rate(runs, "dripline, enrolling") * 60),
    ]


WORKLOAD = Workload(
    name="importing",
    about="A CSV file of people whom the workspace does not know, with seven properties each, put on a list. One unit "
    "is one row: a contact, a membership and a line of the contact's timeline.",
    unit="rows/s",
    sides=(
        Side(
            "dripline", "the job: rows read and checked, contacts locked, facts told, pages of 500", _import("dripline")
        ),
        Side("copy", "COPY of the same rows into the three tables, made before, in one transaction", _import("copy")),
        Side(
            "dripline, enrolling",
            "the same, and everybody starts the sequence that listens to the list",
            _import("dripline", enroll=True),
        ),
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {"rows": f"{_rows(stage):,}", "rows in a transaction": "500"},
)
