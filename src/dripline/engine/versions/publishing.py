"""What comes with the moves of a sequence: names are looked up, held mail is let go, runs are moved on or ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.accounts.model import Workspace
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.senders import Senders
from dripline.engine.runs.enrolling_many import Audience, AudienceKind, enroll_later
from dripline.engine.runs.exiting import exit_all_later
from dripline.engine.runs.resuming import must_have_resumed
from dripline.engine.versions.carrying_over import carry_over_later
from dripline.engine.versions.circles import circle_warnings
from dripline.engine.versions.inlining import content_warnings, with_inline_templates
from dripline.engine.versions.naming import known_to
from dripline.engine.versions.supplying import address_warnings, supply_warnings
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import JobId
from dripline.kernel.tags import normal_tag
from dripline.predicates.model import ANY
from dripline.sequences import lifecycle
from dripline.sequences.language.model import (
    ContactTrigger,
    Definition,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
)
from dripline.sequences.language.naming import name_steps
from dripline.sequences.model import DEFAULT_DRAIN_RATE, References, Sequence, Status


class Waiting(StrEnum):
    """What becomes of those who are in older versions: they finish them, or go on in the new one."""

    STAY = "stay"
    MOVE = "move"


class Completed(StrEnum):
    """What becomes of those who had come to the end, when steps were added behind it."""

    STAY = "stay"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Published:
    """A sequence that was activated or published, what its author should know, and the job that does the rest.

    The rest: those who match already are enrolled, or those who entered before are brought over.
    """

    sequence: Sequence
    warnings: tuple[Problem, ...]
    job: JobId | None


async def activate(
    tx: Tx,
    workspace: Workspace,
    ref: str,
    *,
    senders: Senders,
    providers: Providers | None = None,
    rate: int = DEFAULT_DRAIN_RATE,
    expected_revision: int | None = None,
    now: datetime,
) -> Published:
    """The sequence made active. See `sequences.lifecycle.activate` for what it refuses.

    After a pause, mail that was held back moves again at the rate of the drain. Where the definition says so, those who
    match already are enrolled by a job when it becomes active for the first time.
    """
    await must_have_sender(tx, workspace, senders)
    sequence = await lifecycle.find_expected(tx, workspace.id, ref, expected_revision)
    await must_have_resumed(tx, workspace.id, sequence.id)
    definition = name_steps(await lifecycle.read(sequence.definition))
    known = await known_to(tx, workspace, sequence, definition, senders=senders, providers=providers)
    known = await with_inline_templates(tx, workspace.id, sequence, definition, known, now=now)
    activated = await lifecycle.activate(tx, workspace.id, sequence, definition, known, rate=rate, now=now)
    if sequence.status is Status.PAUSED:
        await outbox.release(tx, workspace.id, held="paused", sequence=sequence.id, rate=rate, now=now)
    job = None
    if sequence.status is Status.DRAFT and (audience := _existing(definition, known.references)) is not None:
        via = f"{audience.kind}:{audience.key}"
        job = await enroll_later(tx, workspace.id, activated.sequence, audience, via=via)
    circles = await circle_warnings(
        tx, workspace.id, activated.sequence, definition, known.references, activated.listens
    )
    unsupplied = await supply_warnings(tx, workspace.id, definition, known.templates)
    low = await providers.warnings(tx, workspace.id, definition) if providers is not None else ()
    address = await address_warnings(tx, workspace, definition)
    warnings = (*activated.warnings, *circles, *unsupplied, *content_warnings(definition), *low, *address)
    return Published(activated.sequence, warnings, job)


async def publish(
    tx: Tx,
    workspace: Workspace,
    ref: str,
    *,
    waiting: Waiting = Waiting.STAY,
    completed: Completed = Completed.STAY,
    rate: int = DEFAULT_DRAIN_RATE,
    expected_revision: int | None = None,
    senders: Senders,
    providers: Providers | None = None,
    now: datetime,
) -> Published:
    """The draft of an active or paused sequence, published. See `sequences.lifecycle.publish` for what it refuses.

    Those whose time is over with it, and those who go on behind the end, do so at `rate` enrollments a minute.
    """
    await must_have_sender(tx, workspace, senders)
    sequence = await lifecycle.find_expected(tx, workspace.id, ref, expected_revision)
    lifecycle.must_have_draft(sequence)
    definition = name_steps(await lifecycle.read(sequence.definition))
    known = await known_to(tx, workspace, sequence, definition, senders=senders, providers=providers)
    known = await with_inline_templates(tx, workspace.id, sequence, definition, known, now=now)
    moving, extending = waiting is Waiting.MOVE, completed is Completed.CONTINUE
    done = await lifecycle.publish(tx, workspace.id, sequence, definition, known, moving=moving, now=now)
    circles = await circle_warnings(tx, workspace.id, done.sequence, definition, known.references, done.listens)
    job = None
    if moving or extending:
        job = await carry_over_later(
            tx, workspace.id, done.sequence, waiting=moving, completed=extending, rate=rate, now=now
        )
    unsupplied = await supply_warnings(tx, workspace.id, definition, known.templates)
    low = await providers.warnings(tx, workspace.id, definition) if providers is not None else ()
    address = await address_warnings(tx, workspace, definition)
    warnings = (*done.warnings, *circles, *unsupplied, *content_warnings(definition), *low, *address)
    return Published(done.sequence, warnings, job)


async def archive(
    tx: Tx, workspace: Workspace, ref: str, *, expected_revision: int | None = None, now: datetime
) -> Sequence:
    """The sequence archived; a job ends its runs, which read as exited from now on."""
    archived = await lifecycle.archive(tx, workspace.id, ref, expected_revision=expected_revision, now=now)
    await exit_all_later(tx, workspace.id, archived.id, now=now)
    return archived


def _existing(definition: Definition, references: References) -> Audience | None:
    """Those who match already, where the definition wants them and its trigger is a state and no event."""
    if not definition.enrollment.existing:
        return None
    match definition.trigger:
        case ListTrigger(list=name) if name in references.lists:
            return Audience(AudienceKind.LIST, str(references.lists[name]))
        case TagTrigger(tag=tag) if tag != ANY:
            return Audience(AudienceKind.TAG, normal_tag(tag))
        case SegmentTrigger(segment=name):
            return Audience(AudienceKind.SEGMENT, str(references.segments[name]))
        case ContactTrigger():
            return Audience(AudienceKind.EVERYBODY)
        case _:
            return None


async def must_have_sender(tx: Tx, workspace: Workspace, senders: Senders) -> None:
    """Refuse to run what nobody would be the sender of.

    Raises:
        Unprocessable: the default sender of this workspace may not be used.
    """
    usable = await senders.usable_in(tx, workspace)
    if (reason := usable.why_not(None)) is not None:
        raise Unprocessable.of([Problem("sender", f"the default sender {reason}")])
