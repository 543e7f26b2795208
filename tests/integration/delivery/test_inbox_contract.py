from uuid import UUID

import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.transports.contract import Transport
from dripline.delivery.transports.inbox import InboxTransport
from tests.contract.transports import Arrived, TransportContract

_CONTENTS = Query("contents", "Gives all letters.", "SELECT content FROM inbox WHERE workspace_id = $1 ORDER BY id")
_CLEAR = Query("clear", "Starts anew.", "DELETE FROM inbox WHERE workspace_id = $1")
# The workspace of the keys that the contract's letters have.
_WORKSPACE = UUID(int=1)


class TestInboxTransport(TransportContract):
    @pytest.fixture
    async def transport(self, database: Database) -> Transport:
        async with database.work() as tx:
            await tx.run(_CLEAR, _WORKSPACE)
        return InboxTransport(database)

    @pytest.fixture
    def arrived(self, database: Database) -> Arrived:
        async def contents() -> list[bytes]:
            async with database.work() as tx:
                return [row["content"] for row in await tx.rows(_CONTENTS, _WORKSPACE)]

        return contents
