"""What every transport must do. A test class inherits it and gives the fixtures `transport` and `arrived`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Transport, Verdict
from tests.makers.letters import an_envelope

Arrived: TypeAlias = Callable[[], Awaitable[list[bytes]]]
"""The contents of all letters that reached the other side."""

AWKWARD = b"Subject: Dots\r\n\r\n.\r\n..\r\n.hidden\r\n\r\nFrom here\r\n" + b"x" * 998 + b"\r\n"


class TransportContract:
    """Every transport passes this."""

    async def test_a_letter_arrives_byte_for_byte(self, transport: Transport, arrived: Arrived) -> None:
        reply = await transport.send(an_envelope(content=AWKWARD))

        assert (reply.verdict, reply.phase) == (Verdict.ACCEPTED, Phase.DOT)
        assert await arrived() == [AWKWARD]

    async def test_many_letters_at_once_arrive_once_each(self, transport: Transport, arrived: Arrived) -> None:
        letters = [_numbered(number) for number in range(2 * transport.slots + 1)]

        replies = await asyncio.gather(*map(transport.send, letters))

        assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
        assert sorted(await arrived()) == sorted(letter.content for letter in letters)

    @pytest.mark.parametrize("mark", ["\r\nRCPT TO:<eve@example.test>", "\n", "\r", "\0", "> SIZE=1"])
    async def test_an_address_that_could_break_out_raises_and_nothing_arrives(
        self, transport: Transport, arrived: Arrived, mark: str
    ) -> None:
        with pytest.raises(Unmailable):
            await transport.send(an_envelope(f"ok{mark}@example.test"))

        assert await arrived() == []

    async def test_a_null_sender_is_a_sender(self, transport: Transport, arrived: Arrived) -> None:
        reply = await transport.send(an_envelope(sender=""))

        assert reply.verdict is Verdict.ACCEPTED

    async def test_the_same_key_again_leaves_one_copy_where_that_is_promised(
        self, transport: Transport, arrived: Arrived
    ) -> None:
        first, second = [await transport.send(an_envelope(visit=7)) for _ in range(2)]

        assert first.verdict is second.verdict is Verdict.ACCEPTED
        assert len(await arrived()) == (1 if transport.idempotent else 2)

    async def test_a_reply_is_one_printable_line(self, transport: Transport, arrived: Arrived) -> None:
        reply = await transport.send(an_envelope())

        assert isinstance(reply, Reply)
        assert reply.text.isprintable()
        assert len(reply.text) <= 500

    async def test_closing_twice_is_fine(self, transport: Transport, arrived: Arrived) -> None:
        await transport.send(an_envelope())

        await transport.close()
        await transport.close()

        assert len(await arrived()) == 1


def _numbered(number: int) -> Envelope:
    content = f"Message-ID: <{number}@example.com>\r\n\r\nLetter {number}\r\n".encode()
    return an_envelope(f"ok+{number}@example.test", content=content, visit=number)
