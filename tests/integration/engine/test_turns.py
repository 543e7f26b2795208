"""Turns under adverse conditions: poison, fairness, facts that change."""

import asyncio

from dripline.database.queries import Query
from dripline.engine.runs.running import Running
from dripline.engine.runs.turn import Turns
from dripline.processes.domains import make_senders
from tests.makers.world import World, a_world

MAIL = "trigger: { event: go }\nsteps: [ { action: email, template: hello } ]"
_BREAK = Query(
    "break_one",
    "Points one enrollment at a version that is not there.",
    """
    UPDATE enrollment SET version = 99 WHERE workspace_id = $1 AND contact_id =
        (SELECT id FROM contact WHERE workspace_id = $1 AND email_key = $2)
    """,
)


async def test_one_that_cannot_be_decided_is_stuck_and_stops_nobody_else(world: World) -> None:
    await world.sequence(MAIL, templates=("hello",))
    for number in range(9):
        await world.track(f"c{number}@example.com", "go")
    async with world.database.work() as tx:
        await tx.run(_BREAK, world.workspace_id, "c4@example.com")

    await world.work()

    assert sorted(mail.to for mail in await world.inbox()) == [f"c{n}@example.com" for n in range(9) if n != 4]
    [stuck] = [e for e in await world.enrollments() if e.status == "active"]
    assert (stuck.email, stuck.due_at) == ("c4@example.com", None)
    assert stuck.stuck_reason is not None
    assert stuck.stuck_reason.startswith("KeyError")


async def test_a_large_workspace_does_not_starve_a_small_one(world: World, database_url: str) -> None:
    async with a_world(world.database, database_url) as small:
        for each, count in ((world, 60), (small, 1)):
            await each.sequence(MAIL, templates=("hello",))
            for number in range(count):
                await each.track(f"c{number}@example.com", "go")
        turns = Turns(world.database, make_senders(world.settings), limit=10)

        await Running(world.database, turns, queued=lambda: None).once()

        ids = sorted(message.id for message in await world.messages())
        [only] = await small.messages()
        assert sum(each < only.id for each in ids) <= 20


async def test_lanes_of_one_workspace_share_its_turns(world: World) -> None:
    for slug, count in (("large", 40), ("small", 1)):
        await world.template("hello")
        await world.sequence(MAIL.replace("go", slug), slug=slug)
        for number in range(count):
            await world.track(f"{slug}{number}@example.com", slug)
    turns = Turns(world.database, make_senders(world.settings), limit=10)

    await Running(world.database, turns, queued=lambda: None).once()

    messages = await world.messages()
    place = [message.sequence for message in messages].index("small")
    assert len(messages) == 41
    assert place <= 21


async def test_two_workers_take_different_people(world: World, database_url: str) -> None:
    await world.sequence(MAIL, templates=("hello",))
    for number in range(50):
        await world.track(f"c{number}@example.com", "go")
    sides = [
        Running(world.database, Turns(world.database, make_senders(world.settings), limit=7), queued=lambda: None)
        for _ in range(3)
    ]

    await asyncio.gather(*(side.once() for side in sides))

    messages = await world.messages()
    assert len({message.email for message in messages}) == len(messages) == 50
