"""Beginning a draft: its steps are there at once, its mails are written by a job."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dripline.authoring.models.endpoint import Access, endpoint_of
from dripline.database.work import Tx
from dripline.documents.editing import Change, edit
from dripline.durable.jobs import add_job
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json, check_text
from dripline.sequences import lifecycle, store
from dripline.sequences.model import Enrichment, Writing
from dripline.sequences.model import Sequence as Drip
from dripline.templates.store import slugs

DRAFT_JOB = "write_sequence"

DEFAULT_MAILS = 5
MOST_MAILS = 10
LONGEST_GOAL = 5_000

# Days before each mail, until the plan says something else.
DAYS = (0, 1, 2, 3, 3, 4, 4, 5, 5, 7)
_LONGEST_STEM = 100
_MOST_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """What a sequence shall be for, and how many mails it shall have."""

    text: str
    mails: int = DEFAULT_MAILS


def read_goal(text: str, mails: float | None, *, path: str = "goal") -> Goal:
    """A goal as somebody sent it.

    Raises:
        Invalid: it says nothing, or too much; or the number of mails cannot be.
    """
    check_text(text, path, longest=LONGEST_GOAL)
    if not text.strip():
        raise Invalid.at(path, "is empty", expected="what the sequence shall be for")
    count = DEFAULT_MAILS if mails is None else int(mails) if mails == int(mails) else 0
    if not 1 <= count <= MOST_MAILS:
        raise Invalid.at("emailCount", "is no number of mails", found=f"{mails:g}", expected=f"1 to {MOST_MAILS}")
    return Goal(text.strip(), count)


async def begin_draft(
    tx: Tx,
    workspace: WorkspaceId,
    goal: Goal,
    *,
    name: str,
    slug: str,
    heading: str,
    access: Access,
    now: datetime,
) -> Drip:
    """A new draft for a goal; `heading` is a definition whose steps are left out.

    Raises:
        Unprocessable: no language model is connected.
        Conflict: the slug is taken.
        Invalid: the heading cannot be read, or the slug is none.
    """
    await endpoint_of(tx, workspace, access, path="goal")
    templates = await _free_templates(tx, workspace, slug[:_LONGEST_STEM], goal.mails)
    text = await asyncio.to_thread(with_steps, heading, templates, DAYS)
    made = await lifecycle.create(tx, workspace, name=name, slug=slug, definition=text, now=now)
    await _queue(
        tx, workspace, made, Enrichment(Writing.PENDING, goal.text, templates), revision=made.revision, now=now
    )
    return await store.find(tx, workspace, made.slug)


async def write_again(tx: Tx, workspace: WorkspaceId, ref: str, *, access: Access, now: datetime) -> Drip:
    """A draft whose mails could not all be written, about to be tried again. Those that are there stay.

    Raises:
        NotFound: there is no such sequence.
        Conflict: its mails were not to be written, or did not fail.
        Unprocessable: no language model is connected.
    """
    found = await store.find_for_change(tx, workspace, ref)
    if found.enrichment is None or found.enrichment.status is not Writing.FAILED:
        raise Conflict("Only what could not be written is written again.")
    await endpoint_of(tx, workspace, access)
    pending = msgspec.structs.replace(found.enrichment, status=Writing.PENDING, error=None)
    await _queue(tx, workspace, found, pending, revision=None, now=now)
    return await store.find(tx, workspace, found.slug)


def with_steps(text: str, templates: Sequence[str], days: Sequence[int]) -> str:
    """The definition with a mail for each template, so many days after the one before it."""
    steps: list[Json] = []
    for number, (template, wait) in enumerate(zip(templates, days, strict=False), start=1):
        if wait:
            steps.append({"action": "delay", "duration": f"{wait}d"})
        steps.append({"action": "email", "id": f"mail-{number}", "template": template})
    return edit(text, [Change((), {"steps": steps})])


async def _queue(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, enrichment: Enrichment, *, revision: int | None, now: datetime
) -> None:
    arguments: Mapping[str, Json] = {"sequence": str(sequence.id), "revision": revision}
    await add_job(tx, workspace, DRAFT_JOB, arguments, now=real_now(), total=enrichment.mails)
    await store.set_enrichment(tx, workspace, sequence.id, enrichment, now=now)


async def _free_templates(tx: Tx, workspace: WorkspaceId, stem: str, count: int) -> tuple[str, ...]:
    """Slugs that no template has; all of them end alike."""
    for attempt in range(1, _MOST_ATTEMPTS):
        end = "" if attempt == 1 else f"-{attempt}"
        wanted = tuple(f"{stem}-mail-{number}{end}" for number in range(1, count + 1))
        if not await slugs(tx, workspace, wanted):
            return wanted
    raise Conflict(f"Too many templates are called {stem}-mail-1 already. Give another slug.")
