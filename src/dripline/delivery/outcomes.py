"""What a reply makes of a mail: pure, one case for each verdict."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import assert_never

from dripline.delivery.carriers import Carried
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.reasons import classify
from dripline.delivery.letters import Pending
from dripline.delivery.settling import PutBack, Settled
from dripline.delivery.transports.contract import Phase, Reply, Verdict, is_dead_mailbox
from dripline.durable.retry import backoff
from dripline.sequences.interpreter.model import Settlement

RELAY_UNAVAILABLE = "relay_unavailable"

# Behind what can go at once, and soon again when the relay is back.
_AFTER_UNAVAILABLE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class RetryRule:
    """When a letter that was deferred is tried again, and for how long (RFC 5321, section 4.5.4.1)."""

    first: timedelta
    give_up_after: timedelta
    longest: timedelta = timedelta(hours=8)


def outcome_of(
    mail: Pending, carried: Carried, *, subject: str, now: datetime, rule: RetryRule, chance: Random
) -> Settled | PutBack:
    """The end of a mail, or its way back to its lane. `now` is the workspace's time."""
    outcome = _outcome(mail, carried.reply, subject=subject, now=now, rule=rule, chance=chance)
    if isinstance(outcome, PutBack):
        return outcome
    return replace(outcome, carrier=carried.by, provider_id=carried.reply.provider_id)


def _outcome(
    mail: Pending, reply: Reply, *, subject: str, now: datetime, rule: RetryRule, chance: Random
) -> Settled | PutBack:
    words = _words(reply)
    match reply.verdict:
        case Verdict.ACCEPTED:
            return Settled(mail, "sent", Settlement.SENT, detail=words, tried=1, sent_at=now, subject=subject)
        case Verdict.IN_DOUBT:
            return in_doubt(mail, words, subject=subject, now=now)
        case Verdict.REFUSED:
            return _refused(mail, reply, words, subject=subject)
        case Verdict.DEFERRED:
            return _deferred(mail, reply, words, subject=subject, now=now, rule=rule, chance=chance)
        case Verdict.UNAVAILABLE:
            wait = reply.again_after or _AFTER_UNAVAILABLE
            return PutBack(mail, now + wait, reason=RELAY_UNAVAILABLE, detail=words)
        case unreachable:
            assert_never(unreachable)


def in_doubt(mail: Pending, words: str, *, subject: str, now: datetime) -> Settled:
    """It may have arrived: never handed over again, and its run goes on as if it had."""
    return Settled(mail, "in_doubt", Settlement.IN_DOUBT, "no_reply", words, tried=1, sent_at=now, subject=subject)


def _refused(mail: Pending, reply: Reply, words: str, *, subject: str) -> Settled:
    klass = classify(words, reply.enhanced or "")
    dead = _is_dead(reply, klass)
    return Settled(
        mail,
        "bounced" if dead else "failed",
        Settlement.FAILED,
        "address_rejected" if dead else "refused",
        words,
        tried=1,
        subject=subject,
        dead_address=dead,
        for_now=reply.phase is Phase.RCPT and klass is BounceClass.SOFT and not dead,
        code=_code(reply),
        klass=BounceClass.HARD if dead else klass,
    )


def _is_dead(reply: Reply, klass: BounceClass) -> bool:
    """Whether the address is to be suppressed: never for a block; for a code alone only where the words agree."""
    if not is_dead_mailbox(reply) or klass is BounceClass.BLOCK:
        return False
    return reply.enhanced is not None or klass is not BounceClass.SOFT


def _deferred(
    mail: Pending, reply: Reply, words: str, *, subject: str, now: datetime, rule: RetryRule, chance: Random
) -> Settled | PutBack:
    if mail.first_tried_at is not None and now - mail.first_tried_at >= rule.give_up_after:
        is_theirs = reply.phase is Phase.RCPT and classify(words, reply.enhanced or "") is not BounceClass.BLOCK
        return Settled(
            mail, "failed", Settlement.FAILED, "retries_exhausted", words, tried=1, subject=subject, for_now=is_theirs
        )
    wait = backoff(mail.attempts + 1, first=rule.first, longest=rule.longest, chance=chance)
    if reply.again_after is not None:
        wait = min(reply.again_after, rule.longest)
    return PutBack(mail, now + wait, tried=1, reason="deferred", detail=words)


def _code(reply: Reply) -> str | None:
    said = [str(part) for part in (reply.code, reply.enhanced) if part is not None]
    return " ".join(said) or None


def _words(reply: Reply) -> str:
    return " ".join(filter(None, (_code(reply), reply.text)))[:500]
