"""What every transport must do. A test class inherits one of these and gives the fixtures that it asks for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.message.composing import compose
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Transport, Verdict
from tests.makers.letters import a_letter, a_mailbox, an_envelope
from tests.makers.providers import Seen, same_sender, seen_in

Arrived: TypeAlias = Callable[[], Awaitable[list[bytes]]]
"""The contents of all letters that reached the other side."""

Arrivals: TypeAlias = Callable[[], Awaitable[list[Seen]]]
"""What all letters that reached the other side say there."""

AWKWARD = b"Subject: Dots\r\n\r\n.\r\n..\r\n.hidden\r\n\r\nFrom here\r\n" + b"x" * 998 + b"\r\n"
TEXT = ".\n..\nGrüße, 世界 👋 =?utf-8?q?no?=\n" + "x" * 1200 + "\n"
HTML = '<p class="a">Grüße &amp; "so on"</p>\n.\n<a href="https://example.com/?a=1&amp;b=2">=3D</a>\n'


class AnyTransportContract:
    """Every transport passes this, whether it carries bytes or fields. Fixtures: `transport`, `arrivals`.

    `keeps_keys`: the same key again leaves one copy, at least for now.
    """

    keeps_keys = False

    async def test_a_letter_arrives_with_all_that_it_says(self, transport: Transport, arrivals: Arrivals) -> None:
        sender = a_mailbox('Ann "the one" Ünder, Example', "hello@example.com")
        letter = a_letter(sender=sender, subject="Grüße, 世界: 50 % off?", text=TEXT, html=HTML, reply_to=a_mailbox())

        reply = await transport.send(an_envelope(content=compose(letter)))

        assert (reply.verdict, reply.phase) == (Verdict.ACCEPTED, Phase.DOT)
        (seen,) = await arrivals()
        assert same_sender(seen.sender, 'Ann "the one" Ünder, Example <hello@example.com>') or seen.sender == str(
            sender
        )
        assert seen.subject == letter.subject
        assert (seen.text.rstrip("\n"), seen.html.rstrip("\n")) == (TEXT.rstrip("\n"), HTML.rstrip("\n"))
        assert seen.message_id in (None, f"<{letter.message_id}>")
        assert seen.unsubscribe == f"<{letter.unsubscribe_url}>"

    async def test_many_letters_at_once_arrive_once_each(self, transport: Transport, arrivals: Arrivals) -> None:
        letters = [_numbered(number) for number in range(2 * transport.slots + 1)]

        replies = await asyncio.gather(*map(transport.send, letters))

        assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
        assert sorted(seen.subject for seen in await arrivals()) == sorted(
            f"Letter {number}" for number in range(len(letters))
        )

    @pytest.mark.parametrize("mark", ["\r\nRCPT TO:<eve@example.test>", "\n", "\r", "\0", "> SIZE=1"])
    async def test_an_address_that_could_break_out_raises_and_nothing_arrives(
        self, transport: Transport, arrivals: Arrivals, mark: str
    ) -> None:
        with pytest.raises(Unmailable):
            await transport.send(an_envelope(f"ok{mark}@example.test", content=compose(a_letter())))

        assert await arrivals() == []

    async def test_a_null_sender_is_a_sender(self, transport: Transport, arrivals: Arrivals) -> None:
        reply = await transport.send(an_envelope(sender="", content=compose(a_letter())))

        assert reply.verdict is Verdict.ACCEPTED

    async def test_the_same_key_again_leaves_one_copy_where_that_is_promised(
        self, transport: Transport, arrivals: Arrivals
    ) -> None:
        content = compose(a_letter())

        first, second = [await transport.send(an_envelope(visit=7, content=content)) for _ in range(2)]

        assert first.verdict is second.verdict is Verdict.ACCEPTED
        assert len(await arrivals()) == (1 if transport.idempotent or self.keeps_keys else 2)

    async def test_a_reply_is_one_printable_line(self, transport: Transport, arrivals: Arrivals) -> None:
        reply = await transport.send(an_envelope(content=compose(a_letter())))

        assert isinstance(reply, Reply)
        assert reply.text.isprintable()
        assert len(reply.text) <= 500

    async def test_closing_twice_is_fine(self, transport: Transport, arrivals: Arrivals) -> None:
        await transport.send(an_envelope(content=compose(a_letter())))

        await transport.close()
        await transport.close()

        assert len(await arrivals()) == 1


class TransportContract(AnyTransportContract):
    """Every transport that carries bytes passes this. Fixtures: `transport`, `arrived`."""

    @pytest.fixture
    def arrivals(self, arrived: Arrived) -> Arrivals:
        async def seen() -> list[Seen]:
            return [seen_in(content) for content in await arrived()]

        return seen

    async def test_a_letter_arrives_byte_for_byte(self, transport: Transport, arrived: Arrived) -> None:
        reply = await transport.send(an_envelope(content=AWKWARD))

        assert (reply.verdict, reply.phase) == (Verdict.ACCEPTED, Phase.DOT)
        assert await arrived() == [AWKWARD]


def _numbered(number: int) -> Envelope:
    content = compose(a_letter(subject=f"Letter {number}", message_id=f"{number}@example.com"))
    return an_envelope(f"ok+{number}@example.test", content=content, visit=number)
