"""The gate: the last look before hand-over, at everything that must be fresh. One order, one verdict, with its reason.

It is asked under the lock of the contact, and its verdict is good for `GOOD_FOR`: what waited longer is asked again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from dripline.contacts.facts import ContactFacts
from dripline.delivery.letters import Pending
from dripline.predicates.evaluate import evaluate
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.program import Program
from dripline.sequences.interpreter.windows import next_open
from dripline.sequences.model import Status

GOOD_FOR = timedelta(seconds=30)
LONGEST_DEFERRED = timedelta(days=30)
"""A mail that found no place for so long has lost its time."""


@dataclass(frozen=True, slots=True)
class Send:
    """Nothing stands against it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now, and not before somebody lets it: `paused` or `no_transport`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Defer:
    """Not before `until`: `window` or `frequency_cap`."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Never. `exits` says that the run ends with it, for this reason."""

    reason: str
    exits: ExitReason | None = None


Judgement: TypeAlias = Send | Hold | Defer | Skip


def judge(
    mail: Pending, program: Program, facts: ContactFacts | None, *, has_transport: bool, free_at: datetime
) -> Judgement:
    """What may become of a mail, by the first of these that speaks: the person is there; the run still waits for it;
    the sequence is active; no exit condition holds; they want mail; the address may be mailed; there is a transport;
    the window is open; the frequency cap leaves a place (it does at `free_at`).

    `facts` are those of the contact now; None when there is no contact any more.
    """
    if facts is None:
        return Skip(ExitReason.CONTACT_DELETED, ExitReason.CONTACT_DELETED)
    if not mail.waits_for_it:
        return Skip("enrollment_ended")
    if mail.sequence_status is Status.ARCHIVED:
        return Skip(ExitReason.ARCHIVED, ExitReason.ARCHIVED)
    if mail.sequence_status is not Status.ACTIVE:
        return Hold("paused")
    if any(evaluate(condition, facts) for condition in program.exits):
        return Skip(ExitReason.EXIT_CONDITION, ExitReason.EXIT_CONDITION)
    if facts.contact.unsubscribed_at is not None:
        return Skip(ExitReason.UNSUBSCRIBED, ExitReason.UNSUBSCRIBED)
    if facts.contact.suppressed:
        return Skip(ExitReason.SUPPRESSED, ExitReason.SUPPRESSED)
    if not has_transport:
        return Hold("no_transport")
    opens = next_open(program.window, facts.contact.timezone, facts.now) if program.window else facts.now
    for reason, until in (("window", opens), ("frequency_cap", free_at)):
        if until > facts.now:
            return Defer(reason, until) if until - mail.queued_at <= LONGEST_DEFERRED else Skip(reason)
    return Send()
