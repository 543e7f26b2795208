"""Events that are older than they are kept go to the archive, and nothing else does."""

import asyncio
import gzip
import json
from datetime import timedelta
from typing import Any

from dripline.contacts.store import find_contact_by_email
from dripline.engine.audience.people import delete_contact
from dripline.engine.facts.retaining import archive_old_events
from dripline.events.archiving import Archive, list_archives, read_archive, set_retention
from dripline.events.reading import events_of
from dripline.kernel.clock import real_now
from tests.makers.segments import members, segment
from tests.makers.world import World


async def archived(world: World) -> list[dict[str, Any]]:
    """The lines of the archive."""
    async with world.database.work() as tx:
        parts: list[Archive] = await list_archives(tx, world.workspace_id, limit=100)
        contents = [await read_archive(tx, world.workspace_id, part.id) for part in parts]
    assert [part.events for part in parts] == [len(gzip.decompress(each).splitlines()) for each in contents]
    return [json.loads(line) for each in contents for line in gzip.decompress(each).splitlines()]


async def kept(world: World) -> list[str]:
    """The names of the events that are there, newest first."""
    async with world.database.work() as tx:
        return [event.name for event, _ in await events_of(tx, world.workspace_id, limit=100)]


async def keep_for(world: World, days: int) -> None:
    async with world.database.work() as tx:
        await set_retention(tx, world.workspace_id, days)
    await archive_old_events(world.database, real=real_now())


async def test_events_that_are_older_than_they_are_kept_are_moved_to_the_archive(world: World) -> None:
    await world.advance("0m")
    old = await world.track("ann@example.com", "old", {"number": 1})
    await world.advance("31d")
    await world.track("ann@example.com", "young")

    await keep_for(world, 30)

    assert await kept(world) == ["young"]
    [line] = await archived(world)
    assert (line["event"], line["email"], line["properties"]) == ("old", "ann@example.com", {"number": 1})
    assert line["id"].startswith("evt_")
    assert old.event.name == "old"


async def test_without_a_retention_no_event_is_ever_moved(world: World) -> None:
    await world.advance("0m")
    await world.track("ann@example.com", "old")
    await world.advance("3000d")

    await archive_old_events(world.database, real=real_now())

    assert (await kept(world), await archived(world)) == (["old"], [])


async def test_what_happened_long_ago_and_was_told_now_is_kept(world: World) -> None:
    await world.track("ann@example.com", "history", timestamp=real_now() - timedelta(days=400))

    await keep_for(world, 30)

    assert (await kept(world), await archived(world)) == (["history"], [])


async def test_archiving_twice_archives_once(world: World) -> None:
    await world.advance("0m")
    await world.track("ann@example.com", "old")
    await world.advance("31d")

    await keep_for(world, 30)
    await keep_for(world, 30)

    assert [line["event"] for line in await archived(world)] == ["old"]


async def test_an_erased_person_is_not_in_the_archive(world: World) -> None:
    await world.advance("0m")
    await world.track("zelda@example.com", "old", {"note": "triforce"})
    await world.track("ann@example.com", "old")
    await world.advance("31d")
    await keep_for(world, 30)

    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, "zelda@example.com")
        assert contact is not None
        await delete_contact(tx, world.workspace_id, contact.id, now=real_now())

    assert [line["email"] for line in await archived(world)] == ["ann@example.com"]


async def test_a_part_of_the_archive_goes_with_the_last_person_in_it(world: World) -> None:
    await world.advance("0m")
    await world.track("zelda@example.com", "old")
    await world.advance("31d")
    await keep_for(world, 30)

    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, "zelda@example.com")
        assert contact is not None
        await delete_contact(tx, world.workspace_id, contact.id, now=real_now())

    async with world.database.work() as tx:
        assert await list_archives(tx, world.workspace_id, limit=10) == []


async def test_what_is_archived_counts_no_more_for_a_segment(world: World) -> None:
    await world.advance("0m")
    await segment(world, {"event": "purchase"})
    await world.track("ann@example.com", "purchase")
    await world.advance("20d")
    await world.track("ben@example.com", "purchase")
    await world.advance("11d")
    before = await members(world)

    await keep_for(world, 30)
    await world.work()

    assert (before, await members(world)) == (["ann@example.com", "ben@example.com"], ["ben@example.com"])


async def test_events_that_come_in_while_others_are_archived_stay(world: World) -> None:
    await world.advance("0m")
    for number in range(3):
        await world.track("ann@example.com", f"old-{number}")
    await world.advance("31d")

    await asyncio.gather(keep_for(world, 30), world.track("ann@example.com", "new"), keep_for(world, 30))

    assert await kept(world) == ["new"]
    assert sorted(line["event"] for line in await archived(world)) == ["old-0", "old-1", "old-2"]
