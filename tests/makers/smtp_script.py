"""What the scripted SMTP server does: read from the local part of an address.

    ok                       takes the letter (so does every local part that is none of the following)
    rcpt-450, rcpt-550-5.1.1 answers that at RCPT; 421 also closes. data- and dot- likewise; mail- and
                             rset- act on the sender's address, because no recipient is known there
    rcpt-450-then-ok-2       does it twice for this address, then takes the letter
    dot-stall                never answers; dot-reset: cuts the connection (not stored in either case)
    dot-keep-stall           stores the letter first; dot-keep-reset and dot-keep-garbage likewise
    dot-late                 answers as usual, but after `late` seconds
    data-held                answers as usual, but not before `released` is set
    body-reset, body-552     cuts, or answers, after the first bytes of the letter
    data-deaf                says 354 and reads no more
    rcpt-garbage, -huge, -multiline, -nonascii, -drip, -twice
                             answers that cannot be read, or only just; twice: two at once
    quit-reset, quit-500     at QUIT, after such a recipient

A `+` and what follows it only tell addresses apart: `rcpt-450+17@example.test`.
"""

import re
from dataclasses import dataclass

STAGES = ("mail", "rcpt", "data", "body", "dot", "quit", "rset")
_TEXT = re.compile(
    rf"(?P<stage>{'|'.join(STAGES)})-(?P<keep>keep-)?(?P<action>[a-z]+|\d{{3}})"
    r"(?:-(?P<enhanced>\d\.\d+\.\d+))?(?:-then-ok-(?P<times>\d+))?"
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """At `stage`, do `action` (a code, or one of the words above); only the first `times` times, if not None."""

    stage: str
    action: str
    enhanced: str = ""
    keeps: bool = False
    times: int | None = None

    @property
    def line(self) -> bytes:
        """The answer, when the action is a code."""
        return f"{self.action} {self.enhanced} scripted\r\n".replace("  ", " ").encode()


def behaviour_of(address: str) -> Behaviour | None:
    """What the server does for this address; None: nothing special."""
    found = _TEXT.fullmatch(address.rpartition("@")[0].partition("+")[0])
    if found is None:
        return None
    times = int(found["times"]) if found["times"] else None
    return Behaviour(found["stage"], found["action"], found["enhanced"] or "", bool(found["keep"]), times)
