import asyncio
from datetime import UTC, datetime

from dripline.contacts.changing import create_contact
from dripline.contacts.model import Contact, ContactChanges, Suppression, SuppressionReason
from dripline.contacts.store import (
    ContactFilter,
    find_contact,
    find_contact_by_user_id,
    find_contacts,
    find_suppression,
    insert_missing,
    list_contacts,
    lock_contacts,
)
from dripline.contacts.suppression import suppress, unsuppress
from dripline.database.pool import Database
from dripline.engine.audience.people import delete_contact
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid
from tests.integration.conftest import a_workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def people(database: Database, workspace: WorkspaceId, *names: str) -> list[Contact]:
    async with database.front_door(workspace) as tx:
        return [
            (
                await create_contact(
                    tx, workspace, parse_address(f"{name}@example.com"), ContactChanges(user_id=f"id of {name}"), NOW
                )
            ).contact
            for name in names
        ]


async def listed(
    database: Database, workspace: WorkspaceId, matching: ContactFilter, *, limit: int = 10
) -> list[Contact]:
    async with database.front_door(workspace) as tx:
        return await list_contacts(tx, workspace, matching=matching, limit=limit)


async def test_contacts_are_found_by_id_and_user_id(database: Database, workspace: WorkspaceId) -> None:
    alice, bob = await people(database, workspace, "alice", "bob")

    async with database.front_door(workspace) as tx:
        assert await find_contact(tx, workspace, alice.id) == alice
        assert await find_contact_by_user_id(tx, workspace, "id of bob") == bob
        nobody = ContactId(new_uuid())
        assert await find_contacts(tx, workspace, [bob.id, nobody, alice.id]) == {alice.id: alice, bob.id: bob}


async def test_missing_contacts_are_made_and_others_found(database: Database, workspace: WorkspaceId) -> None:
    [alice] = await people(database, workspace, "alice")
    addresses = [parse_address(text) for text in ("zoe@example.com", "ALICE@example.com", "bob@example.com")]

    async with database.front_door(workspace) as tx:
        found = await insert_missing(tx, workspace, addresses, NOW)

    ids = found.ids
    assert ids.keys() == {"zoe@example.com", "alice@example.com", "bob@example.com"}
    assert ids["alice@example.com"] == alice.id
    assert found.new == {ids["zoe@example.com"], ids["bob@example.com"]}
    async with database.front_door(workspace) as tx:
        assert (await find_contacts(tx, workspace, ids.values())).keys() == set(ids.values())


async def test_two_transactions_that_add_the_same_people_agree(database: Database, workspace: WorkspaceId) -> None:
    addresses = [parse_address(f"person-{n}@example.com") for n in range(50)]
    made: list[frozenset[ContactId]] = []

    async def add(order: int) -> dict[str, ContactId]:
        async with database.front_door(workspace) as tx:
            found = await insert_missing(tx, workspace, addresses[::order], NOW)
            made.append(found.new)
            return dict(found.ids)

    outcomes = await asyncio.gather(add(1), add(-1), add(1), add(-1))

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(set(outcomes[0].values())) == sum(map(len, made)) == 50


async def test_locking_gives_who_is_there_in_order(database: Database, workspace: WorkspaceId) -> None:
    alice, bob = await people(database, workspace, "alice", "bob")
    nobody = ContactId(new_uuid())

    async with database.front_door(workspace) as tx:
        locked = await lock_contacts(tx, workspace, [nobody, bob.id, alice.id])

    assert locked == [alice.id, bob.id]


async def test_a_locked_contact_makes_the_next_one_wait(database: Database, workspace: WorkspaceId) -> None:
    [alice] = await people(database, workspace, "alice")
    order: list[str] = []

    async def delete() -> None:
        async with database.front_door(workspace) as tx:
            await delete_contact(tx, workspace, alice.id, now=NOW)
            order.append("deleted")

    async with database.front_door(workspace) as tx:
        await lock_contacts(tx, workspace, [alice.id])
        deleting = asyncio.create_task(delete())
        await asyncio.wait([deleting], timeout=0.2)
        order.append("unlocked")
    await deleting

    assert order == ["unlocked", "deleted"]


async def test_lists_are_newest_first_and_go_on_below_an_id(database: Database, workspace: WorkspaceId) -> None:
    alice, bob, carol = await people(database, workspace, "alice", "bob", "carol")

    first = await listed(database, workspace, ContactFilter(), limit=2)
    async with database.front_door(workspace) as tx:
        rest = await list_contacts(tx, workspace, matching=ContactFilter(), limit=2, before=bob.id)

    assert (first, rest) == ([carol, bob], [alice])


async def test_a_search_is_a_part_of_the_address_and_nothing_else(database: Database, workspace: WorkspaceId) -> None:
    alice, _ = await people(database, workspace, "al_ice", "alxice")

    assert await listed(database, workspace, ContactFilter(search="AL_ICE@ex")) == [alice]
    assert await listed(database, workspace, ContactFilter(search="%")) == []


async def test_suppressed_contacts_can_be_listed_apart(database: Database, workspace: WorkspaceId) -> None:
    alice, bob = await people(database, workspace, "alice", "bob")
    async with database.front_door(workspace) as tx:
        await suppress(
            tx, workspace, email_key="alice@example.com", reason=SuppressionReason.BOUNCED, now=NOW, detail="550"
        )

    suppressed = await listed(database, workspace, ContactFilter(suppressed=True))

    assert [(contact.id, contact.suppressed) for contact in suppressed] == [(alice.id, True)]
    assert await listed(database, workspace, ContactFilter(suppressed=False)) == [bob]


async def test_an_address_can_be_suppressed_once_and_let_go(database: Database, workspace: WorkspaceId) -> None:
    key, reason = "nobody@example.com", SuppressionReason.MANUAL
    async with database.front_door(workspace) as tx:
        assert await suppress(tx, workspace, email_key=key, reason=reason, now=NOW)
        assert not await suppress(tx, workspace, email_key=key, reason=reason, now=NOW)
        assert await find_suppression(tx, workspace, key) == Suppression(key, reason, None, NOW)
        assert await unsuppress(tx, workspace, key)
        assert not await unsuppress(tx, workspace, key)
        assert await find_suppression(tx, workspace, key) is None


async def test_another_workspace_sees_nothing_of_it(database: Database, workspace: WorkspaceId) -> None:
    [alice] = await people(database, workspace, "alice")
    other = (await a_workspace(database)).id

    async with database.front_door(other) as tx:
        # Even when a query names the foreign workspace: row-level security answers, not the condition.
        assert await find_contact(tx, workspace, alice.id) is None
        assert await list_contacts(tx, workspace, matching=ContactFilter(), limit=10) == []


async def test_a_transaction_that_names_no_workspace_sees_nothing(database: Database, workspace: WorkspaceId) -> None:
    [alice] = await people(database, workspace, "alice")

    async with database.work() as tx:
        await tx._connection.execute("SET LOCAL ROLE dripline_app")
        assert await find_contact(tx, workspace, alice.id) is None
