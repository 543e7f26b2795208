"""What is thrown away when nobody needs it any more, and what is added up so that readings stay short."""

from dripline.database.pool import Database
from dripline.delivery.feedback.inbound import forget_inbound
from dripline.delivery.feedback.polling import forget_mailboxes
from dripline.delivery.hosts import HostLookups
from dripline.delivery.singles import forget_message_keys
from dripline.delivery.webhooks.store import forget_old_deliveries
from dripline.durable.tallies import fold, forget_hours
from dripline.durable.uploads import forget_uploads
from dripline.events.store import forget_keys
from dripline.kernel.clock import real_now


class House:
    """The house of all workspaces."""

    def __init__(self, database: Database, hosts: HostLookups) -> None:
        self._database = database
        self._hosts = hosts

    async def add_up(self) -> None:
        """Add counts to their sums."""
        await fold(self._database)

    async def keep(self) -> None:
        """Throw away what is too old to be of use."""
        now = real_now()
        async with self._database.work() as tx:
            await forget_keys(tx, now=now)
            await forget_message_keys(tx, now=now)
            await forget_uploads(tx, now=now)
            await forget_inbound(tx, now=now)
            await forget_mailboxes(tx)
        await forget_hours(self._database, now=now)
        await forget_old_deliveries(self._database, now=now)
        await self._hosts.forget()
