"""What would happen to somebody in a sequence, step by step, without anything happening."""

from collections.abc import Sequence as Many
from typing import Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND, UNPROCESSABLE
from dripline.api.parameters import Calling, SlugRef
from dripline.api.problem import Detail, details_of
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.api.reading.dry_runs import AssumedEventBody, read_assumed
from dripline.api.reading.sequences import read_snapshot
from dripline.database.work import Tx
from dripline.engine.insight.dry_running import DryRun, dry_run_sequence
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid
from dripline.kernel.values import check_properties


class DryRunOf(msgspec.Struct, frozen=True, rename="camel"):
    """Whom to try it on: a contact, or an address that is none. `properties` come on top of the contact's own.

    `event` is the event that enrolls; `events` are assumed to happen later: a wait for one ends with it.
    """

    email: str | None = None
    contact_id: str | None = None
    properties: dict[str, Any] | None = None
    event: dict[str, Any] | None = None
    events: Many[AssumedEventBody] | None = None


class StepShape(msgspec.Struct, frozen=True):
    """One step, in order: when, what came of it and why."""

    id: str
    action: str
    at: str
    outcome: str
    reason: str | None
    template: str | None
    subject: str | None


class EndShape(msgspec.Struct, frozen=True):
    """How the run ended."""

    status: str
    reason: str | None
    at: str


class DryRunShape(msgspec.Struct, frozen=True):
    """A whole run in virtual time."""

    steps: Many[StepShape]
    end: EndShape
    warnings: Many[Detail]


@post("/sequences/{ref:str}/dry-run", status_code=200, responses=NOT_FOUND | UNPROCESSABLE)
async def dry_run(ref: SlugRef, data: JSONBody[DryRunOf], caller: Calling) -> DryRunShape:
    """Try a sequence, its draft where it has one, on somebody. Nothing is written and nothing is sent."""
    properties = check_properties(data.properties, "properties") if data.properties is not None else None
    event = read_snapshot(data.event)

    async def act(tx: Tx) -> DryRun:
        now = caller.now()
        return await dry_run_sequence(
            tx,
            caller.id,
            ref,
            address=await _address(tx, data, caller),
            properties=properties,
            event=event,
            events=read_assumed(data.events, "events", start=now),
            renderer=caller.services.renderer,
            now=now,
        )

    return _shape(await caller.transact(act))


async def _address(tx: Tx, data: DryRunOf, caller: Calling) -> Address:
    if data.contact_id is not None:
        return (await find_by_ref(tx, caller.id, data.contact_id)).address
    if data.email is None:
        raise Invalid.at("email", "is missing", found="nothing", expected="email or contactId")
    return read_address(data.email, "email")


def _shape(dry: DryRun) -> DryRunShape:
    steps = [
        StepShape(
            id=step.id,
            action=step.action,
            at=iso(step.at),
            outcome=step.outcome,
            reason=step.reason,
            template=step.template,
            subject=dry.subjects.get(step.id),
        )
        for step in dry.run.steps
    ]
    end = EndShape(dry.run.end.status, dry.run.end.reason, iso(dry.run.end.at))
    return DryRunShape(steps, end, details_of(dry.warnings))


ROUTES = [dry_run]
