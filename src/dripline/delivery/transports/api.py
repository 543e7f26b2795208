"""Mail through the HTTP API of a provider: one request for each letter.

The promise is that of every transport. A request that could not be begun says nothing about the letter; one whose last
byte has not left was not taken; once it has, only an answer tells. Where the provider keeps our key, the same request
is repeated until it answers; where it does not, the letter is in doubt.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dripline.delivery.transports.api_door import Answer, Door, Request, Unanswered
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded
from dripline.kernel.clock import real_now

_AGAIN_SECONDS = (1.0, 4.0)


class Dialect(Protocol):
    """How one provider is spoken to. Pure.

    `base`: where its API is. `keeps_keys`: a request that is repeated under its key within hours sends nothing twice,
    and gets the answer of the first one.
    """

    @property
    def base(self) -> str: ...

    @property
    def keeps_keys(self) -> bool: ...

    def request(self, envelope: Envelope) -> Request:
        """The request that hands a letter over.

        Raises:
            Unmailable: the letter cannot be written as one; nothing was sent.
        """
        ...

    def reply(self, answer: Answer, *, now: datetime) -> Reply:
        """What an answer to it means. `now` is the real time."""
        ...

    def search(self, key: str, message_id: str) -> Sequence[Request]:
        """Requests that ask for a letter that may have been taken; none where the provider cannot be asked."""
        ...

    def found(self, answer: Answer) -> str | None:
        """What the provider calls the letter, when an answer to one of them holds it."""
        ...

    def question(self) -> Request:
        """A request that changes nothing, and is answered well only when the credentials are good."""
        ...

    def fault(self, answer: Answer) -> str | None:
        """What an answer to the question says against the connection; None: nothing."""
        ...


class ApiTransport:
    """Hands letters to the API that a dialect speaks, up to `connections` at once.

    `idempotent` is false also where the provider keeps keys: it does so for hours, and a worker may be gone for days.
    """

    idempotent = False

    def __init__(
        self,
        dialect: Dialect,
        *,
        connections: int = 10,
        timeout: float | None = None,
        base: str | None = None,
        again_seconds: tuple[float, ...] = _AGAIN_SECONDS,
    ) -> None:
        self.slots = connections
        self._dialect = dialect
        self._again_seconds = again_seconds if dialect.keeps_keys else ()
        self._free = asyncio.Semaphore(connections)
        self._is_closed = False
        self._door = Door(base or dialect.base, connections=connections, timeout=timeout)

    async def send(self, envelope: Envelope) -> Reply:
        """Hand one letter over. Never raises for anything the provider does.

        Raises:
            Unmailable: the letter cannot be written as a request; nothing was sent.
        """
        request = self._dialect.request(envelope)
        async with self._free:
            if self._is_closed:
                return Reply(Verdict.UNAVAILABLE, Phase.CONNECT, None, None, "the connection is not in use any more")
            reply = await self._tried(request)
            for seconds in self._again_seconds:
                if reply.verdict is not Verdict.IN_DOUBT:
                    break
                await asyncio.sleep(seconds)
                reply = _surer(reply, await self._tried(request))
            return reply

    async def find(self, key: str, message_id: str) -> str | None:
        """What the provider calls the letter of this key and Message-ID; None when it knows of none, or is away."""
        for request in self._dialect.search(key, message_id):
            try:
                answer = await self._door.ask(request)
            except Unanswered:
                return None
            if (found := self._dialect.found(answer)) is not None:
                return found
        return None

    async def check(self) -> str | None:
        """What is wrong with the connection; None when nothing is."""
        try:
            answer = await self._door.ask(self._dialect.question())
        except Unanswered as fault:
            return bounded(fault.text)
        return self._dialect.fault(answer)

    async def close(self) -> None:
        """Wait for the letters under way, then close every connection. May be called twice. Takes no letter after."""
        self._is_closed = True
        for _ in range(self.slots):
            await self._free.acquire()
        await self._door.close()
        for _ in range(self.slots):
            self._free.release()

    async def _tried(self, request: Request) -> Reply:
        try:
            answer = await self._door.ask(request)
        except Unanswered as fault:
            return _unanswered(fault)
        return self._dialect.reply(answer, now=real_now())


def _surer(before: Reply, after: Reply) -> Reply:
    """Of a letter that may have been taken: only an answer about the letter itself ends the doubt."""
    if after.verdict in (Verdict.ACCEPTED, Verdict.REFUSED):
        return after
    return before


def _unanswered(fault: Unanswered) -> Reply:
    verdicts = {Phase.CONNECT: Verdict.UNAVAILABLE, Phase.BODY: Verdict.DEFERRED}
    return Reply(verdicts.get(fault.phase, Verdict.IN_DOUBT), fault.phase, None, None, bounded(fault.text))
