"""The last look before an effect is carried out, and what its answer makes of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import assert_never

from dripline.contacts.facts import ContactFacts
from dripline.delivery.discounts.model import Plan, after_refusal
from dripline.delivery.effects.answers import Answer, Done, Later, Never
from dripline.delivery.effects.asked import Asked
from dripline.delivery.effects.queue import Lane
from dripline.delivery.effects.settling import PutBack, Settled
from dripline.delivery.gate import Hold, Skip, run_stops
from dripline.durable.retry import backoff
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.model import Settlement
from dripline.sequences.interpreter.program import Program


@dataclass(frozen=True, slots=True)
class Patience:
    """When an effect is tried again, and for how long."""

    first: timedelta
    longest: timedelta
    give_up_after: timedelta


PATIENCE = {
    Lane.STRIPE: Patience(timedelta(seconds=30), timedelta(hours=1), timedelta(days=7)),
    Lane.SHOPIFY: Patience(timedelta(seconds=30), timedelta(hours=1), timedelta(days=7)),
    Lane.POOL: Patience(timedelta(minutes=5), timedelta(hours=1), timedelta(days=7)),
    Lane.WEBHOOK: Patience(timedelta(seconds=15), timedelta(hours=1), timedelta(days=1)),
}


def judge(asked: Asked, program: Program, facts: ContactFacts | None) -> Settled | PutBack | None:
    """What stands against carrying it out; None when nothing does. Who may not be mailed gets no code either."""
    if facts is None:
        return _skipped(asked, ExitReason.CONTACT_DELETED, ExitReason.CONTACT_DELETED)
    match run_stops(asked.run, program, facts):
        case Hold(reason):
            return PutBack(asked, asked.plan, held=reason, reason=reason)
        case Skip(reason, exits):
            return _skipped(asked, reason, exits)
        case None:
            pass
    if facts.contact.unsubscribed_at is not None:
        return _skipped(asked, ExitReason.UNSUBSCRIBED, ExitReason.UNSUBSCRIBED)
    if asked.suppressed:
        return _skipped(asked, ExitReason.SUPPRESSED, ExitReason.SUPPRESSED)
    return None


def _skipped(asked: Asked, reason: str, exits: ExitReason | None) -> Settled:
    return Settled(asked, Settlement.SKIPPED, reason, reason, exits=exits)


def outcome_of(asked: Asked, plan: Plan | None, answer: Answer, *, now: datetime, chance: Random) -> Settled | PutBack:
    """The end of an effect, or its way back to its lane. `plan` is what was asked for; `now` the workspace's time."""
    match answer:
        case Done(says, result, discount):
            return Settled(asked, Settlement.DONE, None, says, tried=1, result=result, discount=discount)
        case Never(reason, detail):
            return Settled(asked, Settlement.FAILED, reason, detail, detail, tried=1)
        case Later():
            return _later(asked, plan, answer, now=now, chance=chance)
        case unreachable:
            assert_never(unreachable)


def _later(asked: Asked, plan: Plan | None, answer: Later, *, now: datetime, chance: Random) -> Settled | PutBack:
    patience, tried_since = PATIENCE[asked.lane], asked.first_tried_at or now
    if not answer.patient and now - tried_since >= patience.give_up_after:
        detail = f"{answer.detail} (given up after {asked.attempts + 1} tries)"
        return Settled(asked, Settlement.FAILED, "retries_exhausted", detail, detail, tried=1)
    wait = backoff(asked.attempts + 1, first=patience.first, longest=patience.longest, chance=chance)
    again = after_refusal(plan) if plan is not None and answer.refused else plan
    due_at = now + max(wait, answer.after or timedelta())
    return PutBack(asked, again, due_at, tried=1, reason=answer.reason, detail=answer.detail)
