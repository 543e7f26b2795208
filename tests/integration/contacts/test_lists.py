from datetime import UTC, datetime, timedelta

import pytest

from dripline.contacts.lists import (
    ContactList,
    add_list,
    add_members,
    change_list,
    count_members,
    delete_list,
    find_list,
    keep_list,
    list_lists,
    lists_of,
    remove_members,
)
from dripline.contacts.store import ContactFilter, insert_missing, list_contacts
from dripline.contacts.tags import add_tags
from dripline.database.pool import Database
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import ContactId, WorkspaceId, show

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


async def people(database: Database, workspace: WorkspaceId, *names: str) -> list[ContactId]:
    addresses = [parse_address(f"{name}@example.com") for name in names]
    async with database.front_door(workspace) as tx:
        found = await insert_missing(tx, workspace, addresses, NOW)
    return [found.ids[address.key] for address in addresses]


async def a_list(database: Database, workspace: WorkspaceId, slug: str, name: str | None = None) -> ContactList:
    async with database.front_door(workspace) as tx:
        return await add_list(tx, workspace, slug=slug, name=name or slug, description=None, now=NOW)


async def test_a_list_is_found_by_id_slug_and_name_in_this_order(database: Database, workspace: WorkspaceId) -> None:
    news = await a_list(database, workspace, "news", "weekly")
    weekly = await a_list(database, workspace, "weekly", "News of the week")

    async with database.front_door(workspace) as tx:
        found = [await find_list(tx, workspace, ref) for ref in (show("list", news.id), "weekly", "News of the week")]
        with pytest.raises(NotFound, match="'nothing'"):
            await find_list(tx, workspace, "nothing")

    assert found == [news, weekly, weekly]


async def test_a_slug_is_taken_once(database: Database, workspace: WorkspaceId) -> None:
    await a_list(database, workspace, "news")

    with pytest.raises(Conflict, match="There is a list 'news' already"):
        await a_list(database, workspace, "news", "Other news")


async def test_a_list_is_renamed_and_keeps_its_slug(database: Database, workspace: WorkspaceId) -> None:
    news = await a_list(database, workspace, "news")

    async with database.front_door(workspace) as tx:
        await change_list(tx, workspace, news.id, name="Weekly", description="On Mondays", now=LATER)
        changed = await find_list(tx, workspace, "news")

    assert changed == ContactList(news.id, "news", "Weekly", "On Mondays", NOW, LATER)


async def test_lists_come_oldest_first_and_by_a_part_of_the_name(database: Database, workspace: WorkspaceId) -> None:
    news, offers, weekly = [await a_list(database, workspace, slug) for slug in ("news", "offers", "weekly-news")]

    async with database.front_door(workspace) as tx:
        first = await list_lists(tx, workspace, search=None, limit=2, after=None)
        rest = await list_lists(tx, workspace, search=None, limit=2, after=offers.id)
        named = await list_lists(tx, workspace, search="NEWS", limit=10, after=None)

    assert (first, rest, named) == ([news, offers], [weekly], [news, weekly])


async def test_only_who_was_not_on_a_list_is_added(database: Database, workspace: WorkspaceId) -> None:
    ann, bob = await people(database, workspace, "ann", "bob")
    news = await a_list(database, workspace, "news")

    async with database.front_door(workspace) as tx:
        first = await add_members(tx, workspace, news.id, [ann], now=NOW)
        second = await add_members(tx, workspace, news.id, [ann, bob], now=NOW)
        removed = await remove_members(tx, workspace, news.id, [bob])
        again = await remove_members(tx, workspace, news.id, [bob])
        counts = await count_members(tx, workspace, [news.id])
        of_ann = await lists_of(tx, workspace, ann)

    assert (first, second, removed, again) == ([ann], [bob], [bob], [])
    assert (counts, of_ann) == ({news.id: 1}, [news])


async def test_contacts_are_listed_by_list_and_tag_together(database: Database, workspace: WorkspaceId) -> None:
    ann, bob, zoe = await people(database, workspace, "ann", "bob", "zoe")
    news = await a_list(database, workspace, "news")

    async with database.front_door(workspace) as tx:
        await add_members(tx, workspace, news.id, [ann, bob], now=NOW)
        await add_tags(tx, workspace, [bob, zoe], ["vip"], now=NOW)
        asked = (
            ContactFilter(list_id=news.id),
            ContactFilter(tag="vip"),
            ContactFilter(tag="vip", list_id=news.id),
            ContactFilter(search="ANN", list_id=news.id),
            ContactFilter(suppressed=True, tag="vip"),
        )
        found = [
            {contact.id for contact in await list_contacts(tx, workspace, matching=each, limit=10)} for each in asked
        ]
        [newest] = await list_contacts(tx, workspace, matching=ContactFilter(tag="vip"), limit=1)
        behind = await list_contacts(tx, workspace, matching=ContactFilter(tag="vip"), limit=9, before=newest.id)

    assert found == [{ann, bob}, {bob, zoe}, {bob}, {ann}, set()]
    assert [newest.id, *(each.id for each in behind)] == sorted([bob, zoe], reverse=True)


async def test_a_deleted_list_has_no_members_and_takes_none(database: Database, workspace: WorkspaceId) -> None:
    [ann] = await people(database, workspace, "ann")
    news = await a_list(database, workspace, "news")

    async with database.front_door(workspace) as tx:
        await add_members(tx, workspace, news.id, [ann], now=NOW)
        await delete_list(tx, workspace, news.id)

        assert await keep_list(tx, workspace, news.id) is None
        assert await lists_of(tx, workspace, ann) == []
        assert await list_contacts(tx, workspace, matching=ContactFilter(list_id=news.id), limit=9) == []
