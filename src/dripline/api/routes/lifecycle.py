"""The life of a sequence: activated, published, paused, resumed, archived; and what publishing or resuming would do."""

from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from dripline.api.aliases import also_at
from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.parameters import Calling, IfMatch, SlugRef
from dripline.api.reading.sequences import read_revision
from dripline.api.shapes.lifecycle import (
    ImpactShape,
    ResumePreviewShape,
    ResumingShape,
    shape_impact,
    shape_outlook,
    shape_published,
)
from dripline.api.shapes.sequences import PublishedShape, SequenceShape, shape_sequence
from dripline.database.hints import Hint
from dripline.engine.runs import resuming
from dripline.engine.runs.resuming import Policy
from dripline.engine.versions import impact, publishing
from dripline.engine.versions.publishing import Completed, Waiting
from dripline.kernel.ids import show
from dripline.sequences import lifecycle
from dripline.sequences.model import DEFAULT_DRAIN_RATE

Rate = Annotated[int, msgspec.Meta(ge=1, le=100_000, description="Enrollments a minute.")]


class Resuming(msgspec.Struct, frozen=True, rename="camel"):
    """`drain` lets what is overdue go on at the rate, `shift` moves all waits, `skip` skips mail that was missed."""

    policy: Policy = Policy.DRAIN
    rate: Rate = DEFAULT_DRAIN_RATE
    expected_revision: int | None = None


class Publishing(msgspec.Struct, frozen=True, rename="camel"):
    """What becomes of those who wait in older versions, and of those who had come to the end of them."""

    waiting: Waiting = Waiting.STAY
    completed: Completed = Completed.STAY
    rate: Rate = DEFAULT_DRAIN_RATE
    expected_revision: int | None = None


@post("/sequences/{ref:str}/activate", status_code=200, responses=NOT_FOUND | CONFLICT | UNPROCESSABLE)
async def activate_sequence(ref: SlugRef, caller: Calling, if_match: IfMatch = None) -> PublishedShape:
    """Publish the draft and enroll from now on; after a pause, let those who waited go on."""
    revision = read_revision(None, if_match)
    activated = await caller.transact(
        lambda tx: publishing.activate(
            tx,
            caller.workspace,
            ref,
            expected_revision=revision,
            senders=caller.services.senders,
            providers=caller.services.providers,
            now=caller.now(),
        )
    )
    caller.wake_workers(Hint.JOB)
    return await shape_published(caller, activated)


@post("/sequences/{ref:str}/publish", status_code=200, responses=NOT_FOUND | CONFLICT | UNPROCESSABLE)
async def publish_sequence(
    ref: SlugRef, caller: Calling, data: JSONBody[Publishing | None] = None, if_match: IfMatch = None
) -> PublishedShape:
    """Publish the draft of a sequence that is active or paused, and say what becomes of those who entered before."""
    wanted = data or Publishing()
    revision = read_revision(wanted.expected_revision, if_match)
    done = await caller.transact(
        lambda tx: publishing.publish(
            tx,
            caller.workspace,
            ref,
            waiting=wanted.waiting,
            completed=wanted.completed,
            rate=wanted.rate,
            expected_revision=revision,
            senders=caller.services.senders,
            providers=caller.services.providers,
            now=caller.now(),
        )
    )
    caller.wake_workers(Hint.JOB)
    return await shape_published(caller, done)


@post("/sequences/{ref:str}/publish/preview", status_code=200, responses=NOT_FOUND | CONFLICT)
async def preview_publishing(
    ref: SlugRef, caller: Calling, data: JSONBody[Publishing | None] = None, if_match: IfMatch = None
) -> ImpactShape:
    """Say what publishing would do: who waits where, and what becomes of them. Changes nothing."""
    wanted = data or Publishing()
    revision = read_revision(wanted.expected_revision, if_match)
    found = await caller.transact(
        lambda tx: impact.foresee_publishing(
            tx,
            caller.workspace,
            ref,
            waiting=wanted.waiting,
            completed=wanted.completed,
            rate=wanted.rate,
            expected_revision=revision,
            senders=caller.services.senders,
            providers=caller.services.providers,
            now=caller.now(),
        )
    )
    return shape_impact(found, waiting=wanted.waiting, completed=wanted.completed, rate=wanted.rate)


@post("/sequences/{ref:str}/pause", status_code=200, responses=NOT_FOUND | CONFLICT)
async def pause_sequence(ref: SlugRef, caller: Calling, if_match: IfMatch = None) -> SequenceShape:
    """Stop everybody in it where they are, and enroll nobody, until it is resumed."""
    revision = read_revision(None, if_match)
    return await shape_sequence(
        caller,
        await caller.transact(
            lambda tx: lifecycle.pause(tx, caller.id, ref, expected_revision=revision, now=caller.now())
        ),
    )


@post(
    "/sequences/{ref:str}/resume",
    status_code=200,
    responses=NOT_FOUND | CONFLICT | answers((202, ResumingShape, "A job looks at everybody first.")),
)
async def resume_sequence(
    ref: SlugRef, caller: Calling, data: JSONBody[Resuming | None] = None, if_match: IfMatch = None
) -> Response[SequenceShape | ResumingShape]:
    """Let a paused sequence go on, in one of three ways. A draft stays a draft."""
    wanted = data or Resuming()
    revision = read_revision(wanted.expected_revision, if_match)
    resumed = await caller.transact(
        lambda tx: resuming.resume(
            tx,
            caller.id,
            ref,
            policy=wanted.policy,
            rate=wanted.rate,
            expected_revision=revision,
            now=caller.now(),
        )
    )
    caller.wake_workers(Hint.JOB)
    shape = await shape_sequence(caller, resumed.sequence)
    if resumed.job is None:
        return Response(shape, status_code=200)
    return Response(ResumingShape(**msgspec.structs.asdict(shape), job=show("job", resumed.job)), status_code=202)


@post("/sequences/{ref:str}/resume/preview", status_code=200, responses=NOT_FOUND | CONFLICT)
async def preview_resuming(
    ref: SlugRef, caller: Calling, data: JSONBody[Resuming | None] = None, if_match: IfMatch = None
) -> ResumePreviewShape:
    """Say what each way to resume would do now. Changes nothing."""
    wanted = data or Resuming()
    revision = read_revision(wanted.expected_revision, if_match)
    outlook = await caller.transact(
        lambda tx: resuming.foresee(tx, caller.id, ref, rate=wanted.rate, expected_revision=revision, now=caller.now())
    )
    return shape_outlook(outlook)


@post("/sequences/{ref:str}/archive", status_code=200, responses=NOT_FOUND | CONFLICT)
async def archive_sequence(ref: SlugRef, caller: Calling, if_match: IfMatch = None) -> SequenceShape:
    """End it for ever. Everybody in it leaves."""
    revision = read_revision(None, if_match)
    archived = await caller.transact(
        lambda tx: publishing.archive(tx, caller.workspace, ref, expected_revision=revision, now=caller.now())
    )
    caller.wake_workers(Hint.JOB)
    return await shape_sequence(caller, archived)


ROUTES = [
    activate_sequence,
    also_at(activate_sequence, "/sequences/{ref:str}/enable"),
    publish_sequence,
    preview_publishing,
    pause_sequence,
    also_at(pause_sequence, "/sequences/{ref:str}/disable"),
    resume_sequence,
    preview_resuming,
    archive_sequence,
]
