"""Importing contacts from a file: a job in pages of 500 rows, each page and its record one transaction.

A dry run does the same work and takes it back, page by page: what it counts is what would happen. It looks at each
page by itself, so somebody who stands in the file again much later is counted there as if for the first time.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import msgspec

from dripline.accounts.clocks import read_clock
from dripline.contacts.importing.model import Fault, Form, Person, Place, Row
from dripline.contacts.importing.reading import Reader, passed_over
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, add_job, keep
from dripline.durable.uploads import forget_upload, read_part
from dripline.engine.audience.taking_in import Into, Outcome, take_in
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict, Invalid, Refused
from dripline.kernel.ids import JobId, ListId, WorkspaceId
from dripline.kernel.values import Json

IMPORT_JOB = "import_contacts"

_PAGE = 500
_CHUNK = 65_536
# A page is a transaction: one that finds no rows in so much ends all the same.
_MOST_BYTES = 8 * _CHUNK
_FAILED = "failed"


class Order(msgspec.Struct, frozen=True):
    """What to import, and how: a file of so many bytes, kept as the upload of the job."""

    form: Form
    size: int
    list_id: UUID | None = None
    tags: tuple[str, ...] = ()
    enroll: bool = True
    dry_run: bool = False

    @property
    def into(self) -> Into:
        """What happens to everybody in it."""
        return Into(ListId(self.list_id) if self.list_id is not None else None, self.tags, self.enroll)


class Progress(msgspec.Struct, frozen=True):
    """How far an import is: where the next row begins, rows by outcome, enrollments by the slugs of sequences."""

    place: Place
    counts: Mapping[str, int] = {}
    enrolled: Mapping[str, int] = {}

    def plus(self, place: Place, counts: Mapping[str, int], enrolled: Mapping[str, int]) -> "Progress":
        """The progress after a page."""
        return Progress(place, Counter(self.counts) + Counter(counts), Counter(self.enrolled) + Counter(enrolled))


async def import_later(tx: Tx, workspace: WorkspaceId, job: JobId, order: Order) -> None:
    """Queue the import of an upload that is complete."""
    arguments = msgspec.to_builtins(order)
    await add_job(tx, workspace, IMPORT_JOB, arguments, now=real_now(), job=job)


def import_page(database: Database, *, begun: Callable[[], None]) -> PageOf:
    """The page of that job. `begun` is called when somebody may have been enrolled."""

    async def page(job: Job) -> Page:
        order = msgspec.convert(job.arguments, Order)
        work = _rehearse if order.dry_run else _work
        done = await work(database, job, order)
        begun()
        return done

    return page


async def _work(database: Database, job: Job, order: Order) -> Page:
    async def act(tx: Tx) -> Page:
        page = await _turn(tx, job, order)
        if page.cursor is None:
            await forget_upload(tx, job.workspace, job.id)
        await keep(tx, job, page)
        return page

    return await database.transact(act)


async def _rehearse(database: Database, job: Job, order: Order) -> Page:
    async def act(tx: Tx) -> Page:
        raise _TakenBack(await _turn(tx, job, order))

    try:
        return await database.transact(act)
    except _TakenBack as rehearsed:
        return rehearsed.page


class _TakenBack(Exception):
    """A page whose transaction must not commit."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


async def _turn(tx: Tx, job: Job, order: Order) -> Page:
    """One page of rows, taken in."""
    before = Progress(order.form.begin) if job.cursor is None else msgspec.convert(job.cursor, Progress)
    part = await _next_rows(tx, job, order, before.place)
    people = [(row, row.read) for row in part.rows if isinstance(row.read, Person)]
    now = (await read_clock(tx, job.workspace, real=real_now())).now
    taken = await take_in(tx, job.workspace, [person for _, person in people], order.into, now=now)
    refused = {row.row: outcome for (row, _), outcome in zip(people, taken.outcomes, strict=True)}
    counts = Counter(str(each) for each in taken.outcomes if isinstance(each, Outcome))
    counts[_FAILED] = len(part.rows) - counts.total()
    after = before.plus(part.after, counts, taken.enrolled)
    return Page(
        len(part.rows),
        cursor=None if part.is_last else msgspec.to_builtins(after),
        total=_total(order, part),
        result=_result(order, after),
        errors=[error for row in part.rows for error in _errors(row, refused.get(row.row))],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of a file, where the next ones begin, and whether there are none."""

    rows: Sequence[Row]
    after: Place
    is_last: bool


async def _next_rows(tx: Tx, job: Job, order: Order, place: Place) -> _Part:
    """The rows from a place on, a page of them at most."""
    reader, offset = Reader(order.form, place), place.offset
    rows: list[Row] = []
    while True:
        chunk = await read_part(tx, job.workspace, job.id, offset, _CHUNK)
        offset += len(chunk)
        is_last = offset >= order.size
        if not chunk and not is_last:
            raise Refused("The file is not there any more.")
        rows += islice(reader.feed(chunk, is_last=is_last), _PAGE - len(rows))
        if len(rows) == _PAGE:
            return _Part(rows, rows[-1].after, is_last=False)
        if is_last:
            return _Part(rows, reader.place or place, is_last=True)
        if offset - place.offset >= _MOST_BYTES and reader.place is not None:
            return _Part(rows, reader.place, is_last=False)


def _total(order: Order, part: _Part) -> int | None:
    """How many rows there are: known at the end, and before it as it looks from here."""
    place = part.after
    if part.is_last or not place.row:
        return place.row or None
    return max(place.row, round(place.row * order.size / place.offset))


def _result(order: Order, progress: Progress) -> Json:
    started: list[Json] = [
        {"sequence": slug, "count": count} for slug, count in sorted(progress.enrolled.items()) if count
    ]
    return {
        **{str(outcome): progress.counts.get(outcome, 0) for outcome in (*Outcome, _FAILED)},
        "wouldEnroll" if order.dry_run else "enrolled": started,
        "ignored": passed_over(order.form),
        "dryRun": order.dry_run,
    }


def _errors(row: Row, outcome: Outcome | Refused | None) -> Sequence[Mapping[str, Json]]:
    faults = row.read if not isinstance(row.read, Person) else ()
    if isinstance(outcome, Refused):
        faults = (fault_of(outcome),)
    return [{"row": row.row, "line": row.line, "column": each.column, "message": each.message} for each in faults]


def fault_of(refused: Refused) -> Fault:
    """Why somebody was not taken in, as a fault of their row."""
    match refused:
        case Invalid(problems=(problem, *_)):
            return Fault(problem.path, problem.message)
        case Conflict():
            return Fault("userId", refused.message)
        case _:
            return Fault(None, refused.message)
