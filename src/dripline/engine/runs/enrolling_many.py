"""Enrolling many by a job: everybody in a segment, on a list, with a tag; those who match already at activation."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import msgspec

from dripline.accounts.clocks import read_clock
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, add_job, keep
from dripline.engine.facts.starting import Cause
from dripline.engine.runs.enrolling import begin, find_active
from dripline.kernel.clock import real_now
from dripline.kernel.ids import EnrollmentId, JobId, WorkspaceId, show
from dripline.kernel.values import Json
from dripline.sequences.model import Sequence as Drip

_sql = queries(__package__)

ENROLL_JOB = "enroll_many"
_PAGE = 500


class AudienceKind(StrEnum):
    """By what people are named all at once."""

    SEGMENT = "segment"
    LIST = "list"
    TAG = "tag"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in a segment or on a list (by id), with a tag, or there is."""

    kind: AudienceKind
    key: str = ""


async def count(tx: Tx, workspace: WorkspaceId, audience: Audience) -> int:
    """How many an audience has now."""
    number: int = await tx.value(_sql[f"count_{audience.kind}"], workspace, audience.key)
    return number


async def enroll_later(tx: Tx, workspace: WorkspaceId, sequence: Drip, audience: Audience, *, via: str) -> JobId:
    """Queue the job that enrolls an audience in a sequence, as it is at each page; `via` is what their runs say."""
    arguments: dict[str, Json] = {
        "sequence": show("sequence", sequence.id),
        "kind": str(audience.kind),
        "key": audience.key,
        "via": via,
    }
    total = await count(tx, workspace, audience)
    return await add_job(tx, workspace, ENROLL_JOB, arguments, now=real_now(), total=total)


class Tally(msgspec.Struct, frozen=True):
    """How far such a job is: behind which contact it goes on, how many were enrolled, and how many not, by reason."""

    after: UUID | None = None
    enrolled: int = 0
    reasons: Mapping[str, int] = {}

    def plus(self, page: Iterable[EnrollmentId | str], *, after: UUID | None) -> "Tally":
        """The tally after a page, of enrollments and reasons why there are none."""
        found = Counter(each if isinstance(each, str) else "" for each in page)
        enrolled = self.enrolled + found.pop("", 0)
        return Tally(after, enrolled, Counter(self.reasons) + found)

    @property
    def result(self) -> dict[str, Json]:
        """What the job answers."""
        return {"enrolled": self.enrolled, "skipped": sum(self.reasons.values()), "reasons": dict(self.reasons)}


def enroll_page(database: Database, *, begun: Callable[[], None]) -> PageOf:
    """The page of that job: 500 contacts under their locks, counted in the transaction that enrolls them."""

    async def page(job: Job) -> Page:
        tally = msgspec.convert(job.cursor, Tally) if job.cursor is not None else Tally()
        audience = Audience(AudienceKind(str(job.arguments["kind"])), str(job.arguments["key"]))
        async with database.work() as tx:
            sequence = await find_active(tx, job.workspace, str(job.arguments["sequence"]))
            now = (await read_clock(tx, job.workspace, real=real_now())).now
            page_of = _sql[f"audience_of_{audience.kind}"]
            rows = await tx.rows(page_of, job.workspace, audience.key, tally.after, _PAGE)
            named = [row["contact_id"] for row in rows]
            contacts = await lock_contacts(tx, job.workspace, named)
            started = await begin(tx, job.workspace, sequence, contacts, Cause(str(job.arguments["via"])), now=now)
            last = named[-1] if len(named) == _PAGE else None
            tally = tally.plus(started.values(), after=last)
            cursor: Json = msgspec.to_builtins(tally) if last is not None else None
            worked = Page(len(named), cursor=cursor, result=tally.result)
            await keep(tx, job, worked)
        begun()
        return worked

    return page
