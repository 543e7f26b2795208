"""Who is in a sequence: enrolled by hand, listed, ended by hand; and what would happen to somebody."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Many
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from dripline.api.aliases import also_at
from dripline.api.answers import CONFLICT, NOT_FOUND, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.reading.contacts import read_address
from dripline.api.reading.sequences import read_snapshot
from dripline.contacts.lists import find_list
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.delivery.effects.standing import Standing, standing, tell
from dripline.engine.runs.enrolling import BY_HAND, Answer, enroll_by_hand, find_active
from dripline.engine.runs.enrolling_many import Audience, AudienceKind, enroll_later
from dripline.engine.runs.exiting import exit_enrollment
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict, Invalid, NotFound
from dripline.kernel.ids import ContactId, JobId, WorkspaceId, read, show
from dripline.kernel.tags import normal_tag
from dripline.kernel.values import check_text
from dripline.segments.store import find_segment
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.model import Enrollment

MOST_AT_ONCE = 500
LONGEST_REASON = 500

EnrollmentRef = Annotated[str, PathParameter(description="The id of the enrollment.")]
ShownStatus = Literal["active", "paused", "completed", "exited"]


class NewEnrollments(msgspec.Struct, frozen=True, rename="camel"):
    """Whom to enroll: one person, up to 500, or everybody in a segment, on a list or with a tag.

    `event` is kept as the event that enrolled them.
    """

    email: str | None = None
    contact_id: str | None = None
    emails: list[str] | None = None
    contact_ids: list[str] | None = None
    segment: str | None = None
    list: str | None = None
    tag: str | None = None
    event: dict[str, Any] | None = None


class QueuedShape(msgspec.Struct, frozen=True):
    """The job that does it."""

    job: str


class Leaving(msgspec.Struct, frozen=True):
    """Why somebody is taken out, for people: `exitDetail`. The `exitReason` reads `manual`."""

    reason: str | None = None


class StuckShape(msgspec.Struct, frozen=True):
    """Why an enrollment cannot go on, and since when."""

    reason: str
    since: str


class WaitsForShape(msgspec.Struct, frozen=True, rename="camel"):
    """A code or an answer that a run waits for: from whom, since when, and what has kept it so far."""

    text: str
    lane: str
    reason: str | None
    detail: str | None
    attempts: int
    since: str
    next_attempt_at: str | None


class EnrollmentShape(msgspec.Struct, frozen=True, rename="camel"):
    """One contact's run. `stuck` is there when it is active and cannot go on; `discount` is the newest code it has."""

    id: str
    enrollment_id: str
    enrolment_id: str
    sequence_id: str
    contact_id: str
    email: str | None
    status: str
    exit_reason: str | None
    exit_detail: str | None
    step: str | None
    due_at: str | None
    key: str
    version: int
    enrolled_at: str
    ended_at: str | None
    entered_with: Mapping[str, Any] | None
    stuck: StuckShape | None
    waits_for: WaitsForShape | None
    discount: Mapping[str, Any] | None


class EnrolledShape(msgspec.Struct, frozen=True):
    """What came of many: how many were enrolled and skipped, and how many for which reason."""

    enrolled: int
    skipped: int
    reasons: Mapping[str, int]


@post(
    "/sequences/{ref:str}/enrollments",
    responses=NOT_FOUND
    | CONFLICT
    | answers((200, EnrolledShape, "Many were named."), (202, QueuedShape, "An audience was named: a job enrolls it.")),
)
async def enroll(
    ref: SlugRef, data: JSONBody[NewEnrollments], caller: Calling
) -> Response[EnrollmentShape | EnrolledShape | QueuedShape]:
    """Enroll one person (201; 409 when already in it), many (200), or an audience (202).

    An unknown address becomes a contact. The result of the job has `enrolled`, `skipped` and `reasons`.
    """
    if _names_audience(data):
        return await _enroll_audience(ref, data, caller)
    people, many = _people(data)
    event = read_snapshot(data.event)

    async def act(tx: Tx) -> tuple[list[Answer], Enrollment | None]:
        enrolled = await enroll_by_hand(tx, caller.id, ref, people, event=event, now=caller.now())
        started = enrolled[0].enrollment if not many else None
        return enrolled, await store.find_enrollment(tx, caller.id, started) if started else None

    found, started = await caller.transact(act)
    caller.wake_workers()
    if many:
        return Response(_counted(found), status_code=200)
    if started is None:
        raise _refusal(found[0])
    return Response(shape(started), status_code=201)


@get("/sequences/{ref:str}/enrollments", responses=NOT_FOUND)
async def list_enrollments(
    ref: SlugRef,
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    status: Annotated[ShownStatus | None, QueryParameter(description="Only of this status.")] = None,
) -> Page[EnrollmentShape]:
    """Enrollments of a sequence, in the order of their making."""
    after = read_cursor("enrollment", cursor)

    async def act(tx: Tx) -> tuple[list[Enrollment], Mapping[UUID, Standing]]:
        sequence = await sequences.find(tx, caller.id, ref)
        found = await store.list_enrollments(
            tx, caller.id, sequence.id, status=status, limit=limit + 1, after=after, offset=offset
        )
        return found, await standing(tx, caller.id, [each.id for each in found])

    found, waits = await caller.transact(act)
    return page(
        found,
        limit=limit,
        kind="enrollment",
        id_of=lambda each: each.id,
        shape=lambda each: shape(each, waits.get(each.id)),
    )


@post("/sequences/{ref:str}/enrollments/{enrollment_ref:str}/exit", status_code=200, responses=NOT_FOUND | CONFLICT)
async def exit_by_hand(
    ref: SlugRef, enrollment_ref: EnrollmentRef, caller: Calling, data: JSONBody[Leaving | None] = None
) -> EnrollmentShape:
    """Take one contact out of a sequence; 409 when the run has ended already."""
    detail = data.reason if data is not None else None
    if detail is not None:
        check_text(detail, "reason", longest=LONGEST_REASON)
    return shape(await _exit(ref, enrollment_ref, caller, detail))


@delete("/sequences/{ref:str}/enrollments/{enrollment_ref:str}", responses=NOT_FOUND | CONFLICT)
async def remove_enrollment(ref: SlugRef, enrollment_ref: EnrollmentRef, caller: Calling) -> None:
    """The same as `exit`. The enrollment stays as history."""
    await _exit(ref, enrollment_ref, caller, None)


async def _exit(ref: str, enrollment_ref: str, caller: Calling, detail: str | None) -> Enrollment:
    enrollment = read("enrollment", enrollment_ref)
    if enrollment is None:
        raise NotFound.of("enrollment", enrollment_ref)

    async def act(tx: Tx) -> Enrollment:
        sequence = await sequences.find(tx, caller.id, ref)
        found = await store.find_enrollment(tx, caller.id, enrollment)
        if found.sequence_id != sequence.id:
            raise NotFound.of("enrollment", enrollment_ref)
        await exit_enrollment(tx, caller.id, enrollment, detail=detail, now=caller.now())
        return await store.find_enrollment(tx, caller.id, enrollment)

    return await caller.transact(act)


def _names_audience(data: NewEnrollments) -> bool:
    return data.segment is not None or data.list is not None or data.tag is not None


async def _enroll_audience(
    ref: str, data: NewEnrollments, caller: Calling
) -> Response[EnrollmentShape | EnrolledShape | QueuedShape]:
    given = [each for each in _ways(data) if each is not None]
    if len(given) != 1:
        raise Invalid.at("segment", "one way to name people is needed", found="several of them", expected=_EXPECTED)
    if data.event is not None:
        raise Invalid.at("event", "belongs to people who are named one by one", expected="no event")

    async def act(tx: Tx) -> JobId:
        sequence = await find_active(tx, caller.id, ref)
        audience = await _audience(tx, caller.id, data)
        return await enroll_later(tx, caller.id, sequence, audience, via=BY_HAND)

    job = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return Response(QueuedShape(show("job", job)), status_code=202)


async def _audience(tx: Tx, workspace: WorkspaceId, data: NewEnrollments) -> Audience:
    if data.segment is not None:
        return Audience(AudienceKind.SEGMENT, str((await find_segment(tx, workspace, data.segment)).id))
    if data.list is not None:
        return Audience(AudienceKind.LIST, str((await find_list(tx, workspace, data.list)).id))
    tag = normal_tag(data.tag or "")
    if not tag:
        raise Invalid.at("tag", "is no tag", found=repr(data.tag), expected="letters or digits")
    return Audience(AudienceKind.TAG, tag)


def _ways(data: NewEnrollments) -> tuple[object, ...]:
    return data.email, data.contact_id, data.emails, data.contact_ids, data.segment, data.list, data.tag


def _people(data: NewEnrollments) -> tuple[list[Address | ContactId], bool]:
    """Whom a request names, and whether it names many."""
    given = [each for each in (data.email, data.contact_id, data.emails, data.contact_ids) if each is not None]
    if len(given) != 1:
        found = "nothing" if not given else "several of them"
        raise Invalid.at("email", "one way to name people is needed", found=found, expected=_EXPECTED)
    if data.email is not None:
        return [read_address(data.email, "email")], False
    if data.contact_id is not None:
        return [_contact_id(data.contact_id)], False
    many: Many[str] = data.emails if data.emails is not None else data.contact_ids or []
    if len(many) > MOST_AT_ONCE:
        raise Invalid.at("emails", "are too many", found=str(len(many)), expected=f"at most {MOST_AT_ONCE}")
    if data.emails is not None:
        return [read_address(text, f"emails[{place}]") for place, text in enumerate(many)], True
    return [_contact_id(text) for text in many], True


_EXPECTED = "email, contactId, emails, contactIds, segment, list or tag"


def _contact_id(text: str) -> ContactId:
    contact = read("contact", text)
    if contact is None:
        raise NotFound.of("contact", text[:100])
    return ContactId(contact)


def _refusal(answer: Answer) -> Conflict | NotFound:
    person = answer.person.text if isinstance(answer.person, Address) else show("contact", answer.person)
    if answer.reason == "not_found":
        return NotFound.of("contact", person)
    if answer.reason == "no_key":
        return Conflict("This sequence tells runs apart by a field of the event, and the event given does not have it.")
    return Conflict(f"The contact {person} is in this sequence already, or may be only once.")


def _counted(found: Many[Answer]) -> EnrolledShape:
    reasons = Counter(answer.reason for answer in found if answer.reason is not None)
    return EnrolledShape(len(found) - reasons.total(), reasons.total(), dict(reasons))


def shape(enrollment: Enrollment, waits_for: Standing | None = None) -> EnrollmentShape:
    """An enrollment as the API writes it."""
    text, stuck = show("enrollment", enrollment.id), None
    if enrollment.stuck_reason is not None and enrollment.stuck_since is not None:
        stuck = StuckShape(enrollment.stuck_reason, iso(enrollment.stuck_since))
    return EnrollmentShape(
        id=text,
        enrollment_id=text,
        enrolment_id=text,
        sequence_id=show("sequence", enrollment.sequence_id),
        contact_id=show("contact", enrollment.contact_id),
        email=enrollment.email,
        status=enrollment.status,
        exit_reason=enrollment.exit_reason,
        exit_detail=enrollment.exit_detail,
        step=enrollment.step,
        due_at=iso(enrollment.due_at) if enrollment.due_at else None,
        key=enrollment.key,
        version=enrollment.version,
        enrolled_at=iso(enrollment.enrolled_at),
        ended_at=iso(enrollment.ended_at) if enrollment.ended_at else None,
        entered_with=enrollment.entered_with,
        stuck=stuck,
        waits_for=_waits_for(waits_for) if waits_for is not None else None,
        discount=enrollment.discount,
    )


def _waits_for(effect: Standing) -> WaitsForShape:
    return WaitsForShape(
        text=tell(effect),
        lane=effect.lane,
        reason=effect.held or effect.reason,
        detail=effect.detail,
        attempts=effect.attempts,
        since=iso(effect.asked_at),
        next_attempt_at=iso(effect.next_attempt_at) if effect.next_attempt_at is not None else None,
    )


ROUTES = [
    enroll,
    also_at(enroll, "/sequences/{ref:str}/enrolments", "/sequences/{ref:str}/enroll"),
    list_enrollments,
    also_at(list_enrollments, "/sequences/{ref:str}/enrolments"),
    exit_by_hand,
    also_at(exit_by_hand, "/sequences/{ref:str}/enrolments/{enrollment_ref:str}/exit"),
    remove_enrollment,
    also_at(remove_enrollment, "/sequences/{ref:str}/enrolments/{enrollment_ref:str}"),
]
