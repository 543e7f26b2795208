"""One run: how it began, what came of each step, where it stands or how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from dripline.delivery.effects.standing import Standing, next_try, tell
from dripline.delivery.sends import Message
from dripline.engine.insight.telling.mails import tell_mail, why_skipped
from dripline.engine.insight.telling.words import counted, joined, quoted, when
from dripline.sequences.enrollments.history import Told
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.impact import describe_wait
from dripline.sequences.interpreter.catching_up import MISSED
from dripline.sequences.interpreter.model import Outcome, Visit
from dripline.sequences.interpreter.program import Delay, Email, StepId, Until, Wait
from dripline.sequences.interpreter.wording import action_of
from dripline.sequences.language.model import StopCondition, StopKind
from dripline.sequences.language.walking import walk
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status
from dripline.sequences.programs import Published


@dataclass(frozen=True, slots=True)
class ToldStep:
    """What came of one step, or is to come: `at` is null for what did not happen.

    `outcome` is that of the visit, the status of the mail, `waiting`, `stuck`, or `not_reached`.
    """

    step: StepId
    action: str
    at: datetime | None
    outcome: str
    text: str


@dataclass(frozen=True, slots=True)
class ToldRun:
    """One run in words, with its steps in the order in which they came."""

    run: Told
    status: str
    summary: str
    steps: Sequence[ToldStep]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run is told from: its sequence, its version, its visits and mails (by visit), the time, and what it waits
    for besides mail.
    """

    sequence: Drip
    version: Published
    visits: Sequence[Visit]
    mails: Mapping[int, Message]
    now: datetime
    waits_for: Standing | None = None


def tell_run(run: Told, reading: Reading) -> ToldRun:
    """The story of a run."""
    steps = [_visited(visit, reading) for visit in reading.visits]
    steps += _standing(run, reading)
    steps += _ending(run, reading)
    steps += _not_reached(run, reading, {each.step for each in steps})
    summary = joined((_beginning(run, reading.version), _mailed(steps), _place(run, reading)))
    return ToldRun(run, status_of(run, reading.sequence), summary, steps)


def status_of(run: Told, sequence: Drip) -> str:
    """The status of a run as it is shown: a sequence that stands shows in its runs."""
    if run.status != "active":
        return run.status
    match sequence.status:
        case Status.ACTIVE | Status.DRAFT:
            return "active"
        case Status.PAUSED | Status.RESUMING:
            return "paused"
        case Status.ARCHIVED:
            return "exited"
        case unreachable:
            assert_never(unreachable)


def _visited(visit: Visit, reading: Reading) -> ToldStep:
    message = reading.mails.get(visit.number) if visit.action == "email" else None
    if message is not None:
        return ToldStep(visit.step, visit.action, visit.at, message.status, tell_mail(message))
    return ToldStep(visit.step, visit.action, visit.at, str(visit.outcome), _outcome(visit))


def _outcome(visit: Visit) -> str:
    reason = visit.reason or ""
    match visit.outcome:
        case Outcome.SENT:
            return "The mail was sent."
        case Outcome.TRUE:
            return f"The condition was true: {reason or 'why is not kept any more'}."
        case Outcome.FALSE:
            return f"The condition was false: {reason or 'why is not kept any more'}."
        case Outcome.DONE:
            return f"Done: {reason}." if reason else "Done."
        case Outcome.WAITED:
            return f"The wait ran out: {reason}." if reason else "The wait ran out."
        case Outcome.EXITED:
            return f"Left here: {reason}." if reason else "Left here."
        case Outcome.SKIPPED if reason.startswith("skipped by "):
            return f"Passed over, because the condition {quoted(reason.removeprefix('skipped by '))} was true."
        case Outcome.SKIPPED if visit.action == "email" or reason == MISSED:
            return f"The mail was skipped: {why_skipped(visit.reason)}."
        case Outcome.SKIPPED:
            return f"Passed over: {reason or 'why is not kept any more'}."
        case Outcome.FAILED:
            return f"It failed: {reason}." if reason else "It failed."
        case Outcome.IN_DOUBT:
            return "Nobody knows whether the mail arrived; it counts as sent."
        case unreachable:
            assert_never(unreachable)


def _standing(run: Told, reading: Reading) -> Iterator[ToldStep]:
    """Where a run stands that has not ended: at a mail that is on its way, at a wait, or stuck."""
    if run.step is None or status_of(run, reading.sequence) not in ("active", "paused"):
        return
    node = reading.version.program.nodes.get(run.step)
    action = action_of(node) if node is not None else ""
    told = {visit.number for visit in reading.visits}
    message = reading.mails.get(run.visits)
    if run.stuck_reason is not None:
        since = f" since {when(run.stuck_since)}" if run.stuck_since is not None else ""
        text = f"The run cannot go on{since}: {run.stuck_reason}."
        yield ToldStep(run.step, action, run.stuck_since, "stuck", text)
    elif run.due_at is None and message is not None and run.visits not in told:
        yield ToldStep(run.step, action, message.queued_at, message.status, tell_mail(message))
    elif run.due_at is None and reading.waits_for is not None:
        about = tell(reading.waits_for)
        text = joined((f"{about[0].upper()}{about[1:]}.", next_try(reading.waits_for)))
        yield ToldStep(run.step, action, reading.waits_for.asked_at, "waiting", text)
    elif run.due_at is not None:
        yield ToldStep(run.step, action, run.since, "waiting", _waiting(run, reading))


def _waiting(run: Told, reading: Reading) -> str:
    assert run.due_at is not None
    stands = {
        Status.PAUSED: "The sequence is paused: nothing moves until it is resumed.",
        Status.RESUMING: "The sequence is being resumed: nothing moves until that is done.",
    }.get(reading.sequence.status, "")
    if run.due_at > reading.now:
        return joined((f"{_waits_for(run, reading)} until {when(run.due_at)}.", stands))
    draining = reading.sequence.draining_since
    if draining is not None and run.due_at <= draining:
        rate = counted(reading.sequence.drain_rate or 0, "enrollment", "enrollments")
        return f"Was due at {when(run.due_at)}, and goes on when its turn comes: {rate} a minute since the pause."
    return joined((f"Is due since {when(run.due_at)}.", stands))


def _waits_for(run: Told, reading: Reading) -> str:
    node = reading.version.program.nodes.get(run.step or "")
    length = describe_wait(reading.version.program, node) if node is not None else ""
    match node:
        case Delay():
            return f"Waits ({length})"
        case Until(path=path):
            return f"Waits for the date at {path},"
        case Wait(test=test):
            return f"Waits for the event {quoted(test.event)},"
        case Email():
            return f"Waits for the sending window ({length}),"
        case _:
            return "Waits"


def _ending(run: Told, reading: Reading) -> Iterator[ToldStep]:
    """The end of a run that no visit tells of: it came from outside."""
    is_told = any(visit.outcome is Outcome.EXITED for visit in reading.visits[-1:])
    if run.status == "exited" and not is_told and run.step is not None:
        node = reading.version.program.nodes.get(run.step)
        action = action_of(node) if node is not None else ""
        yield ToldStep(run.step, action, run.ended_at, "exited", f"Left here: {_why_left(run, reading)}.")


def _not_reached(run: Told, reading: Reading, told: set[StepId]) -> Iterator[ToldStep]:
    """The mails that the run did not come to."""
    why = {
        "active": "Not reached yet.",
        "paused": "Not reached yet.",
        "completed": "Not on the way that this run took.",
    }.get(status_of(run, reading.sequence), "Not reached: the run had ended before.")
    for placed in walk(reading.version.definition):
        step = placed.step.id
        if step is not None and step not in told and isinstance(reading.version.program.nodes.get(step), Email):
            yield ToldStep(step, "email", None, "not_reached", why)


def _beginning(run: Told, version: Published) -> str:
    return f"Entered at {when(run.enrolled_at)}{_by(run.entered_via, version)}."


def _by(via: str | None, version: Published) -> str:
    kind, _, key = (via or "").partition(":")
    names = {str(found): name for name, found in (*version.lists.items(), *version.segments.items())}
    named = quoted(names.get(key, key))
    return {
        "event": f" by the event {named}",
        "contact": " when the contact was made",
        "list": f" by the list {named}",
        "tag": f" by the tag {named}",
        "segment": f" by the segment {named}",
        "silent": " because an event had not happened for long enough",
        "sequence": f" by a step of the sequence {named}",
        "manual": " by hand",
        "everybody": " when the sequence was activated",
    }.get(kind, "")


_GONE = ("sent", "delivered", "bounced", "complained", "in_doubt")


def _mailed(steps: Sequence[ToldStep]) -> str:
    mails = [each for each in steps if each.action == "email"]
    sent = counted(sum(each.outcome in _GONE for each in mails), "mail was sent", "mails were sent")
    skipped = sum(each.outcome == "skipped" for each in mails)
    return f"{sent}, {counted(skipped, 'was skipped', 'were skipped')}." if skipped else f"{sent}."


def _place(run: Told, reading: Reading) -> str:
    if run.status == "completed":
        return f"It came to the end at {when(run.ended_at or reading.now)}."
    if run.status == "exited":
        return f"It ended at {when(run.ended_at or reading.now)}: {_why_left(run, reading)}."
    if reading.sequence.status is Status.ARCHIVED:
        return "It ended: the sequence was archived."
    return joined(f"Now at {quoted(each.step)}: {each.text}" for each in _standing(run, reading))


def _why_left(run: Told, reading: Reading) -> str:
    """Why a run ended, as half a sentence."""
    said = next((each.reason for each in reading.visits[-1:] if each.outcome is Outcome.EXITED), None)
    match run.exit_reason:
        case ExitReason.EXIT_CONDITION:
            return f"an exit condition held ({said})" if said else "an exit condition held"
        case ExitReason.CONDITION:
            return "a condition of the sequence let the contact leave"
        case ExitReason.STOP_CONDITION:
            return _stopped(reading.version.definition.stop_condition)
        case ExitReason.CONVERTED:
            return "the contact reached the goal"
        case ExitReason.UNSUBSCRIBED if run.exit_detail:
            return f"the contact {run.exit_detail}"
        case ExitReason.MANUAL:
            return f"the contact was taken out by hand ({run.exit_detail})" if run.exit_detail else _BY_HAND
        case ExitReason.TIMEOUT:
            return f"a wait ran out ({said})" if said else "a wait ran out"
        case ExitReason.STEP:
            return f"a step let the contact leave ({said})" if said else "a step let the contact leave"
        case reason:
            return _LEFT.get(reason or "", reason or "why is not kept")


_BY_HAND = "the contact was taken out by hand"
_LEFT: Mapping[str, str] = {
    ExitReason.UNSUBSCRIBED: "the contact unsubscribed",
    ExitReason.BOUNCED: "a mail to the address bounced",
    ExitReason.COMPLAINED: "the contact reported a mail as spam",
    ExitReason.SUPPRESSED: "the address may not be mailed",
    ExitReason.CONTACT_DELETED: "the contact was deleted",
    ExitReason.ARCHIVED: "the sequence was archived",
    ExitReason.STEP_REMOVED: "its step was removed in a later version, and nothing followed it",
}


def _stopped(stop: StopCondition | None) -> str:
    if stop is None:
        return "the stop condition became true"
    value = quoted(stop.value)
    match stop.type:
        case StopKind.HAS_TAG:
            return f"the contact got the tag {value}, which stops the sequence"
        case StopKind.DOES_NOT_HAVE_TAG:
            return f"the contact lost the tag {value}, which stops the sequence"
        case StopKind.EVENT_RECEIVED:
            return f"the event {value} happened, which stops the sequence"
        case StopKind.ADDED_TO_LIST:
            return f"the contact came on the list {value}, which stops the sequence"
        case StopKind.REMOVED_FROM_LIST:
            return f"the contact left the list {value}, which stops the sequence"
        case unreachable:
            assert_never(unreachable)
