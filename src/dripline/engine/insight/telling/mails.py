"""One mail: that it was sent and when, or why it was not, or not yet."""

from collections.abc import Mapping

from dripline.delivery.sends import Message
from dripline.engine.insight.telling.words import counted, joined, quoted, when
from dripline.sequences.interpreter.catching_up import MISSED

_SKIPPED: Mapping[str, str] = {
    "archived": "the sequence was archived before it went",
    "bounced": "the address had bounced before it went",
    "cancelled": "somebody cancelled it",
    "complained": "the contact had reported a mail as spam before it went",
    "contact_deleted": "the contact had been deleted",
    "converted": "the contact had reached the goal before it went",
    "enrollment_ended": "the run had ended before it went",
    "exit_condition": "an exit condition held when it was about to go",
    "frequency_cap": "the frequency cap left no place for it for 30 days",
    "manual": "the contact had been taken out before it went",
    MISSED: "its time fell into a pause of the sequence",
    "no_discount": "it shows a discount code, and the run has none",
    "render_failed": "it could not be rendered",
    "step_removed": "its step had been removed",
    "stop_condition": "the stop condition had become true before it went",
    "suppressed": "the address may not be mailed",
    "template_missing": "its template had been deleted",
    "unsubscribed": "the contact had unsubscribed",
    "window": "its sending window did not open for 30 days",
}
_HELD: Mapping[str, str] = {
    "paused": "the sequence is paused",
    "no_transport": "live mail has no way to leave: no relay is set, and no connection carries it",
    "relay_refused": "the relay refuses mail from here",
    "sender_unverified": "the domain that it comes from is not proved",
}


def tell_mail(message: Message) -> str:
    """What became of a mail, as far as it is known."""
    match message.status:
        case "sent" | "delivered" | "complained":
            return joined((_sent(message), _AFTERWARDS.get(message.reason or message.status, "")))
        case "bounced":
            return f"The mail came back: the address was refused for good{_said(message)}."
        case "failed":
            return f"The mail could not be sent: {_failed(message)}{_said(message)}."
        case "skipped":
            return f"The mail was skipped: {why_skipped(message.reason)}{_said(message)}."
        case "in_doubt":
            return (
                f"Nobody knows whether the mail arrived: the connection broke while it was handed over"
                f"{_at(message)}. It counts as sent, and {_again(message)}."
            )
        case "cancelled":
            return "The mail was cancelled."
        case _:
            return _not_yet(message)


def why_skipped(reason: str | None) -> str:
    """Why a mail was not sent, as half a sentence."""
    return _SKIPPED.get(reason or "", reason or "no reason was kept")


_AFTERWARDS: Mapping[str, str] = {
    "found_at_provider": "No answer came, but the provider has it.",
    "in_doubt_expired": "Whether it arrived was in doubt, and counts as settled by now.",
    "delivered": "It was delivered.",
    "complained": "The contact reported it as spam.",
}


def _sent(message: Message) -> str:
    subject = f" {quoted(message.subject)}" if message.subject else ""
    return f"The mail{subject} was sent{_at(message)}."


def _at(message: Message) -> str:
    return f" at {when(message.sent_at)}" if message.sent_at is not None else ""


def _again(message: Message) -> str:
    return "somebody has sent it again" if message.resent_as is not None else "is not sent again by itself"


def _said(message: Message) -> str:
    """What the other side, or the renderer, said about it."""
    return f" ({message.detail})" if message.detail else ""


def _failed(message: Message) -> str:
    match message.reason:
        case "retries_exhausted":
            return f"it was tried {counted(message.attempts, 'time', 'times')} and never taken"
        case "unmailable":
            return "no message can be made of it"
        case _:
            return "the mail server refused it"


def _not_yet(message: Message) -> str:
    following = f" The next try is at {when(message.next_attempt_at)}." if message.next_attempt_at is not None else ""
    match message.status, message.reason:
        case "sending", _:
            return "The mail is being handed over at this moment."
        case "held", reason:
            return f"The mail is held: {_HELD.get(reason or '', reason or 'somebody has to let it go')}."
        case "deferred", "window":
            return f"The mail waits for the sending window to open.{following}"
        case "deferred", "warmup":
            return f"The mail waits: its domain has sent what it may today, or is stopped.{following}"
        case "deferred", "rate":
            return f"The mail waits: as much has left as a rate allows.{following}"
        case "deferred", "frequency_cap":
            return f"The mail waits: the contact has had as many mails as the frequency cap allows.{following}"
        case "deferred", "relay_unavailable":
            return f"The mail waits: the relay could not be reached{_said(message)}.{following}"
        case "deferred", "deferred":
            tries = counted(message.attempts, "try", "tries")
            return f"The mail was not taken yet, after {tries}{_said(message)}.{following}"
        case _:
            return f"The mail was asked for at {when(message.queued_at)} and is about to go."
