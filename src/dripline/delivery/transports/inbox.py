"""The inbox: the transport of test workspaces. It keeps the bytes that a server would have got."""

from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.delivery.message.addressing import wire_address
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.kernel.clock import real_now
from dripline.kernel.ids import new_uuid

_sql = queries("dripline.delivery")


class InboxTransport:
    """Keeps letters in the database, each key once."""

    idempotent = True

    def __init__(self, database: Database, *, slots: int = 8) -> None:
        self._database = database
        self.slots = slots

    async def send(self, envelope: Envelope) -> Reply:
        """Keep one letter.

        Raises:
            Unmailable: the recipient cannot go on a wire, so that a relay would not have got it either.
        """
        wire_address(envelope.recipient.text)
        workspace, source, visit = envelope.key.split("/")
        async with self._database.work() as tx:
            await tx.run(
                _sql["add_to_inbox"],
                UUID(workspace),
                new_uuid(),
                UUID(source),
                int(visit),
                envelope.recipient.key,
                envelope.content,
                real_now(),
            )
        return Reply(Verdict.ACCEPTED, Phase.DOT, 250, "2.0.0", "kept in the inbox")

    async def close(self) -> None:
        """There is nothing to let go of: the database is somebody else's."""
