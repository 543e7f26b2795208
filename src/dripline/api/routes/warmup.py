"""The warm-up of a domain: its plan, how it goes, and its stops."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.caller import Caller
from dripline.api.parameters import Calling, Ref
from dripline.database.work import Tx
from dripline.delivery.domains.store import find_domain
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.model import Status
from dripline.delivery.warmup.moving import Standing
from dripline.delivery.warmup.plan import Plan
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import WorkspaceId

MOST = 100_000_000
MOST_FACTOR = 10


class PlanBody(msgspec.Struct, frozen=True, rename="camel"):
    """The plan: what is left out is 25, 5000 and 1.5, the published schedule."""

    starting_limit: int = 25
    target_limit: int = 5_000
    factor: float = 1.5


class WarmupShape(msgspec.Struct, frozen=True, rename="camel"):
    """How a warm-up stands. `limit` is today's and null where nothing limits; `day` counts the days that sent.

    `health` is judged by the last seven days: of `tried` mails so many bounced and were complained about. `daysLeft`
    counts days that send, until the limit is the target.
    """

    domain: str
    status: str
    starting_limit: int
    target_limit: int
    factor: float
    day: int
    limit: int | None
    sent_today: int
    days_left: int
    health: str
    reason: str | None
    tried: int
    bounced: int
    complained: int
    started_at: str | None


Move = Callable[[Tx, WorkspaceId, str], Awaitable[None]]


@get("/domains/{ref:str}/warmup", responses=NOT_FOUND)
async def get_warmup(ref: Ref, caller: Calling) -> WarmupShape:
    """How the warm-up of a domain stands; inactive by the published schedule where nothing was ever said."""
    return await _moved(ref, caller, None)


@put("/domains/{ref:str}/warmup", responses=NOT_FOUND)
async def put_warmup(ref: Ref, data: JSONBody[PlanBody], caller: Calling) -> WarmupShape:
    """Give a domain a plan. A warm-up that runs goes on with it, at the day that it is at."""
    plan, now = _read(data), caller.now()
    return await _moved(ref, caller, lambda tx, workspace, name: moving.plan(tx, workspace, name, plan, now=now))


@post("/domains/{ref:str}/warmup/start", status_code=200, responses=NOT_FOUND | CONFLICT)
async def start_warmup(ref: Ref, caller: Calling) -> WarmupShape:
    """Begin with the first day; 409 when it has begun."""
    return await _moved(ref, caller, _at(moving.start, caller.now()))


@post("/domains/{ref:str}/warmup/pause", status_code=200, responses=NOT_FOUND | CONFLICT)
async def pause_warmup(ref: Ref, caller: Calling) -> WarmupShape:
    """Let nothing of the domain out until it is resumed; 409 when it is not warming up."""
    return await _moved(ref, caller, _at(moving.pause, caller.now()))


@post("/domains/{ref:str}/warmup/resume", status_code=200, responses=NOT_FOUND | CONFLICT)
async def resume_warmup(ref: Ref, caller: Calling) -> WarmupShape:
    """Go on at the day that it was paused at; what had come back before is forgiven. 409 when it is not paused."""
    return await _moved(ref, caller, _at(moving.resume, caller.now()))


@post("/domains/{ref:str}/warmup/stop", status_code=200, responses=NOT_FOUND)
async def stop_warmup(ref: Ref, caller: Calling) -> WarmupShape:
    """Limit the domain no more; its plan is kept."""
    return await _moved(ref, caller, _at(moving.stop, caller.now()))


def _at(move: Callable[..., Awaitable[None]], now: datetime) -> Move:
    return lambda tx, workspace, name: move(tx, workspace, name, now=now)


async def _moved(ref: str, caller: Caller, move: Move | None) -> WarmupShape:
    async def act(tx: Tx) -> Standing:
        domain = await find_domain(tx, caller.id, ref)
        if move is not None:
            await move(tx, caller.id, domain.name)
        return await moving.standing(tx, caller.id, domain.name, now=caller.now())

    return _shape(await caller.transact(act))


def _read(data: PlanBody) -> Plan:
    if not 1 <= data.starting_limit <= MOST:
        raise _out_of_range("startingLimit", data.starting_limit, f"1 to {MOST}")
    if not data.starting_limit <= data.target_limit <= MOST:
        raise _out_of_range("targetLimit", data.target_limit, f"{data.starting_limit} (startingLimit) to {MOST}")
    if not 1 <= data.factor <= MOST_FACTOR:
        raise _out_of_range("factor", data.factor, f"1 to {MOST_FACTOR}")
    return Plan(data.starting_limit, data.target_limit, Decimal(str(data.factor)).quantize(Decimal("0.001")))


def _out_of_range(path: str, found: float, expected: str) -> Invalid:
    return Invalid.at(path, "is out of range", found=str(found), expected=expected)


def _shape(found: Standing) -> WarmupShape:
    warmup, health = found.warmup, found.health
    return WarmupShape(
        domain=warmup.domain,
        status=warmup.status,
        starting_limit=warmup.plan.starting_limit,
        target_limit=warmup.plan.target_limit,
        factor=float(warmup.plan.factor),
        day=warmup.day if warmup.status is not Status.INACTIVE else 0,
        limit=found.limit,
        sent_today=found.sent_today,
        days_left=found.days_left,
        health=health.level,
        reason=warmup.reason or health.cause,
        tried=found.sample.tried,
        bounced=found.sample.bounced,
        complained=found.sample.complained,
        started_at=iso(warmup.started_at) if warmup.started_at is not None else None,
    )


ROUTES = [get_warmup, put_warmup, start_warmup, pause_warmup, resume_warmup, stop_warmup]
