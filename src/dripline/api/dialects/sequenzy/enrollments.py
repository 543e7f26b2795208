"""Who is in a sequence: let in by call, and listed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.envelopes import WireOffsets
from dripline.api.dialects.sequenzy.errors import CONFLICT, NOT_FOUND
from dripline.api.dialects.sequenzy.looking import Run, RunFilter, find_runs
from dripline.api.dialects.sequenzy.notes import not_here
from dripline.api.dialects.sequenzy.people import status_of, text_of
from dripline.api.dialects.sequenzy.sequences import WireRef
from dripline.api.dialects.sequenzy.showing import NODE_TYPES
from dripline.api.parameters import Calling
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts, find_ids_by_email, lock_contacts
from dripline.database.work import Tx
from dripline.engine.runs.enrolling import Answer, enroll_by_hand
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import ContactId, read, show
from dripline.sequences import store
from dripline.sequences.language.model import ACTIONS, Email, Step
from dripline.sequences.language.walking import walk
from dripline.sequences.programs import published

MOST_AT_ONCE = 500
_INSIDE = ("active", "waiting", "paused")
_STATUSES = (*_INSIDE, "completed", "failed", "cancelled")
# What a fact is called there; other facts keep our name.
_KINDS = {"silent": "inactivity"}

Order = Literal["enrolled_at_desc", "enrolled_at_asc", "wait_until_asc", "wait_until_desc"]


class WireEnroll(msgspec.Struct, frozen=True, rename="camel"):
    """Whom to let in: up to 500, by address and by id."""

    emails: list[str] | None = None
    subscriber_ids: list[str] | None = None
    target_node_id: str | None = None


class WireEnrolled(msgspec.Struct, frozen=True, rename="camel"):
    """How many entered, how many did not, and who is not known."""

    success: bool
    message: str
    enrolled: int
    skipped: int
    not_found: Sequence[str]
    scheduled_for: str | None = None
    target_node_id: str | None = None


class WireVia(msgspec.Struct, frozen=True):
    """What began a run: `event`, `tag`, `list`, `segment`, `contact`, `inactivity`, `manual`."""

    kind: str
    value: str | None


class WireRun(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One contact's run. `entryContext` are the names of the properties of the event that began it."""

    enrollment_id: str
    subscriber_id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    subscriber_status: str | None
    status: str
    current_node_id: str | None
    current_node_label: str | None
    current_node_type: str | None
    current_node_missing: bool
    enrollment_key: str | None
    enrollment_started_at: str
    last_updated_at: str
    wait_until: str | None
    paused_at: str | None
    failed_reason: str | None
    entered_via: WireVia
    entry_context: Sequence[str]


class WireRuns(msgspec.Struct, frozen=True):
    """Runs of a sequence."""

    success: bool
    enrollments: Sequence[WireRun]
    pagination: WireOffsets


@post("/sequences/{ref:str}/enroll", status_code=200, responses=NOT_FOUND | CONFLICT)
async def enroll_wire_subscribers(ref: WireRef, data: JSONBody[WireEnroll], caller: Calling) -> WireEnrolled:
    """Let contacts into a sequence. Who is in it, who has opted out and who cannot be mailed is skipped."""
    keys, named, unknown = _named(data)

    async def act(tx: Tx) -> tuple[list[Answer], int, list[str]]:
        by_key = await find_ids_by_email(tx, caller.id, list(keys)) if keys else {}
        wanted = list(dict.fromkeys([*by_key.values(), *named]))
        await lock_contacts(tx, caller.id, wanted)
        found = await find_contacts(tx, caller.id, wanted)
        missing = [text for key, text in keys.items() if key not in by_key]
        missing += [text for contact, text in named.items() if contact not in found]
        fit = [each for each in wanted if each in found and _can_be_mailed(found[each])]
        answers = await enroll_by_hand(tx, caller.id, ref, fit, now=caller.now())
        return answers, len(found) - len(fit), [*missing, *unknown]

    answers, unfit, missing = await caller.transact(act)
    caller.wake_workers()
    enrolled = sum(answer.enrollment is not None for answer in answers)
    skipped = len(answers) - enrolled + unfit
    return WireEnrolled(True, f"{enrolled} entered, {skipped} were skipped.", enrolled, skipped, missing)


@get("/sequences/{ref:str}/enrollments", responses=NOT_FOUND)
async def list_wire_enrollments(
    ref: WireRef,
    caller: Calling,
    status: Annotated[str | None, QueryParameter(description="With commas; else active, waiting, paused.")] = None,
    subscriber_id: Annotated[str | None, QueryParameter(name="subscriberId", description="Only of this one.")] = None,
    email: Annotated[str | None, QueryParameter(max_length=320, description="Only of this address.")] = None,
    node: Annotated[
        str | None, QueryParameter(name="currentNodeId", max_length=256, description="Only at this step.")
    ] = None,
    sort: Annotated[Order, QueryParameter(description="In which order.")] = "enrolled_at_desc",
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_AT_ONCE, description="How many at most, 1 to 500.")] = 50,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
) -> WireRuns:
    """Runs of a sequence."""
    statuses = _statuses(status)

    async def act(tx: Tx) -> tuple[list[Run], int, Mapping[tuple[int, str], Step]]:
        sequence = await store.find(tx, caller.id, ref)
        try:
            contact = await _contact(tx, caller, subscriber_id, email)
        except NotFound:
            return [], 0, {}
        wanted = RunFilter(statuses, contact, node, sort)
        runs, total = await find_runs(tx, caller.id, sequence.id, wanted, limit=limit, offset=offset, now=caller.now())
        versions = await published(tx, caller.id, {(sequence.id, run.version) for run in runs})
        steps = {
            (number, placed.step.id): placed.step
            for (_, number), version in versions.items()
            for placed in walk(version.definition)
            if placed.step.id is not None
        }
        return runs, total, steps

    runs, total, steps = await caller.transact(act)
    shown = [_shown(run, steps.get((run.version, run.step)) if run.step is not None else None) for run in runs]
    offsets = WireOffsets(limit, offset, len(runs), total, offset + len(runs) < total)
    return WireRuns(True, shown, offsets)


def _named(data: WireEnroll) -> tuple[dict[str, str], dict[ContactId, str], list[str]]:
    """Whom a request names: addresses by their keys, ids, and what is no id of ours; each as it was written."""
    emails, ids = data.emails or [], data.subscriber_ids or []
    if data.target_node_id is not None:
        raise not_here("a way to let contacts in at another step than the first (targetNodeId)")
    if not emails and not ids:
        raise Invalid.at("emails", "are missing", found="nothing", expected="emails or subscriberIds")
    if len(emails) + len(ids) > MOST_AT_ONCE:
        found = str(len(emails) + len(ids))
        raise Invalid.at("emails", "are too many", found=found, expected=f"at most {MOST_AT_ONCE} with the ids")
    keys = {read_address(text, f"emails[{place}]").key: text for place, text in enumerate(emails)}
    read_ids = {text: read("contact", text) for text in ids}
    named = {ContactId(found): text for text, found in read_ids.items() if found is not None}
    return keys, named, [text for text, found in read_ids.items() if found is None]


def _can_be_mailed(contact: Contact) -> bool:
    return contact.unsubscribed_at is None and not contact.suppressed


async def _contact(tx: Tx, caller: Caller, subscriber_id: str | None, email: str | None) -> ContactId | None:
    ref = subscriber_id if subscriber_id is not None else email
    return (await find_by_ref(tx, caller.id, ref)).id if ref is not None else None


def _statuses(text: str | None) -> Sequence[str]:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    if unknown := [word for word in words if word not in _STATUSES]:
        raise Invalid.at("status", "is no status", found=unknown[0][:50], expected=", ".join(_STATUSES))
    return words or _INSIDE


def _shown(run: Run, step: Step | None) -> WireRun:
    properties = run.properties or {}
    is_known = run.email is not None
    status = status_of(suppressed=run.suppressed, unsubscribed_at=run.unsubscribed_at)
    return WireRun(
        enrollment_id=show("enrollment", run.id),
        subscriber_id=show("contact", run.contact_id),
        email=run.email,
        first_name=text_of(properties.get("firstName")),
        last_name=text_of(properties.get("lastName")),
        subscriber_status=status if is_known else None,
        status=run.status,
        current_node_id=run.step,
        current_node_label=_label(step),
        current_node_type=NODE_TYPES[ACTIONS[type(step)]] if step is not None else None,
        current_node_missing=run.step is not None and step is None,
        enrollment_key=run.key or None,
        enrollment_started_at=iso(run.enrolled_at),
        last_updated_at=iso(run.ended_at or run.since),
        wait_until=iso(run.due_at) if run.due_at is not None and run.status in ("waiting", "paused") else None,
        paused_at=iso(run.paused_at) if run.paused_at is not None and run.status == "paused" else None,
        failed_reason=run.stuck_reason,
        entered_via=_via(run.entered_via),
        entry_context=sorted(run.entered_with or ()),
    )


def _label(step: Step | None) -> str | None:
    if step is None:
        return None
    return step.name or step.id if isinstance(step, Email) else step.id


def _via(cause: str | None) -> WireVia:
    kind, _, key = (cause or "unknown:").partition(":")
    return WireVia(_KINDS.get(kind, kind), key or None)


ROUTES = [enroll_wire_subscribers, list_wire_enrollments]
