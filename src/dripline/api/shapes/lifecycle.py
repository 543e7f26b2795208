"""What publishing and resuming would do, and do, as answers."""

from collections.abc import Sequence

import msgspec

from dripline.api.caller import Caller
from dripline.api.problem import Detail, details_of
from dripline.api.shapes.sequences import PublishedShape, SequenceShape, shape_sequence
from dripline.engine.runs.resuming import Outlook, Policy
from dripline.engine.versions.impact import Impact
from dripline.engine.versions.publishing import Completed, Published, Waiting
from dripline.kernel.clock import iso
from dripline.kernel.ids import show
from dripline.sequences.impact import Effect


class ResumingShape(SequenceShape, frozen=True, rename="camel"):
    """A sequence that is being resumed by a job."""

    job: str


class DrainOutlook(msgspec.Struct, frozen=True, rename="camel"):
    """So many overdue enrollments and held mails go at the rate; the last one at this time, null when there is none."""

    overdue: int
    held: int
    minutes: int
    last_at: str | None


class ShiftOutlook(msgspec.Struct, frozen=True, rename="camel"):
    """So many enrollments wait on for what they had left; held mails go at the rate."""

    shifted: int
    held: int
    minutes: int
    last_at: str | None


class SkipOutlook(msgspec.Struct, frozen=True, rename="camel"):
    """So many enrollments are taken to where they would be, without the mail they missed; held mails are skipped."""

    caught_up: int
    held: int


class PoliciesShape(msgspec.Struct, frozen=True):
    """What each policy would do."""

    drain: DrainOutlook
    shift: ShiftOutlook
    skip: SkipOutlook


class ResumePreviewShape(msgspec.Struct, frozen=True, rename="camel"):
    """Who is in a paused sequence: overdue, waiting for later; how much mail is held; what each policy would do."""

    sequence_id: str
    paused_at: str | None
    now: str
    rate: int
    overdue: int
    waiting: int
    held: int
    policies: PoliciesShape


class GroupShape(msgspec.Struct, frozen=True, rename="camel"):
    """Those at one step of one version, and what becomes of them.

    `waiting` wait for a time, `mailing` for a mail that was asked for and still goes out, `stuck` cannot go on.
    `effect`: `stays` in its version, `goes_on` at the same step, `moves` to the step `to`, `exits`.
    """

    version: int
    step: str
    action: str
    waiting: int
    mailing: int
    stuck: int
    effect: Effect
    to: str | None
    text: str


class RetimingShape(msgspec.Struct, frozen=True, rename="camel"):
    """A wait that changes. The counts are null where the new end is not the same span for everybody."""

    version: int
    step: str
    was: str
    becomes: str
    waiting: int
    earlier: int | None
    later: int | None
    overdue: int | None


class ExtensionShape(msgspec.Struct, frozen=True):
    """So many who had come to the end of a version go on at this step."""

    version: int
    step: str
    count: int


class ImpactShape(msgspec.Struct, frozen=True, rename="camel"):
    """What publishing would do. `problems` would keep it from being published."""

    version: int
    waiting: Waiting
    completed: Completed
    rate: int
    problems: Sequence[Detail]
    warnings: Sequence[Detail]
    steps: Sequence[GroupShape]
    delays: Sequence[RetimingShape]
    extended: Sequence[ExtensionShape]
    last_at: str | None


async def shape_published(caller: Caller, published: Published) -> PublishedShape:
    """A sequence that was activated or published."""
    fields = msgspec.structs.asdict(await shape_sequence(caller, published.sequence))
    job = show("job", published.job) if published.job is not None else None
    return PublishedShape(**fields, warnings=details_of(published.warnings), job=job)


def shape_outlook(outlook: Outlook) -> ResumePreviewShape:
    """What resuming would do."""
    drain, shift = outlook.last[Policy.DRAIN], outlook.last[Policy.SHIFT]
    at = iso(outlook.now)
    return ResumePreviewShape(
        sequence_id=show("sequence", outlook.sequence.id),
        paused_at=iso(outlook.sequence.paused_at) if outlook.sequence.paused_at else None,
        now=at,
        rate=outlook.rate,
        overdue=outlook.overdue,
        waiting=outlook.waiting,
        held=outlook.held,
        policies=PoliciesShape(
            DrainOutlook(outlook.overdue, outlook.held, outlook.minutes(Policy.DRAIN), iso(drain) if drain else None),
            ShiftOutlook(
                outlook.overdue + outlook.waiting,
                outlook.held,
                outlook.minutes(Policy.SHIFT),
                iso(shift) if shift else None,
            ),
            SkipOutlook(outlook.overdue, outlook.held),
        ),
    )


def shape_impact(found: Impact, *, waiting: Waiting, completed: Completed, rate: int) -> ImpactShape:
    """What publishing would do."""
    return ImpactShape(
        version=found.version,
        waiting=waiting,
        completed=completed,
        rate=rate,
        problems=details_of(found.problems),
        warnings=details_of(found.warnings),
        steps=[
            GroupShape(
                version=each.version,
                step=each.step,
                action=each.action,
                waiting=each.waiting,
                mailing=each.parked,
                stuck=each.stuck,
                effect=each.effect,
                to=each.to,
                text=str(each),
            )
            for each in found.groups
        ],
        delays=[
            RetimingShape(
                version=each.length.version,
                step=each.length.step,
                was=each.length.was,
                becomes=each.length.becomes,
                waiting=each.waiting,
                earlier=each.sooner.earlier if each.sooner else None,
                later=each.sooner.later if each.sooner else None,
                overdue=each.sooner.overdue if each.sooner else None,
            )
            for each in found.retimings
        ],
        extended=[ExtensionShape(each.version, each.step, each.count) for each in found.extensions],
        last_at=iso(found.last_at) if found.last_at else None,
    )
