"""Changes contacts at a rate, fixed before, and watches when each of them is in the segment that it enters by it."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from statistics import quantiles
from uuid import UUID

from bench.crowd import NOW, the_workspace
from bench.talking import hear, order, run, say
from dripline.contacts.model import ContactChanges
from dripline.database.hints import Hint, Hints
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.jobs import JobRunner
from dripline.engine.audience.people import change_contacts
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.segments.building import BUILD_JOB, build_page

_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 120
_PRO = ContactChanges(properties={"plan": "pro"})

_SOME = Query(
    "some",
    "Gives contacts that are not in the segment.",
    "SELECT id FROM contact WHERE workspace_id = $1 AND properties ->> 'plan' <> 'pro' ORDER BY md5(id::text) LIMIT $2",
)
_SEEN = Query(
    "seen",
    "Says who of these is in the segment.",
    "SELECT m.contact_id FROM segment s JOIN segment_member m ON m.workspace_id = s.workspace_id "
    "AND m.segment_id = s.id AND m.generation = s.generation "
    "WHERE s.workspace_id = $1 AND s.slug = 'pros' AND m.contact_id = ANY($2::uuid[])",
)
_TOLD = Query(
    "told",
    "Counts what was told.",
    "SELECT count(*) FROM contact_change WHERE workspace_id = $1 AND what = 'segment_entered' "
    "AND detail ->> 'segment' = 'pros'",
)


async def main() -> None:
    asked = order()
    workspace = (await the_workspace(asked["url"])).id
    database = await Database.open(asked["url"], size=8, name="bench following")
    runner = JobRunner(database, {BUILD_JOB: build_page(database)}, lease=timedelta(minutes=1))
    while await runner.run_one(workspace):
        pass
    people = [ContactId(row["id"]) for row in await database.look(_SOME, workspace, asked["count"])]
    say("ready")
    await hear()
    start = time.perf_counter()
    late = await _follow(database, workspace, people, rate=asked["rate"], at_once=asked["at_once"])
    seconds = time.perf_counter() - start
    [told] = await database.look(_TOLD, workspace)
    warm = set(people[: asked["warm"]])
    counted = [at for contact, at in late.items() if contact not in warm]
    cuts = quantiles(counted, n=100)
    figures = {"p50": cuts[49], "p99": cuts[98], "most": max(counted)}
    say("done", seconds=seconds, seen=len(late), told=told[0], late={name: 1000 * at for name, at in figures.items()})
    await database.close()
    await hear()


async def _follow(
    database: Database, workspace: WorkspaceId, people: Sequence[ContactId], *, rate: int, at_once: int
) -> dict[UUID, float]:
    """How long after it was due each change was to be seen, by contact."""
    hints = Hints(database)
    start = time.perf_counter() + 0.5
    waiting: dict[UUID, float] = {}
    late: dict[UUID, float] = {}

    async def change(place: int) -> None:
        due = start + place / rate
        await asyncio.sleep(due - time.perf_counter())
        part = people[place : place + at_once]
        await database.transact(
            lambda tx: change_contacts(tx, workspace, [(each, _PRO) for each in part], now=NOW), workspace=workspace
        )
        hints.send(Hint.DUE, workspace)
        waiting.update(dict.fromkeys(part, due))

    changing = asyncio.gather(*(change(place) for place in range(0, len(people), at_once)))
    end = start + len(people) / rate + _LONGEST_SECONDS
    while len(late) < len(people) and time.perf_counter() < end:
        await asyncio.sleep(_LOOK_SECONDS)
        asked = list(waiting)
        rows = await database.look(_SEEN, workspace, asked) if asked else []
        now = time.perf_counter()
        late.update({row["contact_id"]: now - waiting.pop(row["contact_id"]) for row in rows})
    await changing
    return late


if __name__ == "__main__":
    run(main())
