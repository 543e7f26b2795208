"""Row-level security: a front door sees one workspace, or nothing."""

from contextlib import suppress

import asyncpg
import pytest

from dripline.contacts.store import insert_missing
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from tests.integration.conftest import a_workspace

_TABLES = Query(
    "tables",
    "Gives each table with tenant data, and whether its rows are guarded.",
    """
    SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner) AS owner,
        EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy
    FROM pg_class c WHERE c.relnamespace = 'dripline'::regnamespace AND c.relkind = 'r'
        AND c.relname NOT IN ('schema_migration', 'api_key')
    """,
)
_ROLE = Query("role", "Gives what the front-door role may.", "SELECT * FROM pg_roles WHERE rolname = 'dripline_app'")
_COUNT = Query("count", "Counts contacts, wherever they are.", "SELECT count(*) FROM contact")
_STEAL = Query("steal", "Moves contacts to another workspace.", "UPDATE contact SET workspace_id = $1")
_CURRENT = Query(
    "current",
    "Gives the role and the workspace of this transaction.",
    "SELECT current_user || ' ' || coalesce(current_setting('dripline.workspace', true), '')",
)


async def a_contact(database: Database, workspace: WorkspaceId) -> None:
    async with database.work() as tx:
        await insert_missing(tx, workspace, [parse_address("ann@example.com")], real_now())


async def test_every_table_is_guarded_and_the_front_door_owns_none(database: Database) -> None:
    async with database.work() as tx:
        tables = await tx.rows(_TABLES)
        role = await tx.row(_ROLE)

    assert [row["relname"] for row in tables if not (row["relrowsecurity"] and row["has_policy"])] == []
    assert "dripline_app" not in {row["owner"] for row in tables}
    assert role is not None
    assert (role["rolsuper"], role["rolbypassrls"], role["rolcanlogin"]) == (False, False, False)


async def test_a_front_door_sees_its_own_workspace_only(database: Database, workspace: WorkspaceId) -> None:
    other = (await a_workspace(database)).id
    await a_contact(database, workspace)
    await a_contact(database, other)

    async with database.front_door(workspace) as tx:
        assert await tx.value(_COUNT) == 1


async def test_without_a_workspace_there_is_nothing_to_see(database: Database, workspace: WorkspaceId) -> None:
    await a_contact(database, workspace)
    become = Query("become", "Becomes the front door.", "SET LOCAL ROLE dripline_app")

    async with database.work() as tx:
        await tx.run(become)
        assert await tx.value(_COUNT) == 0


async def test_a_front_door_cannot_write_into_another_workspace(database: Database, workspace: WorkspaceId) -> None:
    other = (await a_workspace(database)).id
    await a_contact(database, workspace)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.front_door(workspace) as tx:
            await tx.run(_STEAL, other)


async def test_a_connection_carries_nothing_from_one_transaction_to_the_next(
    database_url: str, workspace: WorkspaceId
) -> None:
    database = await Database.open(database_url, size=1)
    with suppress(ZeroDivisionError):
        async with database.front_door(workspace) as tx:
            inside = await tx.value(_CURRENT)
            raise ZeroDivisionError

    async with database.work() as tx:
        after = await tx.value(_CURRENT)

    assert (inside, after) == (f"dripline_app {workspace}", "dripline ")
    await database.close()
