"""Looking at a domain again: ask the DNS outside any transaction, then write what follows from it."""

import asyncio
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.domains.checking import as_published, check
from dripline.delivery.domains.dns import Dns
from dripline.delivery.domains.judging import judged
from dripline.delivery.domains.model import UNVERIFIED, Domain, Findings
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.relaying import look_at_relays
from dripline.delivery.domains.sending import Domains
from dripline.delivery.domains.store import DueCheck, claim_checks, find_domain, lock_domain, save_domain
from dripline.delivery.domains.waiting import lanes_waiting, release_lane
from dripline.delivery.domains.ways import connections_of, place_of
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import WorkspaceId, show

_log = structlog.get_logger()

_AT_ONCE = 10
_PUT_OFF = timedelta(minutes=10)
_LONGEST_CHECK_SECONDS = 120


async def look(domain: Domain, mode: str, place: Place, dns: Dns) -> Findings:
    """What is there to be found of a domain now, and of the relays that it leaves by. A test workspace is told that all
    is as it should be.
    """
    if mode == Mode.TEST:
        return as_published(domain, place)
    findings, of_relays = await asyncio.gather(check(domain, place, dns), look_at_relays(place, dns))
    return structs.replace(findings, records={**findings.records, **of_relays})


async def note_findings(
    tx: Tx, workspace: WorkspaceId, name: str, findings: Findings, *, now: datetime, real: datetime
) -> Domain:
    """Write what a check found. Mail that waited for the domain moves when it is proved now.

    `now` is the workspace's time, `real` that of the check.

    Raises:
        NotFound: the domain has been deleted meanwhile.
    """
    before = await lock_domain(tx, workspace, name)
    after = judged(before, findings, now=real)
    await save_domain(tx, workspace, after)
    if after.may_send(real) and not before.may_send(real):
        await outbox.release(tx, workspace, held=UNVERIFIED, sequence=None, rate=None, now=now)
    return after


class Rechecks:
    """The worker's part: looks at every domain again and again."""

    def __init__(self, database: Database, domains: Domains, place: Place, dns: Dns, sealer: Sealer) -> None:
        self._database = database
        self._domains = domains
        self._place = place
        self._dns = dns
        self._sealer = sealer

    async def once(self) -> float | None:
        """Check what is due, and let mail go that is held though its domain is proved."""
        await self._release()
        async with self._database.work() as tx:
            due = await claim_checks(tx, limit=_AT_ONCE, now=real_now(), put_off=_PUT_OFF)
        await asyncio.gather(*(self._check(each) for each in due))
        return 0 if len(due) == _AT_ONCE else None

    async def _release(self) -> None:
        # Mail may have been held at the very moment in which its domain was proved.
        async with self._database.work() as tx:
            for waiting in await lanes_waiting(tx):
                await self._domains.load(tx, waiting.workspace, {waiting.domain})
                if self._domains.known(waiting.workspace, waiting.domain).may_send:
                    await release_lane(tx, waiting)

    async def _check(self, due: DueCheck) -> None:
        try:
            async with self._database.work() as tx:
                domain = await find_domain(tx, due.workspace, show("domain", due.domain))
                connections = await connections_of(tx, due.workspace, due.mode, sealer=self._sealer)
            place = place_of(domain.name, connections, self._place)
            async with asyncio.timeout(_LONGEST_CHECK_SECONDS):
                findings = await look(domain, due.mode, place, self._dns)
            async with self._database.work() as tx:
                real = real_now()
                after = await note_findings(tx, due.workspace, domain.name, findings, now=real, real=real)
        except NotFound:
            return
        except TimeoutError:
            _log.warning("domain_check_took_too_long", domain=domain.name)
            return
        if after.status is not domain.status:
            _log.info("domain_status", domain=after.name, status=after.status.value)
