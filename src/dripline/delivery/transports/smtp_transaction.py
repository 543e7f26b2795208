"""One letter over one open connection: MAIL, RCPT, DATA, the content, the final dot."""

from collections.abc import Iterator
from dataclasses import dataclass

from dripline.delivery.message.addressing import wire_address
from dripline.delivery.transports.contract import Envelope, Phase, Reply
from dripline.delivery.transports.replies import Answer, Broken, broken, judged, refused_here
from dripline.delivery.transports.smtp_wire import Wire


@dataclass(frozen=True, slots=True)
class Parcel:
    """An envelope, checked and ready for commands."""

    sender: str
    recipient: str
    content: bytes

    @property
    def is_ascii(self) -> bool:
        return self.sender.isascii() and self.recipient.isascii() and self.content.isascii()


def packed(envelope: Envelope) -> Parcel:
    """The envelope as it goes on the wire.

    Raises:
        Unmailable: an address holds what could break out of a command.
    """
    sender = wire_address(envelope.sender) if envelope.sender else ""
    return Parcel(sender, wire_address(envelope.recipient.text), envelope.content)


async def hand_over(wire: Wire, parcel: Parcel) -> Reply:
    """What becomes of one letter. Leaves the connection closed, or fit for the next letter once it was reset."""
    refusal = _unfit(wire, parcel)
    if refusal is not None:
        return refusal
    phase = Phase.MAIL
    wire.carried += 1
    wire.is_dirty = True
    try:
        for phase, command, limit, wanted in _steps(wire, parcel):
            answer = await wire.ask(command, limit)
            if answer.code // 100 != wanted:
                return _stopped(wire, phase, answer)
        phase = Phase.BODY
        await wire.transmit(parcel.content)
        phase = Phase.DOT
        answer = await wire.final_answer()
    except Broken as fault:
        return broken(phase, fault)
    wire.is_dirty = answer.code // 100 != 2
    return judged(phase, answer)


async def is_reset(wire: Wire) -> bool:
    """Whether the connection is clean again: nothing of an earlier envelope reaches the next (RFC 5321, 4.1.1.5)."""
    if wire.is_dirty:
        try:
            answer = await wire.ask(b"RSET", wire.limits.command)
        except Broken:
            return False
        wire.is_dirty = answer.code // 100 != 2
    return not wire.is_dirty and wire.is_connected


def _steps(wire: Wire, parcel: Parcel) -> Iterator[tuple[Phase, bytes, float, int]]:
    limits = wire.limits
    yield Phase.MAIL, f"MAIL FROM:<{parcel.sender}>{_options(wire, parcel)}".encode(), limits.command, 2
    yield Phase.RCPT, f"RCPT TO:<{parcel.recipient}>".encode(), limits.command, 2
    yield Phase.DATA, b"DATA", limits.data, 3


def _options(wire: Wire, parcel: Parcel) -> str:
    size = f" SIZE={len(parcel.content)}" if "size" in wire.extensions else ""
    if parcel.is_ascii:
        return size
    body = " BODY=8BITMIME" if "8bitmime" in wire.extensions else ""
    return f"{size}{body} SMTPUTF8"


def _unfit(wire: Wire, parcel: Parcel) -> Reply | None:
    if not parcel.is_ascii and "smtputf8" not in wire.extensions:
        return refused_here(
            "5.6.7", "An address is not ASCII before the @, and the relay does not take such mail (no SMTPUTF8)."
        )
    most = wire.extensions.get("size", "")
    if most.isdecimal() and 0 < int(most) < len(parcel.content):
        return refused_here(
            "5.3.4", f"The mail has {len(parcel.content)} bytes; the relay takes at most {int(most)} (SIZE)."
        )
    return None


def _stopped(wire: Wire, phase: Phase, answer: Answer) -> Reply:
    if answer.code // 100 not in (4, 5):
        # Not what was asked for: from here on nobody knows which answer belongs to which command.
        wire.abort()
    return judged(phase, answer)
