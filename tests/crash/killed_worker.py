"""A worker that dies: `python -m tests.crash.killed_worker` reads orders and lives one short life for each.

A life is one engine turn and one hand-off in one workspace, and ends by SIGKILL at the k-th resumption of any of its
tasks, or by itself. Lives are forked, so that what a process imports is imported once for all of them.
"""

import asyncio
import os
import sys
from datetime import timedelta
from random import SystemRandom
from typing import NoReturn

import msgspec

from dripline.delivery import outbox
from dripline.delivery.delivering import Deliveries
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.writing import Writer
from dripline.engine.runs.turn import Turns
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from dripline.processes.domains import make_senders
from dripline.processes.parts import Parts
from dripline.processes.worker import worker
from dripline.sequences.enrollments import store as enrollments
from dripline.settings import Settings, read_settings
from dripline.telemetry import set_up_logging
from tests.crash.counting import Countdown

AT_ONCE = 100
"""Mails of one hand-off, at most."""


class Order(msgspec.Struct, frozen=True):
    """One life to live; `last` is the resumption to die at, 0 for none."""

    workspace: WorkspaceId
    last: int


class Life(msgspec.Struct, frozen=True):
    """How a life ended: `killed`, or after so many resumptions."""

    killed: bool
    resumptions: int | None


def main() -> None:
    settings = read_settings(os.environ)
    for line in sys.stdin.buffer:
        life = _live(settings, msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(life) + b"\n")
        sys.stdout.buffer.flush()


def _live(settings: Settings, order: Order) -> Life:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_born(settings, order, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status)
    assert killed or os.WEXITSTATUS(status) == 0, "a life failed: see its log"
    return Life(killed, int(said) if said else None)


def _be_born(settings: Settings, order: Order, writing: int) -> NoReturn:
    status = 1
    try:
        # Its logs must not be taken for answers.
        set_up_logging("killed worker")
        os.write(writing, str(asyncio.run(_work(settings, order))).encode())
        status = 0
    finally:
        os._exit(status)


async def _work(settings: Settings, order: Order) -> int:
    countdown = Countdown(order.last)
    async with worker(settings) as parts:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(countdown.task)
        await loop.create_task(_turn_and_hand_over(settings, parts, order.workspace))
        loop.set_task_factory(None)
    return countdown.count


async def _turn_and_hand_over(settings: Settings, parts: Parts, workspace: WorkspaceId) -> None:
    """What a worker does for one workspace, and for no other."""
    turns = Turns(parts.database, make_senders(settings))
    deliveries = Deliveries(
        parts.database,
        Writer(parts.renderer, UnsubscribeLinks(settings.secret_key or "", settings.public_url)),
        parts.carriers,
        parts.domains,
        lease=timedelta(seconds=settings.lease_seconds),
        retry=RetryRule(timedelta(seconds=settings.smtp_retry_seconds), timedelta(hours=settings.smtp_retry_max_hours)),
        chance=SystemRandom(),
    )
    async with parts.database.work() as tx:
        due = await enrollments.lanes(tx, [workspace])
    if due:
        await turns.run(workspace, due, now=real_now())
    async with parts.database.work() as tx:
        ready = await outbox.lanes(tx, [workspace])
    for lane in ready:
        await deliveries.run(lane, limit=AT_ONCE, now=real_now())


if __name__ == "__main__":
    main()
