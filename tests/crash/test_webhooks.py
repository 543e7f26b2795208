"""A worker is killed between the call of a webhook and the word that it was made."""

import signal
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.delivery.webhooks.choosing import announce
from dripline.delivery.webhooks.model import Delivery, DeliveryStatus, Webhook
from dripline.delivery.webhooks.store import SECRET_BYTES, add_webhook, list_deliveries, secret_of
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, show
from tests.makers.api_server import ApiServer, Fault, Said
from tests.makers.processes import a_worker, end, environ_of
from tests.makers.waiting import until
from tests.makers.world import SECRET as MASTER

pytestmark = pytest.mark.crash

SECRET = secret_of(b"s" * SECRET_BYTES)


async def test_a_call_is_repeated_under_the_same_id_by_who_comes_after(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    environ = {**environ_of(database_url), "DRIPLINE_PRIVATE_WEBHOOKS": "yes"}
    async with ApiServer(lambda _: Said(204)) as server:
        server.script = [Fault.STALL_AFTER]
        workspace, hook = await something_to_tell(database, server.url)

        async with a_worker(environ, tmp_path / "first.log") as first:
            await until(lambda: was_called(server, 1), "the webhook was called")
            await end(first, signal.SIGKILL)
        async with a_worker(environ, tmp_path / "second.log"):
            await until(lambda: is_delivered(database, workspace, hook), "the delivery is written down")

    [delivery] = await deliveries(database, workspace, hook)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 2)
    assert [asked.headers["webhook-id"] for asked in server.asked] == [show("delivery", delivery.id)] * 2
    for asked in server.asked:
        Verifier(SECRET).verify(asked.body, dict(asked.headers))


async def something_to_tell(database: Database, url: str) -> tuple[WorkspaceId, Webhook]:
    now, sealer = real_now(), Sealer(MASTER)
    async with database.work() as tx:
        workspace = (await create_workspace(tx, name="a workspace", mode=Mode.LIVE, now=now)).id
        hook = await add_webhook(tx, workspace, url, ["*"], SECRET, sealer=sealer, now=now)
        await announce(tx, workspace, "domain.stopped", {"domain": "example.com"}, at=now)
    return workspace, hook


async def deliveries(database: Database, workspace: WorkspaceId, hook: Webhook) -> list[Delivery]:
    async with database.work() as tx:
        return await list_deliveries(tx, workspace, hook.id, limit=10)


async def was_called(server: ApiServer, times: int) -> bool:
    return len(server.asked) == times


async def is_delivered(database: Database, workspace: WorkspaceId, hook: Webhook) -> bool:
    return all(each.status is DeliveryStatus.DELIVERED for each in await deliveries(database, workspace, hook))
