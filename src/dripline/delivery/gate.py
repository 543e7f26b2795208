"""The gate: the last look before hand-over, at everything that must be fresh. One order, one verdict, with its reason.

It is asked under the lock of the contact, and its verdict is good for `GOOD_FOR`: what waited longer is asked again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from dripline.contacts.facts import ContactFacts
from dripline.delivery.domains.model import UNVERIFIED
from dripline.delivery.letters import MailRun, Pending
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
    """Not now, and not before somebody lets it: `paused`, `no_transport` or `sender_unverified`."""

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
    mail: Pending,
    program: Program | None,
    facts: ContactFacts | None,
    *,
    has_transport: bool,
    is_proved: bool,
    free_at: datetime,
    now: datetime,
) -> Judgement:
    """What may become of a mail, by the first of these that speaks: somebody is there to get it; of the mail of a run,
    the run still waits for it, the sequence is active and no exit condition holds; of mail that asks for consent, they
    want it; the address may be mailed; there is a transport; the sender's domain is proved; of the mail of a run, the
    window is open and the frequency cap leaves a place (it does at `free_at`).

    So transactional mail and tests are stopped only by a missing person, a dead or suppressed address, a missing
    transport and a domain that is not proved. `program` and `facts`, those of the contact now, are None where no run
    asked for the mail; `facts` also where there is no contact any more.
    """
    if mail.to is None:
        return Skip(ExitReason.CONTACT_DELETED, ExitReason.CONTACT_DELETED)
    if mail.run is None and mail.given is None:
        return Skip("enrollment_ended")
    if mail.run is not None and (stops := run_stops(mail.run, program, facts)):
        return stops
    if mail.asks_consent and mail.contact is not None and mail.contact.unsubscribed_at is not None:
        return Skip(ExitReason.UNSUBSCRIBED, ExitReason.UNSUBSCRIBED)
    if mail.suppressed:
        return Skip(ExitReason.SUPPRESSED, ExitReason.SUPPRESSED)
    if not has_transport:
        return Hold("no_transport")
    if not is_proved:
        return Hold(UNVERIFIED)
    if mail.run is None:
        return Send()
    return _find_time(mail, program, free_at=free_at, now=now)


def run_stops(run: MailRun, program: Program | None, facts: ContactFacts | None) -> Hold | Skip | None:
    """What a run has against anything that it asked for; None when it has nothing."""
    if not run.waits_for_it:
        return Skip("enrollment_ended")
    if run.sequence_status is Status.ARCHIVED:
        return Skip(ExitReason.ARCHIVED, ExitReason.ARCHIVED)
    if run.sequence_status is not Status.ACTIVE:
        return Hold("paused")
    if program is not None and facts is not None and any(evaluate(condition, facts) for condition in program.exits):
        return Skip(ExitReason.EXIT_CONDITION, ExitReason.EXIT_CONDITION)
    return None


def _find_time(mail: Pending, program: Program | None, *, free_at: datetime, now: datetime) -> Judgement:
    zone = mail.contact.timezone if mail.contact is not None else None
    opens = next_open(program.window, zone, now) if program is not None and program.window else now
    for reason, until in (("window", opens), ("frequency_cap", free_at)):
        if until > now:
            return Defer(reason, until) if until - mail.queued_at <= LONGEST_DEFERRED else Skip(reason)
    return Send()
