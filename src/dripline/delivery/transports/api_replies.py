"""What an answer over HTTP means for a letter. Pure.

Each provider says in its own words what was wrong; what the statuses mean is common to all. As with SMTP, what has no
known meaning falls on the side that neither loses the letter nor sends it twice.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from dripline.delivery.transports.api_door import Answer
from dripline.delivery.transports.contract import Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded
from dripline.kernel.values import Json

_LONGEST_WAIT = timedelta(hours=24)
# A gateway speaks for a server that it could not hear: the letter may have been taken.
_OF_GATEWAYS = frozenset({502, 504, 520, 521, 522, 523, 524, 525, 526, 527})
# Not about this letter but about us: credentials, payment, a wrong place, too much at once.
_ABOUT_US = frozenset({401, 402, 403, 404, 405, 407, 410, 421, 426, 429, 451})
_ABOUT_NOW = frozenset({408, 409, 423, 425})


def accepted(answer: Answer, provider_id: str, text: str) -> Reply:
    """The provider has taken the letter, and calls it so."""
    return Reply(Verdict.ACCEPTED, Phase.DOT, answer.status, None, bounded(text), provider_id=provider_id or None)


def unclear(answer: Answer, text: str) -> Reply:
    """An answer that is none of this API: somebody in between may have spoken, after or before the letter was taken."""
    return Reply(Verdict.IN_DOUBT, Phase.DOT, answer.status, None, bounded(text))


def not_accepted(answer: Answer, text: str, *, about_recipient: bool = False, now: datetime) -> Reply:
    """What an answer with any other status than a good one means. `now` is the real time.

    `text` is empty where the body was not in the provider's words. An error of the server is believed to be one only
    when it is in those words.
    """
    verdict, phase = _verdict(answer.status, is_their_word=bool(text))
    if about_recipient and verdict is Verdict.REFUSED:
        phase = Phase.RCPT
    again = again_after(answer, now=now) if verdict in (Verdict.UNAVAILABLE, Verdict.DEFERRED) else None
    return Reply(
        verdict, phase, answer.status, None, bounded(text or f"HTTP status {answer.status}"), again_after=again
    )


def again_after(answer: Answer, *, now: datetime) -> timedelta | None:
    """How long the provider asks us to wait, as seconds or as a date (RFC 9110, section 10.2.3)."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 9:
        wait = timedelta(seconds=int(said))
    else:
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


def object_in(answer: Answer) -> dict[str, Json]:
    """The JSON object of the body; empty when it holds none."""
    if not answer.is_whole:
        return {}
    try:
        said: Json = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def text_in(said: dict[str, Json], name: str) -> str:
    """The text under a name of an object; empty when there is none."""
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _verdict(status: int, *, is_their_word: bool) -> tuple[Verdict, Phase]:
    if 300 <= status < 400 or status in _ABOUT_US:
        return Verdict.UNAVAILABLE, Phase.AUTH if status in (401, 403) else Phase.CONNECT
    if status in _ABOUT_NOW:
        return Verdict.DEFERRED, Phase.DOT
    if 400 <= status < 500:
        return (Verdict.REFUSED if is_their_word else Verdict.DEFERRED), Phase.DOT
    if status == 503:
        return Verdict.UNAVAILABLE, Phase.CONNECT
    if status >= 500 and is_their_word and status not in _OF_GATEWAYS:
        return Verdict.DEFERRED, Phase.DOT
    return Verdict.IN_DOUBT, Phase.DOT
