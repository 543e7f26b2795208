"""Working what came in: read it, find the message that it is about, write down what it says."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from dripline.accounts.workspaces import find_workspace
from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.feedback import inbound
from dripline.delivery.feedback.applying import Applied, Heard, News, apply
from dripline.delivery.feedback.escalating import Escalation
from dripline.delivery.feedback.finding import Finder, Traces
from dripline.delivery.feedback.inbound import UNKNOWN, Inbound, Source
from dripline.delivery.feedback.model import BounceClass, Kind, Recipient, Report
from dripline.delivery.feedback.providers.contract import Fetch, Reporter, Unreadable
from dripline.delivery.feedback.providers.ses import subscribe_url
from dripline.delivery.feedback.reading import read_report
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound

_sql = queries(__package__)
_log = structlog.get_logger()

_BATCH = 20
_MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one thing that came in says of one mail. `people` are for the choice of the one that the mail went to."""

    traces: Traces
    news: News | None
    people: tuple[Recipient, ...] = ()


class Feedback:
    """Works what came in, one transaction for each, so that one that cannot be worked costs only itself."""

    def __init__(
        self,
        database: Database,
        finder: Finder,
        reporters: Mapping[Source, Reporter],
        *,
        rule: Escalation,
        fetch: Fetch,
    ) -> None:
        self._database = database
        self._finder = finder
        self._reporters = reporters
        self._rule = rule
        self._fetch = fetch

    async def once(self) -> float | None:
        """Work what waits; gives 0 while there may be more."""
        async with self._database.work() as tx:
            taken = await inbound.take(tx, limit=_BATCH, now=real_now())
        for each in taken:
            await self._work(each)
        return 0 if len(taken) == _BATCH else None

    async def _work(self, each: Inbound) -> None:
        try:
            said = await self._read(each)
            await self._database.transact(lambda tx: self._apply(tx, each, said))
        except Unreadable as error:
            await self._put_aside(each, f"unreadable: {error}")
        except Exception as error:
            if is_out_of_reach(error):
                raise
            _log.error("feedback_failed", source=each.source, exc_info=error)
            if each.attempts >= _MOST_ATTEMPTS:
                await self._put_aside(each, f"failed {each.attempts} times: {type(error).__name__}")

    async def _put_aside(self, each: Inbound, reason: str) -> None:
        async with self._database.work() as tx:
            await inbound.put_aside(tx, each, reason[:500])
        _log.warning("feedback_quarantined", source=each.source, reason=reason[:500])

    async def _read(self, each: Inbound) -> _Said:
        if each.source in inbound.MAIL:
            # Large mail takes its time, and others are waiting.
            return self._of_mail(each, await asyncio.to_thread(read_report, each.content))
        if each.source is Source.SES and (url := subscribe_url(each.content)) is not None:
            await self._fetch(url)
        told = self._reporters[each.source].read(each.content)
        return _Said(told.traces, told.news)

    def _of_mail(self, each: Inbound, report: Report) -> _Said:
        envelope = (*each.envelope, *report.envelope)
        traces = Traces(envelope=envelope, message_ids=report.message_ids, links=report.links)
        if report.fault and self._finder.envelope_of(each.envelope) is None:
            raise Unreadable(report.fault)
        return _Said(traces, _news_of(report), report.recipients)

    async def _apply(self, tx: Tx, each: Inbound, said: _Said) -> None:
        """Apply what one thing says, and end it; or have it wait for the mail that it is about."""
        # Whoever has ended it already has applied it.
        if not await inbound.hold(tx, each):
            return
        applied = await self._apply_held(tx, each, said)
        if applied not in (Applied.EARLY, Applied.UNKNOWN):
            await inbound.finish(tx, each, applied)
        elif each.attempts < _MOST_ATTEMPTS:
            await inbound.wait(tx, each, real_now() + _FIRST_WAIT * 2 ** (each.attempts - 1))
        else:
            await inbound.put_aside(tx, each, "it names no message of ours that was sent")

    async def _apply_held(self, tx: Tx, each: Inbound, said: _Said) -> Applied:
        if said.news is None:
            return Applied.NOTHING_NEW
        known = each.workspace_id if each.workspace_id != UNKNOWN else None
        found = await self._finder.find(tx, said.traces, workspace=known)
        if found is None:
            return Applied.UNKNOWN
        workspace, key = found
        try:
            now = (await find_workspace(tx, workspace)).now(real_now())
        except NotFound:
            return Applied.UNKNOWN
        news = said.news
        if said.people:
            news = _about(said.people, await tx.value(_sql["address_of"], workspace, *key), news)
        return await apply(tx, workspace, key, news, now=now, rule=self._rule)


def _news_of(report: Report) -> News | None:
    match report.kind:
        case Kind.BOUNCE:
            return News(Heard.BOUNCED)
        case Kind.DELIVERED:
            return News(Heard.DELIVERED)
        case Kind.COMPLAINT:
            return News(Heard.COMPLAINED, reason=report.feedback)
        case Kind.NONE if report.fault:
            # It came to an address that only a server knows which failed to deliver.
            return News(Heard.BOUNCED, BounceClass.OTHER, reason=f"a report that cannot be read: {report.fault}")
        case _:
            return None


def _about(people: tuple[Recipient, ...], address: str | None, news: News) -> News:
    """The news about the address that our mail went to; about the first where it was forwarded to others."""
    if news.heard is not Heard.BOUNCED:
        return news
    ours = [each for each in people if address is not None and each.address.lower() == address.lower()]
    person = (ours or people)[0]
    return News(Heard.BOUNCED, person.klass, person.status, person.reason)
