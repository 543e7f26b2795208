"""The statements that rules become a part of: who passes them, and the dates that their time rules look at."""

from datetime import UTC, datetime
from uuid import UUID

from dripline.database.queries import Query, queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.predicates.boundaries import DateBoundary, boundaries
from dripline.predicates.model import Predicate
from dripline.predicates.parameters import Parameters
from dripline.predicates.sql import compile_moment, compile_sql
from dripline.segments.model import Segment
from dripline.segments.trees import list_ids

_sql = queries(__package__)

CREATED_AT = "contact.createdAt"
"""The date that needs no row of its own: contacts can be found by it."""

# What lies beyond it the database can write and not every driver read.
_LAST_DATE = datetime(9000, 1, 1, tzinfo=UTC)


def dated_paths(tree: Predicate) -> list[str]:
    """The paths of the dates by which contacts are found when time passes them."""
    paths = {boundary.path for boundary in boundaries(tree) if isinstance(boundary, DateBoundary)}
    return sorted(paths - {CREATED_AT})


def to_come(tree: Predicate, path: str, *, now: datetime) -> tuple[datetime, datetime]:
    """From which date on, and before which, a date at a path has a boundary before it."""
    shifts = [each.shift for each in boundaries(tree) if isinstance(each, DateBoundary) and each.path == path]
    return now - max(shifts), _LAST_DATE


async def fill_members(
    tx: Tx, workspace: WorkspaceId, segment: Segment, after: UUID, until: UUID, *, now: datetime
) -> None:
    """Write into the generation that is built who passes, among the contacts after one id and until another.

    About whom word waits that something touched them, they are as they were in the generation that changes are
    compared with, where there is one: that they move is for those to tell who look at it.
    """
    parameters = Parameters(fixed=8)
    passes = compile_sql(
        segment.whole, parameters=parameters, lists=list_ids(segment.whole), segments={}, people=_in_page
    )
    old, new = segment.generation, segment.building
    places = (workspace, now, segment.id, after, until, new, old, segment.live is not None)
    await tx.run(_with("fill_members", passes=passes), *places, *parameters.values)
    if segment.live is not None:
        await tx.run(_sql["carry_members"], workspace, segment.id, after, until, new, segment.live)


async def fill_dates(
    tx: Tx, workspace: WorkspaceId, segment: Segment, after: UUID, until: UUID, *, now: datetime
) -> None:
    """Write the dates of these contacts by which time will find them."""
    for path in dated_paths(segment.whole):
        parameters = Parameters(fixed=7)
        date = compile_moment(path, parameters)
        places = (workspace, segment.id, path, after, until, *to_come(segment.whole, path, now=now))
        await tx.run(_with("fill_dates", date=date), *places, *parameters.values)


async def count_passing(tx: Tx, workspace: WorkspaceId, whole: Predicate, *, now: datetime) -> int:
    """How many contacts pass."""
    parameters = Parameters()
    passes = compile_sql(whole, parameters=parameters, lists=list_ids(whole), segments={})
    counted: int = await tx.value(_with("count_passing", passes=passes), workspace, now, *parameters.values)
    return counted


async def some_passing(
    tx: Tx, workspace: WorkspaceId, whole: Predicate, *, limit: int, now: datetime
) -> list[ContactId]:
    """At most `limit` contacts that pass, newest first."""
    parameters = Parameters(fixed=3)
    passes = compile_sql(whole, parameters=parameters, lists=list_ids(whole), segments={})
    rows = await tx.rows(_with("some_passing", passes=passes), workspace, now, limit, *parameters.values)
    return [ContactId(row["id"]) for row in rows]


def _with(name: str, **expressions: str) -> Query:
    """A named query with expressions in the places that are kept for them."""
    query = _sql[name]
    text = query.text
    for place, expression in expressions.items():
        text = text.replace(f"{{{place}}}", expression)
    return Query(query.name, query.about, text)


def _in_page(column: str) -> str:
    return f"{column} > (SELECT $4::uuid) AND {column} <= (SELECT $5::uuid)"
