"""Segments and their members as rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import JobId, SegmentId, WorkspaceId, read
from dripline.kernel.values import Json
from dripline.predicates.model import Predicate
from dripline.segments.model import Segment
from dripline.segments.trees import read_tree, write_tree

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Named:
    """A segment, and those that it names."""

    slug: str
    refs: frozenset[SegmentId]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a segment is defined by; see `Segment`."""

    rules: Json
    tree: Predicate
    whole: Predicate
    refs: frozenset[SegmentId]


async def add(
    tx: Tx, workspace: WorkspaceId, segment: SegmentId, *, slug: str, name: str, rules: Rules, now: datetime
) -> None:
    """A new segment, not built yet.

    Raises:
        Conflict: the slug is taken.
    """
    if not await tx.run(_sql["add_segment"], workspace, segment, slug, name, *_columns(rules), now):
        raise Conflict(f"There is a segment {slug!r} already.")


async def find_segment(tx: Tx, workspace: WorkspaceId, ref: str) -> Segment:
    """The segment that an id, a slug or else an exact name stands for; of several with one name the oldest.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find_segment"], workspace, read("segment", ref), ref)
    if row is None:
        raise NotFound.of("segment", ref)
    return _segment(row)


async def find_segments(tx: Tx, workspace: WorkspaceId, segments: Iterable[UUID]) -> dict[SegmentId, Segment]:
    """The segments that are there, by id."""
    found = map(_segment, await tx.rows(_sql["find_segments"], workspace, list(segments)))
    return {segment.id: segment for segment in found}


async def list_segments(tx: Tx, workspace: WorkspaceId, *, limit: int, after: UUID | None) -> list[Segment]:
    """At most `limit` segments, oldest first, those behind `after`."""
    return [_segment(row) for row in await tx.rows(_sql["list_segments"], workspace, after, limit)]


async def ids_of_names(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> dict[str, SegmentId]:
    """The segments that these names (ids, slugs or names) stand for, where there are such."""
    wanted = sorted(names)
    rows = await tx.rows(_sql["ids_of_names"], workspace, wanted, [read("segment", name) for name in wanted])
    return {row["wanted"]: SegmentId(row["id"]) for row in rows}


async def graph(tx: Tx, workspace: WorkspaceId) -> Mapping[SegmentId, Named]:
    """Which segment names which."""
    rows = await tx.rows(_sql["graph"], workspace)
    return {SegmentId(row["id"]): Named(row["slug"], frozenset(row["refs"])) for row in rows}


async def write_name(tx: Tx, workspace: WorkspaceId, segment: SegmentId, name: str, *, now: datetime) -> None:
    """Write the name."""
    await tx.run(_sql["name_segment"], workspace, segment, name, now)


async def write_rules(tx: Tx, workspace: WorkspaceId, segment: SegmentId, rules: Rules, *, now: datetime) -> None:
    """Write the rules."""
    await tx.run(_sql["rule_segment"], workspace, segment, *_columns(rules), now)


async def begin_building(
    tx: Tx, workspace: WorkspaceId, segment: SegmentId, generation: int, job: JobId, *, anew: bool
) -> None:
    """Let a job build a generation; `anew` when it is by other rules than the one before."""
    await tx.run(_sql["begin_building"], workspace, segment, generation, job, anew)


async def delete(tx: Tx, workspace: WorkspaceId, segment: SegmentId) -> None:
    """Erase a segment; its members and dates are left."""
    await tx.run(_sql["delete_segment"], workspace, segment)


async def count_members(tx: Tx, workspace: WorkspaceId, segments: Iterable[SegmentId]) -> dict[SegmentId, int]:
    """How many contacts are in each of these segments."""
    rows = await tx.rows(_sql["count_segment_members"], workspace, list(segments))
    return {SegmentId(row["id"]): row["count"] for row in rows}


def _columns(rules: Rules) -> tuple[Json, Json, Json, list[SegmentId]]:
    return rules.rules, write_tree(rules.tree), write_tree(rules.whole), sorted(rules.refs)


def _segment(row: Row) -> Segment:
    tree, whole, refs = read_tree(row["tree"]), read_tree(row["whole"]), frozenset(map(SegmentId, row["refs"]))
    return Segment(**{**dict(row), "tree": tree, "whole": whole, "refs": refs})
