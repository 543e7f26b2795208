"""The gate: the last look before hand-over, at everything that must be fresh. One order, one verdict, with its reason.

It is asked under the lock of the contact, and its verdict is good for `GOOD_FOR`: what waited longer is asked again.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from dripline.delivery.letters import Pending
from dripline.predicates.evaluate import evaluate
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.program import Program
from dripline.sequences.model import Status

GOOD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Send:
    """Nothing stands against it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now, and not before somebody lets it: `paused` or `no_transport`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Never. `exits` says that the run ends with it, for this reason."""

    reason: str
    exits: ExitReason | None = None


Judgement: TypeAlias = Send | Hold | Skip


def judge(mail: Pending, program: Program, *, has_transport: bool) -> Judgement:
    """What may become of a mail, by the first of these that speaks: the person is there; the run still waits for it;
    the sequence is active; no exit condition holds; they want mail; the address may be mailed; there is a transport.
    """
    contact = mail.contact
    if contact is None:
        return Skip(ExitReason.CONTACT_DELETED, ExitReason.CONTACT_DELETED)
    if not mail.waits_for_it:
        return Skip("enrollment_ended")
    if mail.sequence_status is Status.ARCHIVED:
        return Skip(ExitReason.ARCHIVED, ExitReason.ARCHIVED)
    if mail.sequence_status is not Status.ACTIVE:
        return Hold("paused")
    facts = mail.facts()
    if any(evaluate(condition, facts) for condition in program.exits):
        return Skip(ExitReason.EXIT_CONDITION, ExitReason.EXIT_CONDITION)
    if contact.unsubscribed_at is not None:
        return Skip(ExitReason.UNSUBSCRIBED, ExitReason.UNSUBSCRIBED)
    if contact.suppressed:
        return Skip(ExitReason.SUPPRESSED, ExitReason.SUPPRESSED)
    if not has_transport:
        return Hold("no_transport")
    return Send()
