"""Asking the DNS which family of mailbox providers takes the mail of a recipient's domain, where a rate depends on it.

Until that is known, the mail of such a domain belongs to no family.
"""

import asyncio
from collections import defaultdict
from datetime import timedelta

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.delivery.domains.dns import Dns, Found
from dripline.delivery.families import Family, family_of_hosts
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

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
        found = await asyncio.gather(*(self._family(row["domain"]) for row in rows))
        by_workspace: dict[WorkspaceId, list[tuple[str, Family | None]]] = defaultdict(list)
        for row, family in zip(rows, found, strict=True):
            by_workspace[row["workspace_id"]].append((row["domain"], family))
        for workspace, pairs in by_workspace.items():
            async with self._database.work() as tx:
                domains, families = [domain for domain, _ in pairs], [family for _, family in pairs]
                await tx.run(_sql["note_families"], workspace, domains, families, real_now())
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
