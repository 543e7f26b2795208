"""Asking the DNS which family of mailbox providers takes the mail of a recipient's domain, where a rate depends on it.

Until that is known, the mail of such a domain belongs to no family.
"""

import asyncio
from datetime import timedelta
from operator import itemgetter

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.delivery.domains.dns import Dns, Found
from dripline.delivery.families import Family, family_of_hosts
from dripline.kernel.clock import real_now
from dripline.kernel.grouping import grouped

_sql = queries(__package__)

_AT_ONCE = 20
_KNOWN_FOR = timedelta(days=30)


class HostLookups:
    """The worker's part: looks up what has been noted."""

    def __init__(self, database: Database, dns: Dns) -> None:
        self._database = database
        self._dns = dns

    async def once(self) -> float | None:
        """Look up some domains; gives 0 when there are more."""
        async with self._database.work() as tx:
            rows = await tx.rows(_sql["hosts_to_look_up"], _AT_ONCE)
        families = dict(zip(rows, await asyncio.gather(*(self._family(row["domain"]) for row in rows)), strict=True))
        for workspace, group in grouped(rows, key=itemgetter("workspace_id")).items():
            async with self._database.work() as tx:
                domains = [row["domain"] for row in group]
                await tx.run(_sql["note_families"], workspace, domains, [families[row] for row in group], real_now())
        return 0 if len(rows) == _AT_ONCE else None

    async def forget(self) -> None:
        """Have what was looked up long ago looked up again."""
        async with self._database.work() as tx:
            await tx.run(_sql["forget_hosts"], real_now() - _KNOWN_FOR)

    async def _family(self, domain: str) -> Family | None:
        # An answer that does not come is none: a month later it is asked for again.
        answer = await self._dns.look_up(domain, "MX")
        if not isinstance(answer, Found):
            return None
        ordered = sorted(answer.values, key=lambda value: int(value.partition(" ")[0]))
        return family_of_hosts(value.partition(" ")[2] for value in ordered)
