from datetime import UTC, datetime, timedelta

from dripline.contacts.store import insert_missing
from dripline.database.pool import Database
from dripline.events.model import Event, Origin
from dripline.events.reading import events_of
from dripline.events.store import forget_events, record
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def ann(database: Database, workspace: WorkspaceId) -> ContactId:
    async with database.front_door(workspace) as tx:
        found = await insert_missing(tx, workspace, [parse_address("ann@example.com")], NOON)
    return found.ids["ann@example.com"]


async def recorded(database: Database, workspace: WorkspaceId, contact: ContactId, *hours: int) -> list[Event]:
    """Events that happened so many hours after noon, recorded in the order given."""
    events = [
        Event(EventId(new_uuid()), contact, "seen", {}, NOON + timedelta(hours=each), NOON, Origin.API)
        for each in hours
    ]
    async with database.front_door(workspace) as tx:
        await record(tx, workspace, events)
    return events


async def test_the_events_of_a_contact_come_in_the_order_in_which_they_happened(
    database: Database, workspace: WorkspaceId
) -> None:
    contact = await ann(database, workspace)
    late, early, between, same = await recorded(database, workspace, contact, 5, 1, 3, 3)

    async with database.front_door(workspace) as tx:
        first = await events_of(tx, workspace, contact_id=contact, limit=2)
        rest = await events_of(tx, workspace, contact_id=contact, limit=9, before=first[-1][0].id)

    assert [event for event, _ in (*first, *rest)] == [late, same, between, early]


async def test_all_events_come_in_the_order_in_which_they_were_recorded(
    database: Database, workspace: WorkspaceId
) -> None:
    contact = await ann(database, workspace)
    events = await recorded(database, workspace, contact, 5, 1, 3)

    async with database.front_door(workspace) as tx:
        found = await events_of(tx, workspace, limit=9)

    assert [event for event, _ in found] == events[::-1]


async def test_behind_an_event_that_was_erased_comes_nothing(database: Database, workspace: WorkspaceId) -> None:
    contact = await ann(database, workspace)
    [event] = await recorded(database, workspace, contact, 1)

    async with database.front_door(workspace) as tx:
        await forget_events(tx, workspace, contact)
        found = await events_of(tx, workspace, contact_id=contact, limit=9, before=event.id)

    assert found == []
