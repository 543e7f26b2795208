"""Making, changing and deleting segments: what their rules name is looked up, and a build is begun.

Between an edit and the end of its build the old members count; who changes meanwhile is looked at by the new rules.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from dripline.contacts.lists import find_list, list_lists
from dripline.database.work import Tx
from dripline.events.listening import Role, listen, unlisten
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import JobId, ListId, SegmentId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.predicates.dependencies import keys_of
from dripline.predicates.model import Predicate
from dripline.predicates.walking import lists_in, segments_in
from dripline.segments import store
from dripline.segments.building import clean_later, start_build, stop_build
from dripline.segments.formats import read_rules
from dripline.segments.locking import own_segments
from dripline.segments.model import Segment
from dripline.segments.referring import below, refuse_cycle, refuse_depth, refuse_length, refuse_unknown, upon
from dripline.segments.store import Named, Rules
from dripline.segments.trees import expand, list_ids, refs_of, with_ids

_MOST_NAMES = 500


async def create_segment(
    tx: Tx, workspace: WorkspaceId, *, name: str, slug: str, rules: Json, now: datetime
) -> Segment:
    """A new segment; a job begins to build it.

    Raises:
        Invalid: the rules cannot be read, or name what there is not.
        Conflict: the slug is taken.
    """
    await own_segments(tx, workspace)
    segment = SegmentId(new_uuid())
    tree = await find_names(tx, workspace, read_rules(rules))
    graph = {**await store.graph(tx, workspace), segment: Named(slug, refs_of(tree))}
    refuse_depth(graph, [segment])
    whole = await put_in(tx, workspace, tree)
    made = Rules(rules, tree, whole, refs_of(tree))
    await store.add(tx, workspace, segment, slug=slug, name=name, rules=made, now=now)
    await _begin(tx, workspace, segment, whole)
    return (await store.find_segments(tx, workspace, [segment]))[segment]


async def change_segment(
    tx: Tx, workspace: WorkspaceId, ref: str, *, name: str | None, rules: Json, now: datetime
) -> Segment:
    """The segment with another name, other rules, or both; None leaves as it is. Other rules are built by a job.

    Segments that name it are built anew with it.

    Raises:
        NotFound: there is none.
        Invalid: the rules cannot be read, name what there is not, or lead back to themselves.
    """
    await own_segments(tx, workspace)
    segment = await store.find_segment(tx, workspace, ref)
    if name is not None:
        await store.write_name(tx, workspace, segment.id, name, now=now)
    if rules is not None:
        await _change_rules(tx, workspace, segment, rules, now=now)
    return (await store.find_segments(tx, workspace, [segment.id]))[segment.id]


async def delete_segment(tx: Tx, workspace: WorkspaceId, segment: SegmentId) -> None:
    """Erase a segment. Whether a sequence names it is for the caller to ask.

    Raises:
        Conflict: another segment names it.
    """
    await own_segments(tx, workspace)
    graph = await store.graph(tx, workspace)
    if uses := sorted(named.slug for named in graph.values() if segment in named.refs):
        raise Conflict(f"The segment {graph[segment].slug!r} is in use by other segments: {', '.join(uses)}.")
    for found in (await store.find_segments(tx, workspace, [segment])).values():
        await stop_build(tx, workspace, found)
    await unlisten(tx, workspace, segment)
    await store.delete(tx, workspace, segment)
    await clean_later(tx, workspace, segment)


async def recompute(tx: Tx, workspace: WorkspaceId, ref: str) -> tuple[Segment, JobId]:
    """Let a job build a segment anew by the same rules; gives the job, which is the one at work if there is one.

    Raises:
        NotFound: there is none.
    """
    await own_segments(tx, workspace)
    segment = await store.find_segment(tx, workspace, ref)
    job = await start_build(tx, workspace, segment)
    return (await store.find_segments(tx, workspace, [segment.id]))[segment.id], job


async def find_names(tx: Tx, workspace: WorkspaceId, tree: Predicate) -> Predicate:
    """The tree with ids in the place of names.

    Raises:
        Invalid: it names a list or a segment that there is not.
    """
    lists = await _lists_of(tx, workspace, lists_in(tree))
    if lists_in(tree) - lists.keys():
        known = await list_lists(tx, workspace, search=None, limit=_MOST_NAMES, after=None)
        refuse_unknown("list", lists_in(tree), lists, [each.slug for each in known])
    segments = await store.ids_of_names(tx, workspace, segments_in(tree)) if segments_in(tree) else {}
    if segments_in(tree) - segments.keys():
        graph = await store.graph(tx, workspace)
        refuse_unknown("segment", segments_in(tree), segments, [each.slug for each in graph.values()])
    return with_ids(tree, lists, segments)


async def put_in(tx: Tx, workspace: WorkspaceId, tree: Predicate) -> Predicate:
    """The tree with the rules of the segments that it names in it.

    Raises:
        Invalid: they are too many.
    """
    inner = await store.find_segments(tx, workspace, refs_of(tree)) if refs_of(tree) else {}
    whole = expand(tree, {each.id: each.whole for each in inner.values()})
    refuse_length(whole)
    return whole


async def _change_rules(tx: Tx, workspace: WorkspaceId, segment: Segment, rules: Json, *, now: datetime) -> None:
    tree = await find_names(tx, workspace, read_rules(rules))
    graph = dict(await store.graph(tx, workspace))
    refuse_cycle(segment.id, refs_of(tree), graph)
    graph[segment.id] = Named(segment.slug, refs_of(tree))
    dependents = upon(segment.id, graph)
    refuse_depth(graph, [segment.id, *dependents])
    changed = Rules(rules, tree, await put_in(tx, workspace, tree), refs_of(tree))
    await store.write_rules(tx, workspace, segment.id, changed, now=now)
    if changed.whole == segment.whole:
        return
    await _begin(tx, workspace, segment.id, changed.whole)
    await _change_dependents(tx, workspace, dependents, graph, {segment.id: changed.whole}, now=now)


async def _change_dependents(
    tx: Tx,
    workspace: WorkspaceId,
    dependents: list[SegmentId],
    graph: Mapping[SegmentId, Named],
    changed: dict[SegmentId, Predicate],
    *,
    now: datetime,
) -> None:
    """Put the new rules into those of the segments upon them, each after what it names."""
    known = await store.find_segments(tx, workspace, below(dependents, graph))
    wholes = {each.id: each.whole for each in known.values()} | changed
    for dependent in dependents:
        old = known[dependent]
        wholes[dependent] = expand(old.tree, wholes)
        refuse_length(wholes[dependent])
        rules = Rules(old.rules, old.tree, wholes[dependent], old.refs)
        await store.write_rules(tx, workspace, dependent, rules, now=now)
        await _begin(tx, workspace, dependent, wholes[dependent])


async def _lists_of(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> dict[str, ListId]:
    found: dict[str, ListId] = {}
    for name in sorted(names):
        with suppress(NotFound):
            found[name] = (await find_list(tx, workspace, name)).id
    return found


async def _begin(tx: Tx, workspace: WorkspaceId, segment: SegmentId, whole: Predicate) -> None:
    """Hear what the rules depend on, before they are built."""
    await unlisten(tx, workspace, segment)
    await listen(tx, workspace, segment, 0, [(key, Role.SEGMENT) for key in keys_of(whole, list_ids(whole), {})])
    found = (await store.find_segments(tx, workspace, [segment]))[segment]
    await start_build(tx, workspace, found, anew=True)
