"""What an SMTP server's answer means for a letter. Pure.

RFC 5321, section 4.2.1: an unknown code is taken by its first digit. Everything without a known meaning falls on
the side that neither loses the letter nor sends it twice.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from dripline.delivery.transports.contract import Phase, Reply, Verdict

LONGEST_TEXT = 500
_ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\d)", re.ASCII)
_RATE = re.compile(r"throttl|\brate\b|too many|limit", re.IGNORECASE)
_SLOW_DOWN = frozenset({"4.7.28"})
# "try again in 5 minutes", "retry after 30 seconds": nothing that a standard says, but what is said.
_AGAIN = re.compile(r"(?:again|retry|wait)\D{0,20}?(\d{1,4})\s*(s|m|h)(?:ec|econd|in|inute|r|our)?s?\b", re.IGNORECASE)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_LONGEST_WAIT = timedelta(hours=24)
# What Amazon SES calls a letter that it has taken; its notifications say the same.
_SES_ID = re.compile(r"\bOk ([0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6})\b")
# 530, 534, 535 and 538 ask for (other) credentials, RFC 4954, section 6: our standing with the relay.
_CREDENTIALS = frozenset({530, 534, 535, 538})
_CLOSING = 421
_TEMPORARY_LOGIN_FAILURE = 454


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply of a server, as it was said; lines of a longer one are parted by a line feed."""

    code: int
    text: str


class Broken(Exception):
    """The conversation ended without an answer that can be read: reset, silence, or noise."""


class Unusable(Exception):
    """The relay cannot be used now; `reply` says why."""

    def __init__(self, phase: Phase, text: str, answer: Answer | None = None) -> None:
        super().__init__(text)
        code, enhanced = (answer.code, enhanced_code(answer)) if answer else (None, None)
        self.reply = Reply(Verdict.UNAVAILABLE, phase, code, enhanced, bounded(text))


def judged(phase: Phase, answer: Answer) -> Reply:
    """The reply to a letter that follows from an answer in this phase (MAIL or later)."""
    enhanced = enhanced_code(answer)
    verdict = _verdict(phase, answer, enhanced)
    provider_id = _SES_ID.search(answer.text) if verdict is Verdict.ACCEPTED else None
    return Reply(
        verdict,
        phase,
        answer.code,
        enhanced,
        bounded(answer.text),
        provider_id=provider_id[1] if provider_id is not None else None,
        again_after=_again_after(answer.text) if answer.code // 100 == 4 else None,
    )


def broken(phase: Phase, fault: Broken) -> Reply:
    """The reply to a letter whose conversation broke: in doubt once the final dot was out, else to be tried again."""
    verdict = Verdict.IN_DOUBT if phase is Phase.DOT else Verdict.DEFERRED
    return Reply(verdict, phase, None, None, bounded(str(fault)))


def refused_here(enhanced: str, text: str) -> Reply:
    """The reply to a letter that this server cannot take, as its own greeting already said. Nothing was sent."""
    return Reply(Verdict.REFUSED, Phase.MAIL, None, enhanced, bounded(text))


def enhanced_code(answer: Answer) -> str | None:
    """The enhanced status code, when its class is that of the reply (RFC 2034, section 4)."""
    found = _ENHANCED.match(answer.text)
    if found is None or found[1] != str(answer.code)[0]:
        return None
    return f"{found[1]}.{int(found[2])}.{int(found[3])}"


def bounded(text: str) -> str:
    """The text as one printable line of at most 500 characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * LONGEST_TEXT])
    return " ".join(line.split())[:LONGEST_TEXT]


def _again_after(text: str) -> timedelta | None:
    found = _AGAIN.search(text)
    if found is None:
        return None
    wait = int(found[1]) * _UNITS[found[2].lower()]
    return min(max(wait, _UNITS["s"]), _LONGEST_WAIT)


def _verdict(phase: Phase, answer: Answer, enhanced: str | None) -> Verdict:
    if _is_about_the_relay(phase, answer, enhanced):
        return Verdict.UNAVAILABLE
    match answer.code // 100:
        case 2 if phase is Phase.DOT:
            return Verdict.ACCEPTED
        case 4:
            return Verdict.DEFERRED
        case 5:
            return Verdict.REFUSED
        case _:
            return Verdict.IN_DOUBT if phase is Phase.DOT else Verdict.DEFERRED


def _is_about_the_relay(phase: Phase, answer: Answer, enhanced: str | None) -> bool:
    if answer.code == _TEMPORARY_LOGIN_FAILURE or enhanced in _SLOW_DOWN:
        return True
    if answer.code // 100 == 4 and (enhanced or "").startswith("4.7.") and _RATE.search(answer.text):
        return True
    # After the dot a 421 is about this letter too: it must count, or a letter that always draws it would never end.
    return phase is not Phase.DOT and (answer.code == _CLOSING or answer.code in _CREDENTIALS)
