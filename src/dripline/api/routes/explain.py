"""Why somebody did or did not get each mail of a sequence, in plain words."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from dripline.api.answers import NOT_FOUND
from dripline.api.parameters import Calling, SlugRef
from dripline.api.reading.contacts import read_address
from dripline.engine.insight.explaining import Explanation, explain_contact
from dripline.engine.insight.telling.runs import ToldRun
from dripline.kernel.clock import iso
from dripline.kernel.ids import show


class ToldStepShape(msgspec.Struct, frozen=True):
    """What came of one step. `at` is null for what has not happened.

    `outcome` is that of the visit, the status of the mail, `waiting`, `stuck`, or `not_reached`.
    """

    step: str
    action: str
    at: str | None
    outcome: str
    text: str


class ToldRunShape(msgspec.Struct, frozen=True, rename="camel"):
    """One run, with its steps in the order in which they came."""

    enrollment: str
    version: int
    status: str
    exit_reason: str | None
    enrolled_at: str
    ended_at: str | None
    summary: str
    steps: Sequence[ToldStepShape]


class ToldContact(msgspec.Struct, frozen=True):
    """Whom it is about."""

    id: str
    email: str


class ToldSequence(msgspec.Struct, frozen=True):
    """Which sequence it is about."""

    id: str
    slug: str
    name: str
    status: str


class ExplanationShape(msgspec.Struct, frozen=True, rename="camel"):
    """Everything in words. `notEnrolled` is there when the contact never entered, or not again since the last run."""

    contact: ToldContact
    sequence: ToldSequence
    summary: str
    runs: Sequence[ToldRunShape]
    not_enrolled: str | None


@get("/sequences/{ref:str}/explain", responses=NOT_FOUND)
async def explain_sequence(
    ref: SlugRef,
    caller: Calling,
    email: Annotated[str, QueryParameter(max_length=320, description="The address of the contact.")],
) -> ExplanationShape:
    """Tell, step by step, why a contact did or did not get each mail of a sequence."""
    address = read_address(email, "email")
    return _shape(await caller.transact(lambda tx: explain_contact(tx, caller.id, ref, address, now=caller.now())))


def _shape(told: Explanation) -> ExplanationShape:
    contact, sequence = told.contact, told.sequence
    return ExplanationShape(
        contact=ToldContact(show("contact", contact.id), contact.address.text),
        sequence=ToldSequence(show("sequence", sequence.id), sequence.slug, sequence.name, sequence.status),
        summary=told.summary,
        runs=[_run(run) for run in told.runs],
        not_enrolled=told.not_enrolled,
    )


def _run(told: ToldRun) -> ToldRunShape:
    run = told.run
    return ToldRunShape(
        enrollment=show("enrollment", run.id),
        version=run.version,
        status=told.status,
        exit_reason=run.exit_reason,
        enrolled_at=iso(run.enrolled_at),
        ended_at=iso(run.ended_at) if run.ended_at is not None else None,
        summary=told.summary,
        steps=[
            ToldStepShape(
                step.step, step.action, iso(step.at) if step.at is not None else None, step.outcome, step.text
            )
            for step in told.steps
        ],
    )


ROUTES = [explain_sequence]
