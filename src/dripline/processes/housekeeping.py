"""What is thrown away or archived when nobody needs it any more, and what is added up so that readings stay short."""

from dripline.database.pool import Database
from dripline.delivery.feedback.inbound import forget_inbound
from dripline.delivery.feedback.polling import forget_mailboxes
from dripline.delivery.hosts import HostLookups
from dripline.delivery.singles import forget_message_keys
from dripline.delivery.webhooks.store import forget_old_deliveries
from dripline.durable.tallies import fold, forget_hours
from dripline.durable.uploads import forget_uploads
from dripline.engine.audience.signing_up import forget_limits
from dripline.engine.facts.retaining import archive_old_events
from dripline.events.store import forget_keys
from dripline.kernel.clock import real_now

# So many counts since the last time are many, and are added up more often.
_MANY = 500
_BUSY_SECONDS = 1.0


class House:
    """The house of all workspaces."""

    def __init__(self, database: Database, hosts: HostLookups) -> None:
        self._database = database
        self._hosts = hosts

    async def add_up(self) -> float | None:
        """Add counts to their sums; gives the seconds until it is worth doing again, None for no hurry.

        A reading takes what has not been added up one by one, so that much of it must not gather.
        """
        return _BUSY_SECONDS if await fold(self._database) >= _MANY else None

    async def keep(self) -> None:
        """Throw away, or archive, what is too old to be of use."""
        now = real_now()
        async with self._database.work() as tx:
            await forget_keys(tx, now=now)
            await forget_message_keys(tx, now=now)
            await forget_uploads(tx, now=now)
            await forget_inbound(tx, now=now)
            await forget_mailboxes(tx)
            await forget_limits(tx, now=now)
        await forget_hours(self._database, now=now)
        await forget_old_deliveries(self._database, now=now)
        await self._hosts.forget()
        await archive_old_events(self._database, real=now)
