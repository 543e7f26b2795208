from datetime import UTC, datetime

from dripline.contacts.store import insert_missing
from dripline.contacts.tags import TagCount, add_tags, list_tags, remove_tags, tags_of
from dripline.database.pool import Database
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, WorkspaceId
from tests.integration.conftest import a_workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def people(database: Database, workspace: WorkspaceId, *names: str) -> list[ContactId]:
    addresses = [parse_address(f"{name}@example.com") for name in names]
    async with database.front_door(workspace) as tx:
        found = await insert_missing(tx, workspace, addresses, NOW)
    return [found.ids[address.key] for address in addresses]


async def test_only_new_tags_are_told(database: Database, workspace: WorkspaceId) -> None:
    ann, bob = await people(database, workspace, "ann", "bob")

    async with database.front_door(workspace) as tx:
        first = await add_tags(tx, workspace, [ann], ["vip"], now=NOW)
        second = await add_tags(tx, workspace, [ann, bob], ["vip", "new"], now=NOW)

    assert first == [(ann, "vip")]
    assert sorted(second) == sorted([(ann, "new"), (bob, "vip"), (bob, "new")])


async def test_only_tags_that_were_there_are_told_when_they_go(database: Database, workspace: WorkspaceId) -> None:
    ann, bob = await people(database, workspace, "ann", "bob")

    async with database.front_door(workspace) as tx:
        await add_tags(tx, workspace, [ann], ["vip", "new"], now=NOW)
        removed = await remove_tags(tx, workspace, [ann, bob], ["vip", "unknown"])
        left = await tags_of(tx, workspace, [ann, bob])

    assert removed == [(ann, "vip")]
    assert left == {ann: ["new"], bob: []}


async def test_tags_are_listed_by_name_with_how_many_have_them(database: Database, workspace: WorkspaceId) -> None:
    ann, bob = await people(database, workspace, "ann", "bob")
    other = (await a_workspace(database)).id
    [zoe] = await people(database, other, "zoe")
    async with database.front_door(other) as tx:
        await add_tags(tx, other, [zoe], ["elsewhere"], now=NOW)

    async with database.front_door(workspace) as tx:
        await add_tags(tx, workspace, [ann, bob], ["vip"], now=NOW)
        await add_tags(tx, workspace, [ann], ["a", "b"], now=NOW)
        first = await list_tags(tx, workspace, limit=2, after=None)
        rest = await list_tags(tx, workspace, limit=2, after="b")

    assert first == [TagCount("a", 1), TagCount("b", 1)]
    assert rest == [TagCount("vip", 2)]
