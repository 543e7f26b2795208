"""The clock of a test workspace."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from dripline.accounts import clocks
from dripline.accounts.clocks import ClockReading
from dripline.api.answers import CONFLICT, FORBIDDEN, UNPROCESSABLE, answers
from dripline.api.parameters import Calling
from dripline.api.reading.events import Time
from dripline.database.hints import Hint
from dripline.durable import jobs
from dripline.durable.jobs import Job
from dripline.engine import test_clock
from dripline.kernel.clock import iso, real_now
from dripline.kernel.durations import parse_duration
from dripline.kernel.errors import Invalid, Unprocessable
from dripline.kernel.ids import JobId, show

PATIENCE_SECONDS = 25.0
_FIRST_LOOK_SECONDS = 0.01
_SELDOMEST_LOOK_SECONDS = 0.2


class Advance(msgspec.Struct, frozen=True):
    """How far to move the clock: by a duration such as `14d`, or to a time."""

    duration: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    to: Time | None = None


class ClockShape(msgspec.Struct, frozen=True):
    """What time it is in the workspace, and whether that time stands still."""

    now: str
    frozen: bool


class AdvancedShape(msgspec.Struct, frozen=True):
    """Where the clock stands now, and what happened on the way."""

    now: str
    turns: int
    messages: int


class UnderWayShape(msgspec.Struct, frozen=True):
    """The job that goes on moving the clock."""

    job: str


@get("/test-clock", responses=FORBIDDEN)
async def read_clock(caller: Calling) -> ClockShape:
    """The clock of the workspace; test workspaces only."""
    caller.must_be_test()
    return _shape(await caller.transact(lambda tx: clocks.read_clock(tx, caller.id, real=real_now())))


@post(
    "/test-clock/advance",
    status_code=200,
    responses=FORBIDDEN | CONFLICT | UNPROCESSABLE | answers((202, UnderWayShape, "It goes on as a job.")),
)
async def advance_clock(data: JSONBody[Advance], caller: Calling) -> Response[AdvancedShape | UnderWayShape]:
    """Move the clock and let everything due on the way happen: 200 when done, 202 when it takes longer than 25 s."""
    caller.must_be_test()
    by, to = _target(data)
    job = await caller.transact(lambda tx: test_clock.start_advance(tx, caller.id, by=by, to=to, real=real_now()))
    caller.wake_workers(Hint.JOB)
    ended = await _ended(caller, job)
    if ended is None:
        return Response(UnderWayShape(show("job", job)), status_code=202)
    return Response(_advanced(ended), status_code=200)


@post("/test-clock/release", status_code=200, responses=FORBIDDEN | CONFLICT)
async def release_clock(caller: Calling) -> ClockShape:
    """Let the clock run in real time again."""
    caller.must_be_test()
    await caller.transact(lambda tx: test_clock.release(tx, caller.id))
    caller.wake_workers()
    return _shape(await caller.transact(lambda tx: clocks.read_clock(tx, caller.id, real=real_now())))


def _target(data: Advance) -> tuple[timedelta | None, datetime | None]:
    if (data.duration is None) == (data.to is None):
        found = "nothing" if data.to is None else "both"
        raise Invalid.at("duration", "one of duration and to is needed", found=found, expected="duration or to")
    if data.to is not None:
        return None, _in_utc(data.to)
    assert data.duration is not None
    try:
        return parse_duration(data.duration), None
    except ValueError as error:
        expected = str(error).removeprefix("expected ")
        raise Invalid.at("duration", "is no duration", found=repr(data.duration), expected=expected) from None


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid.at("to", "lies outside the calendar", expected="a year from 1 to 9999") from None


async def _ended(caller: Calling, job: JobId) -> Job | None:
    """The job when it has ended within our patience."""
    clock = asyncio.get_running_loop().time
    until, pause = clock() + PATIENCE_SECONDS, _FIRST_LOOK_SECONDS
    while clock() < until:
        found = await caller.transact(lambda tx: jobs.find(tx, caller.id, job))
        if found.status not in {"queued", "running"}:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _SELDOMEST_LOOK_SECONDS)
    return None


def _advanced(job: Job) -> AdvancedShape:
    if job.status != "done" or not isinstance(job.result, dict):
        reasons = "; ".join(str(error.get("message")) for error in job.errors)
        raise Unprocessable(f"The clock could not be moved ({job.status}): {reasons or 'no reason was kept'}")
    return msgspec.convert(job.result, AdvancedShape)


def _shape(clock: ClockReading) -> ClockShape:
    return ClockShape(iso(clock.now), clock.frozen)


ROUTES = [read_clock, advance_clock, release_clock]
