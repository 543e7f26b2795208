"""Connections in the database: sealed, kept apart, opened again after the master key has changed."""

from uuid import UUID

import pytest

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import Connection, Provider, Status
from dripline.accounts.connections.reading import Told
from dripline.accounts.connections.store import (
    find_connection,
    list_connections,
    named_connection,
    note_check,
    reseal,
    save_connection,
)
from dripline.accounts.model import Mode
from dripline.accounts.resealing import Resealed
from dripline.accounts.sealing import Sealer
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

SEALER = Sealer("the master key of today", ["the master key of yesterday"])
NONE = Environment()
STRIPE = Told({}, {"apiKey": "sk_test_0123456789"})
LENT = Connection(Provider.STRIPE, "environment", {}, {"apiKey": "sk_test_lent"})
LENDING = Environment({Provider.STRIPE: LENT}, {Provider.STRIPE: "http://127.0.0.1:9"})


async def save(database: Database, workspace: WorkspaceId, *, name: str = "stripe", sealer: Sealer = SEALER) -> None:
    async with database.work() as tx:
        await save_connection(tx, workspace, Provider.STRIPE, name, STRIPE, sealer=sealer, now=real_now())


async def found(
    database: Database, workspace: WorkspaceId, *, sealer: Sealer = SEALER, environment: Environment = NONE
) -> Connection | None:
    async with database.work() as tx:
        return await find_connection(tx, workspace, Provider.STRIPE, sealer=sealer, environment=environment)


async def test_what_is_kept_is_sealed(database: Database, workspace: WorkspaceId) -> None:
    await save(database, workspace)

    rows = await database.look(Query("kept", "", "SELECT secrets FROM connection WHERE workspace_id = $1"), workspace)
    connection = await found(database, workspace)

    assert b"sk_test" not in rows[0]["secrets"]
    assert connection is not None
    assert connection.secrets == {"apiKey": "sk_test_0123456789"}


async def test_secrets_carried_to_another_row_do_not_open(database: Database, workspace: WorkspaceId) -> None:
    await save(database, workspace)
    await save(database, workspace, name="other")
    moved = Query(
        "moved",
        "",
        "UPDATE connection AS c SET secrets = o.secrets FROM connection AS o "
        "WHERE c.workspace_id = $1 AND o.workspace_id = $1 AND c.name = 'other' AND o.name = 'stripe'",
    )

    async with database.work() as tx:
        await tx.run(moved, workspace)
        other = await named_connection(tx, workspace, "other", sealer=SEALER)

    assert other is not None
    assert (other.status, other.secrets) == (Status.UNREADABLE, {})


async def test_one_that_is_known_to_fail_gives_way(database: Database, workspace: WorkspaceId) -> None:
    await save(database, workspace)
    await save(database, workspace, name="second")
    async with database.work() as tx:
        first = await named_connection(tx, workspace, "stripe", sealer=SEALER)
        assert first is not None
        await note_check(tx, workspace, first, "the key is revoked", now=real_now())

    connection = await found(database, workspace)

    assert connection is not None
    assert connection.name == "second"


async def test_a_check_says_nothing_of_a_connection_that_was_changed_meanwhile(
    database: Database, workspace: WorkspaceId
) -> None:
    await save(database, workspace)
    before = await found(database, workspace)
    assert before is not None
    await save(database, workspace)

    async with database.work() as tx:
        await note_check(tx, workspace, before, "the key is revoked", now=real_now())

    after = await found(database, workspace)
    assert after is not None
    assert after.status is Status.UNCHECKED


async def test_the_environment_lends_only_to_the_first_workspaces(database: Database, workspace: WorkspaceId) -> None:
    async with database.work() as tx:
        first = await create_workspace(tx, name="first", mode=Mode.TEST, now=real_now(), uses_environment=True)

    lent = await found(database, first.id, environment=LENDING)
    none = await found(database, workspace, environment=LENDING)

    assert lent is not None
    assert (lent.secrets, lent.settings) == ({"apiKey": "sk_test_lent"}, {"apiBase": "http://127.0.0.1:9"})
    assert lent.is_of_environment
    assert none is None


async def test_an_own_connection_comes_before_the_environment(database: Database) -> None:
    async with database.work() as tx:
        first = await create_workspace(tx, name="first", mode=Mode.TEST, now=real_now(), uses_environment=True)
    await save(database, first.id)

    own = await found(database, first.id, environment=LENDING)
    async with database.work() as tx:
        listed = await list_connections(tx, first.id, sealer=SEALER, environment=LENDING)

    assert own is not None
    assert (own.name, own.settings) == ("stripe", {"apiBase": "http://127.0.0.1:9"})
    assert [each.name for each in listed] == ["stripe"]


async def test_a_new_master_key_takes_over_page_by_page(database: Database, workspace: WorkspaceId) -> None:
    await save(database, workspace, sealer=Sealer("the master key of yesterday"))
    await save(database, workspace, name="lost", sealer=Sealer("a key that nobody has"))

    async with database.work() as tx:
        page = await reseal(tx, SEALER, (UUID(int=workspace.int - 1), "zzz"))

    assert page == Resealed(None, sealed=1, unreadable=1)
    alone = Sealer("the master key of today")
    opened = await found(database, workspace, sealer=alone)
    assert opened is not None
    assert opened.secrets == {"apiKey": "sk_test_0123456789"}


@pytest.mark.parametrize("sealer", [Sealer("a key that nobody has")])
async def test_what_cannot_be_opened_is_listed_with_the_reason_and_not_used(
    database: Database, workspace: WorkspaceId, sealer: Sealer
) -> None:
    await save(database, workspace, sealer=sealer)

    async with database.work() as tx:
        [listed] = await list_connections(tx, workspace, sealer=SEALER, environment=NONE)

    assert await found(database, workspace) is None
    assert listed.status is Status.UNREADABLE
    assert listed.reason is not None
    assert "DRIPLINE_FORMER_SECRET_KEYS" in listed.reason
