"""A load generator for HTTP: 64 connections that never wait longer than they must, each with one request at a time.

Closed loop: the next request goes out when the last was answered. Open loop: requests go out at times fixed before
(Poisson), whether or not the server keeps up, and are timed from then.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

from bench.people import KEY
from bench.programs.requests import make_hits, make_questions, make_requests
from bench.talking import hear, order, run, say, write_json

Answered = Callable[["Connection", int], None]

_SPIN_SECONDS = 0.0005


class Connection(asyncio.Protocol):
    """One connection, kept open. `answered` is called with the status of each answer."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._buffer = b""
        self.number = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, number: int, request: bytes) -> None:
        """Send a request; its number is kept until it is answered."""
        self.number = number
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        head = buffer.find(b"\r\n\r\n")
        if head < 0 or len(buffer) < head + 4 + _length(buffer[:head]):
            self._buffer = buffer
            return
        self._buffer = b""
        self._answered(self, int(buffer[9:12]))

    def connection_lost(self, _: Exception | None) -> None:
        if self.number >= 0:
            self._answered(self, 0)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _connections(port: int, count: int, answered: Answered) -> list[Connection]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(lambda: Connection(answered), "127.0.0.1", port))[1] for _ in range(count)]


async def closed_loop(asked: dict[str, Any], requests: Sequence[bytes]) -> None:
    """Ask for so many seconds, then let the last answers come in."""
    port, count = asked["port"], asked["connections"]
    over = asyncio.Event()
    accepted: list[int] = []
    refused = sent = 0
    ends = float("inf")

    def next_one(connection: Connection, status: int) -> None:
        nonlocal refused, sent
        if 200 <= status < 400:
            accepted.append(connection.number)
        elif status >= 0:
            refused += 1
        if time.perf_counter() < ends and sent < len(requests):
            connection.ask(sent, requests[sent])
            sent += 1
        else:
            connection.number = -1
            if len(accepted) + refused == sent:
                over.set()

    connections = await _connections(port, count, next_one)
    ends = time.perf_counter() + asked["warm_seconds"] + asked["seconds"]
    for connection in connections:
        next_one(connection, -1)
    await asyncio.sleep(asked["warm_seconds"])
    say("ready")
    before, start = len(accepted), time.perf_counter()
    await over.wait()
    units = len(accepted) - before
    say("done", units=units, seconds=time.perf_counter() - start, accepted=len(accepted), refused=refused)


async def open_loop(asked: dict[str, Any], requests: Sequence[bytes]) -> None:
    """Ask at the times of a Poisson process; when each was due, and how long its answer took, go into a file."""
    chance, loop = random.Random(asked["seed"]), asyncio.get_running_loop()
    idle: deque[Connection] = deque()
    queue: deque[int] = deque()
    due = [0.0] * len(requests)
    took = [-1.0] * len(requests)
    over = asyncio.Event()
    answers = 0

    def answered(connection: Connection, status: int) -> None:
        nonlocal answers
        if 200 <= status < 400:
            took[connection.number] = time.monotonic() - due[connection.number]
        answers += 1
        if queue:
            number = queue.popleft()
            connection.ask(number, requests[number])
        else:
            idle.append(connection)
        if answers == len(requests):
            over.set()

    idle.extend(await _connections(asked["port"], asked["connections"], answered))
    say("ready")
    start = time.monotonic()
    at = start
    for number in range(len(requests)):
        at += chance.expovariate(asked["rate"])
        due[number] = at
    for number, request in enumerate(requests):
        if (wait := due[number] - time.monotonic()) > _SPIN_SECONDS:
            await asyncio.sleep(wait)
        if idle:
            idle.popleft().ask(number, request)
        else:
            queue.append(number)
        if number % 50 == 0:
            await asyncio.sleep(0)
    await asyncio.wait_for(over.wait(), 120)
    write_json(asked["file"], {"due": due, "took": took})
    say("done", units=len(requests), seconds=loop.time() - start, refused=took.count(-1.0))


def _requests(asked: dict[str, Any]) -> Sequence[bytes]:
    """Events to track; or, where the order says so, hits on messages, or questions from a list of paths."""
    count = asked["requests"]
    if "messages" in asked:
        return make_hits(count, UUID(asked["workspace"]), asked["messages"])
    if "paths" in asked:
        return make_questions(count, asked["paths"], seed=asked["seed"], key=KEY)
    return make_requests(count, batch=asked.get("batch", 0), contacts=asked["contacts"], seed=asked["seed"], key=KEY)


async def main() -> None:
    asked = order()
    requests = _requests(asked)
    say("made")
    await hear()
    await (open_loop if "rate" in asked else closed_loop)(asked, requests)
    await hear()


if __name__ == "__main__":
    run(main())
