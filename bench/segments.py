"""segments: twelve segments built for everybody, beside one hand-written statement for each."""

from collections.abc import Sequence

import asyncpg

from bench.children import program, running
from bench.crowd import BY_HAND, NOW, RULES, TEMPLATE, contacts_in, events_in, prepare
from bench.records import Aim, Run, median_figure, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_OURS, _HAND = "dripline", "hand-written SQL"
_MEMBERS = (
    "SELECT m.contact_id FROM segment s JOIN segment_member m ON m.workspace_id = s.workspace_id "
    "AND m.segment_id = s.id AND m.generation = s.generation WHERE s.workspace_id = $1 AND s.slug = '{slug}'"
)


def _build(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        url = await stage.fresh(TEMPLATE)
        profile = stage.profile_to if how == _OURS else None
        async with running(how, *program("build_segments", {"url": url, "how": how}, profile_to=profile)) as one:
            await one.heard("ready")
            await stage.settle()
            async with stage.metered({"worker": one.pid}) as meter:
                await one.tell(go=True)
                done = await one.heard("done", within=3_600)
        missing, wrong = await _disagreement(url) if how == _OURS else (0, 0)
        return Run(
            side=how,
            repetition=repetition,
            units=contacts_in(stage) * len(RULES),
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=missing,
            doubled=wrong,
            figures={f"s for {slug}": took for slug, took in done["each"].items()}
            | {"members": done["members"], "MB of tables": done["bytes"] / 1e6},
        )

    return measure


async def _disagreement(url: str) -> tuple[int, int]:
    """How many members the hand-written statements have that we have not, and the other way round."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "dripline", "jit": "off"})
    missing = wrong = 0
    try:
        workspace = await connection.fetchval("SELECT id FROM workspace")
        for slug, statement in BY_HAND.items():
            ours = _MEMBERS.format(slug=slug)
            counts = await connection.fetchrow(
                f"WITH ours AS ({ours}), theirs (contact_id) AS ({statement}) SELECT "
                "(SELECT count(*) FROM (TABLE theirs EXCEPT ALL TABLE ours) AS t) AS missing, "
                "(SELECT count(*) FROM (TABLE ours EXCEPT ALL TABLE theirs) AS t) AS wrong",
                workspace,
                NOW,
            )
            assert counts is not None
            missing, wrong = missing + counts["missing"], wrong + counts["wrong"]
    finally:
        await connection.close()
    return missing, wrong


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim("floor: at most 3 x the time of hand-written SQL", 3, ratio(runs, _HAND, _OURS), at_most=True),
        Aim("members that hand-written SQL does not agree on", 0, _disagreed(runs), at_most=True),
        Aim("for comparison: members", 1, median_figure(runs, _OURS, "members")),
    ]


def _disagreed(runs: Sequence[Run]) -> int:
    return sum((run.lost or 0) + (run.doubled or 0) for run in runs)


WORKLOAD = Workload(
    name="segments",
    about="Twelve definitions over twenty properties, tags, lists, consent, dates and events are built for everybody, "
    "one after the other. One unit is one contact looked at for one segment.",
    unit="contacts/s",
    sides=(
        Side(
            _OURS,
            "the product's build jobs: in pages, resumable, changes followed meanwhile, the dates of time rules kept",
            _build(_OURS),
        ),
        Side(
            _HAND,
            "one INSERT … SELECT for each into a table with a key, by somebody who knows the tables",
            _build(_HAND),
        ),
    ),
    prepare=prepare,
    aims=_aims,
    settings=lambda stage: {
        "contacts": f"{contacts_in(stage):,}",
        "events": f"{events_in(stage):,}",
        "segments": str(len(RULES)),
    },
)
