"""Following changes: whether the rules of segments hold for contacts, compared with what was so before.

Only the difference is written, and only the difference is a fact: who is in a segment anyway neither enters nor leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import SegmentEntered, SegmentLeft
from dripline.kernel.ids import ContactId, SegmentId, WorkspaceId, show
from dripline.predicates.truth import moment
from dripline.segments.answering import Answer, Question, answer_all, rows_alone
from dripline.segments.locking import share_segments
from dripline.segments.model import Segment
from dripline.segments.statements import dated_paths, to_come
from dripline.segments.store import find_segments

_sql = queries(__package__)

Moved = SegmentEntered | SegmentLeft


_Row: TypeAlias = tuple[SegmentId, int, ContactId]
"""A row by which a contact is a member: of a segment, in a generation."""


async def reevaluate(
    tx: Tx,
    workspace: WorkspaceId,
    touched: Mapping[ContactId, AbstractSet[UUID]],
    contacts: Mapping[ContactId, Contact],
    *,
    depths: Mapping[ContactId, int] | None = None,
    now: datetime,
) -> list[Moved]:
    """Look again at segments for the contacts that something touched; who has entered or left, and at which depth.

    The caller has locked the contacts and read them afterwards. A contact that a first build, or a build of other
    rules, has not come to is left to it.
    """
    await share_segments(tx, workspace)
    segments = await find_segments(tx, workspace, set().union(*touched.values()))
    asked = [
        Question(segments[segment], contact)
        for contact in sorted(touched.keys() & contacts.keys())
        for segment in sorted(segments.keys() & touched[contact])
        if _is_followed(segments[segment], contact)
    ]
    if not asked:
        return []
    at = _time(asked, now)
    facts = rows_alone(asked, contacts, now=at)
    answers = await answer_all(tx, workspace, asked, facts, now=at)
    await _keep_dates(tx, workspace, asked, facts)
    moved = await _write(tx, workspace, answers, now=now)
    await append_changes(tx, workspace, [_change(answer, now) for answer in moved])
    return [_fact(answer, depths or {}) for answer in moved]


async def forget_segments(tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId]) -> None:
    """Take contacts that are about to go out of all segments."""
    # No page of a build may be under way that still sees them.
    await share_segments(tx, workspace)
    await tx.run(_sql["forget_members"], workspace, contacts)
    await tx.run(_sql["forget_dates"], workspace, contacts)


def _is_followed(segment: Segment, contact: ContactId) -> bool:
    return segment.live is not None or segment.has_looked_at(contact)


def _time(asked: Iterable[Question], now: datetime) -> datetime:
    """The time to look at: never before one by which boundaries have been moved already."""
    return max([now, *(each.segment.sweeping_to for each in asked if each.segment.sweeping_to is not None)])


async def _write(tx: Tx, workspace: WorkspaceId, answers: Sequence[Answer], *, now: datetime) -> list[Answer]:
    """Write what is not so yet; gives the answers that are other ones than before."""
    people = sorted({answer.contact for answer in answers})
    segments = sorted({answer.segment.id for answer in answers})
    known = await tx.rows(_sql["memberships"], workspace, people, segments)
    before = {(row["segment_id"], row["generation"], row["contact_id"]) for row in known}
    entering: list[_Row] = []
    leaving: list[_Row] = []
    moved: list[Answer] = []
    for answer in answers:
        rows = _rows(answer)
        wrong = [row for row in rows if answer.holds != (row in before)]
        (entering if answer.holds else leaving).extend(wrong)
        # Changes are compared with the first.
        if rows[0] in wrong:
            moved.append(answer)
    if entering:
        await tx.run(_sql["enter"], workspace, *map(list, zip(*entering, strict=True)), now)
    if leaving:
        await tx.run(_sql["leave"], workspace, *map(list, zip(*leaving, strict=True)))
    return moved


def _rows(answer: Answer) -> list[_Row]:
    """The rows that say it: in the generation that changes are compared with, and in another that is being built."""
    segment, contact, _ = answer
    rows = [(segment.id, segment.live, contact)] if segment.live is not None else []
    if segment.building is not None and segment.has_looked_at(contact):
        rows.append((segment.id, segment.building, contact))
    return rows


async def _keep_dates(
    tx: Tx, workspace: WorkspaceId, asked: Sequence[Question], facts: Mapping[ContactId, ContactFacts]
) -> None:
    """Keep the dates of contacts by which time will find them as they are now."""
    paths = {segment.id: dated_paths(segment.whole) for segment, _ in asked}
    found = [
        (segment.id, path, contact, _date(facts[contact], path, segment))
        for segment, contact in asked
        for path in paths[segment.id]
    ]
    if kept := [row for row in found if row[3] is not None]:
        await tx.run(_sql["keep_dates"], workspace, *map(list, zip(*kept, strict=True)))
    if dropped := [row[:3] for row in found if row[3] is None]:
        await tx.run(_sql["drop_dates"], workspace, *map(list, zip(*dropped, strict=True)))


def _date(facts: ContactFacts, path: str, segment: Segment) -> datetime | None:
    value = facts.look_up(path)
    at = moment(value) if isinstance(value, str) else None
    first, last = to_come(segment.whole, path, now=facts.now)
    return at.astimezone(UTC) if at is not None and first <= at < last else None


def _change(answer: Answer, now: datetime) -> Change:
    detail = {"segment": answer.segment.slug, "segmentId": show("segment", answer.segment.id)}
    return Change(answer.contact, What.SEGMENT_ENTERED if answer.holds else What.SEGMENT_LEFT, detail, now)


def _fact(answer: Answer, depths: Mapping[ContactId, int]) -> Moved:
    kind = SegmentEntered if answer.holds else SegmentLeft
    return kind(answer.contact, answer.segment.id, depths.get(answer.contact, 0))
