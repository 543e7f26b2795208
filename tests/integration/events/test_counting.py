"""Counting events: for contacts by when they occurred, for runs by when they were recorded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.events.counting import NOTHING_SEEN, count_events, events_since
from dripline.events.model import Event, Origin, Seen
from dripline.events.store import record
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, EventTest, Operator
from tests.makers.programs import NOON

DAY = timedelta(days=1)
ORDERED = EventTest("order.placed")
LARGE = EventTest("order.placed", (Comparison("event.total", Operator.GREATER_THAN, 50),))


def an_event(
    contact: ContactId, at: datetime, properties: Mapping[str, Json] | None = None, *, name: str = "order.placed"
) -> Event:
    return Event(EventId(new_uuid()), contact, name, properties or {}, at, at, Origin.API)


async def count_one(tx: Tx, workspace: WorkspaceId, test: EventTest, contact: ContactId) -> int:
    return (await count_events(tx, workspace, test, [contact], now=NOON))[contact]


async def test_events_of_each_contact_are_counted(database: Database, workspace: WorkspaceId) -> None:
    ann, bob, cid = (ContactId(new_uuid()) for _ in range(3))
    async with database.work() as tx:
        await record(
            tx,
            workspace,
            [
                an_event(ann, NOON - DAY, {"total": 10}),
                an_event(ann, NOON - 9 * DAY, {"total": 90}),
                an_event(ann, NOON, name="app.opened"),
                an_event(bob, NOON, {"total": 60}),
            ],
        )

        assert await count_events(tx, workspace, ORDERED, [ann, bob, cid], now=NOON) == {ann: 2, bob: 1, cid: 0}
        assert await count_events(tx, workspace, LARGE, [ann, bob, cid], now=NOON) == {ann: 1, bob: 1, cid: 0}
        assert await count_events(tx, workspace, EventTest("*"), [ann], now=NOON) == {ann: 3}
        assert await count_events(tx, workspace, ORDERED, [], now=NOON) == {}


async def test_a_window_leaves_out_its_beginning_and_takes_in_its_end(
    database: Database, workspace: WorkspaceId
) -> None:
    contact, tick = ContactId(new_uuid()), timedelta(microseconds=1)
    times = [NOON - 7 * DAY, NOON - 7 * DAY + tick, NOON, NOON + tick]
    async with database.work() as tx:
        await record(tx, workspace, [an_event(contact, at) for at in times])

        assert await count_one(tx, workspace, EventTest("order.placed", within="7d"), contact) == 2


async def test_events_of_another_workspace_are_not_counted(database: Database, workspace: WorkspaceId) -> None:
    contact = ContactId(new_uuid())
    async with database.work() as tx:
        await record(tx, WorkspaceId(new_uuid()), [an_event(contact, NOON)])

        assert await count_one(tx, workspace, ORDERED, contact) == 0


async def test_a_number_and_a_truth_value_are_two_questions(database: Database, workspace: WorkspaceId) -> None:
    contact = ContactId(new_uuid())
    one, true = (EventTest("order.placed", (Comparison("event.n", Operator.EQUALS, value),)) for value in (1, True))
    async with database.work() as tx:
        await record(tx, workspace, [an_event(contact, NOON, {"n": value}) for value in (1, 1, True)])

        assert [await count_one(tx, workspace, test, contact) for test in (one, true)] == [2, 1]


async def test_the_event_that_started_a_run_does_not_count_and_the_next_of_the_same_moment_does(
    database: Database, workspace: WorkspaceId
) -> None:
    contact, run = ContactId(new_uuid()), new_uuid()
    before, start, after = (an_event(contact, NOON) for _ in range(3))
    async with database.work() as tx:
        await record(tx, workspace, [before, start, after])

        runs = [(run, contact, start.recorded_at, start.id)]
        seen = await events_since(tx, workspace, ORDERED, runs, now=NOON + DAY)

    assert seen == {run: Seen(1, NOON)}


async def test_history_counts_in_a_run_only_where_it_happened_during_the_run(
    database: Database, workspace: WorkspaceId
) -> None:
    contact, run = ContactId(new_uuid()), new_uuid()
    start = an_event(contact, NOON)
    from_before = replace(an_event(contact, NOON - DAY), recorded_at=NOON + 3 * DAY)
    from_since = replace(an_event(contact, NOON + DAY), recorded_at=NOON + 3 * DAY)
    async with database.work() as tx:
        await record(tx, workspace, [start, from_before, from_since])

        runs = [(run, contact, start.recorded_at, start.id)]
        seen = await events_since(tx, workspace, ORDERED, runs, now=NOON + 3 * DAY)

    assert seen == {run: Seen(1, NOON + 3 * DAY)}


async def test_each_run_sees_what_came_after_its_own_start(database: Database, workspace: WorkspaceId) -> None:
    contact = ContactId(new_uuid())
    first, second, third = (an_event(contact, NOON + days * DAY, {"total": days * 40}) for days in range(3))
    early, later, last = (new_uuid() for _ in range(3))
    async with database.work() as tx:
        await record(tx, workspace, [first, second, third])

        runs = [(early, contact, NOON, first.id), (later, contact, NOON + DAY, second.id)]
        runs.append((last, contact, NOON + 2 * DAY, third.id))
        orders = await events_since(tx, workspace, ORDERED, runs, now=NOON + 2 * DAY)
        large = await events_since(tx, workspace, LARGE, runs, now=NOON + 2 * DAY)

    assert orders == {early: Seen(2, NOON + DAY), later: Seen(1, NOON + 2 * DAY), last: NOTHING_SEEN}
    assert large == {early: Seen(1, NOON + 2 * DAY), later: Seen(1, NOON + 2 * DAY), last: NOTHING_SEEN}
