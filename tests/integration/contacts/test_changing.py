from datetime import UTC, datetime, timedelta

import pytest

from dripline.contacts.changing import (
    apply_changes,
    create_contact,
)
from dripline.contacts.model import Changed, Contact, ContactChanges
from dripline.contacts.store import find_contact, find_contact_by_email, lock_contacts
from dripline.database.pool import Database
from dripline.engine.audience.people import change_contact, delete_contact, upsert_contact
from dripline.kernel.addresses import Address, parse_address
from dripline.kernel.errors import Conflict, Invalid, NotFound
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ALICE = parse_address("Alice@Example.com")
NOTHING = ContactChanges()


async def alice(database: Database, workspace: WorkspaceId, changes: ContactChanges = NOTHING) -> Contact:
    async with database.front_door(workspace) as tx:
        return (await create_contact(tx, workspace, ALICE, changes, NOW)).contact


async def changed(database: Database, workspace: WorkspaceId, contact: ContactId, changes: ContactChanges) -> Contact:
    async with database.front_door(workspace) as tx:
        await change_contact(tx, workspace, contact, changes, now=LATER)
    async with database.front_door(workspace) as tx:
        found = await find_contact(tx, workspace, contact)
    assert found is not None
    return found


async def test_a_new_contact_has_what_was_given(database: Database, workspace: WorkspaceId) -> None:
    changes = ContactChanges({"plan": "trial", "old": None}, user_id="u-1", timezone="europe/kiev", unsubscribed=True)

    contact = await alice(database, workspace, changes)

    assert contact == Contact(
        id=contact.id,
        address=Address("Alice@example.com", "alice@example.com"),
        user_id="u-1",
        properties={"plan": "trial"},
        timezone="Europe/Kyiv",
        unsubscribed_at=NOW,
        suppressed=False,
        created_at=NOW,
        updated_at=NOW,
    )


async def test_an_address_is_taken_whatever_its_case(database: Database, workspace: WorkspaceId) -> None:
    await alice(database, workspace)

    async with database.front_door(workspace) as tx:
        with pytest.raises(Conflict, match=r"ALICE@example\.com"):
            await create_contact(tx, workspace, parse_address("ALICE@example.com"), NOTHING, NOW)


async def test_an_upsert_makes_a_contact_once(database: Database, workspace: WorkspaceId) -> None:
    async with database.front_door(workspace) as tx:
        first, first_is_new = await upsert_contact(tx, workspace, ALICE, ContactChanges({"a": 1}), now=NOW)
    async with database.front_door(workspace) as tx:
        second, second_is_new = await upsert_contact(tx, workspace, ALICE, ContactChanges({"b": 2}), now=LATER)

    assert (first_is_new, second_is_new) == (True, False)
    assert second.id == first.id
    assert second.properties == {"a": 1, "b": 2}
    assert (second.created_at, second.updated_at) == (NOW, LATER)


async def test_properties_are_merged_and_null_removes(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace, ContactChanges({"plan": "trial", "seats": 3}))

    after = await changed(
        database, workspace, contact.id, ContactChanges({"plan": "pro", "seats": None, "nested": {"a": [1, None]}})
    )

    assert after.properties == {"plan": "pro", "nested": {"a": [1, None]}}
    assert after.updated_at == LATER


async def test_a_change_that_changes_nothing_leaves_the_time(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace, ContactChanges({"plan": "trial"}))

    after = await changed(database, workspace, contact.id, ContactChanges({"plan": "trial"}))

    assert after == contact


async def test_opting_out_twice_keeps_the_first_moment(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace, ContactChanges(unsubscribed=True))

    after = await changed(database, workspace, contact.id, ContactChanges(unsubscribed=True))

    assert after.unsubscribed_at == NOW


async def test_a_contact_can_opt_in_again(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace, ContactChanges(unsubscribed=True))

    after = await changed(database, workspace, contact.id, ContactChanges(unsubscribed=False))

    assert after.unsubscribed_at is None


async def test_a_user_id_belongs_to_one_contact(database: Database, workspace: WorkspaceId) -> None:
    await alice(database, workspace, ContactChanges(user_id="u-1"))

    async with database.front_door(workspace) as tx:
        with pytest.raises(Conflict, match="u-1"):
            await create_contact(tx, workspace, parse_address("bob@example.com"), ContactChanges(user_id="u-1"), NOW)


async def test_an_unknown_time_zone_is_refused_with_the_nearest(database: Database, workspace: WorkspaceId) -> None:
    with pytest.raises(Invalid, match="Did you mean Europe/Berlin"):
        await alice(database, workspace, ContactChanges(timezone="Europe/Berln"))


async def test_properties_that_grow_too_large_are_refused(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace, ContactChanges({"a": "x" * 20_000}))

    async with database.front_door(workspace) as tx:
        with pytest.raises(Invalid, match="too large"):
            await change_contact(tx, workspace, contact.id, ContactChanges({"b": "x" * 20_000}), now=LATER)


async def test_an_unknown_contact_cannot_be_changed_or_deleted(database: Database, workspace: WorkspaceId) -> None:
    nobody = ContactId(new_uuid())

    async with database.front_door(workspace) as tx:
        with pytest.raises(NotFound):
            await change_contact(tx, workspace, nobody, NOTHING, now=NOW)
        with pytest.raises(NotFound):
            await delete_contact(tx, workspace, nobody, now=NOW)


async def test_many_changes_apply_in_order_and_one_refusal_leaves_the_others(
    database: Database, workspace: WorkspaceId
) -> None:
    contact = await alice(database, workspace)
    nobody = ContactId(new_uuid())
    changes = [
        (contact.id, ContactChanges({"n": 1})),
        (contact.id, ContactChanges(timezone="nowhere")),
        (nobody, ContactChanges({"n": 1})),
        (contact.id, ContactChanges({"n": 2}, user_id="u-1")),
    ]

    async with database.front_door(workspace) as tx:
        await lock_contacts(tx, workspace, [contact.id])
        outcomes = await apply_changes(tx, workspace, changes, LATER)

    assert [type(outcome) for outcome in outcomes] == [Changed, Invalid, NotFound, Changed]
    last = outcomes[3]
    assert isinstance(last, Changed)
    async with database.front_door(workspace) as tx:
        assert await find_contact(tx, workspace, contact.id) == last.contact


async def test_a_deleted_contact_is_gone_and_its_address_is_free(database: Database, workspace: WorkspaceId) -> None:
    contact = await alice(database, workspace)

    async with database.front_door(workspace) as tx:
        await delete_contact(tx, workspace, contact.id, now=NOW)

    async with database.front_door(workspace) as tx:
        assert await find_contact_by_email(tx, workspace, ALICE.key) is None
    assert (await alice(database, workspace)).id != contact.id
