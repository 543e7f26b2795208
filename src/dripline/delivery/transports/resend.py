"""Resend's API: https://resend.com/docs/api-reference/emails/send-email.

It keeps our send key for 24 hours: the same request under the same key sends nothing twice.
"""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from dripline.delivery.transports.api_door import Answer, Request
from dripline.delivery.transports.api_replies import accepted, not_accepted, object_in, text_in, unclear
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded
from dripline.delivery.transports.unpacking import Fields, unpacked
from dripline.kernel.values import Json

_RESTRICTED = "restricted_api_key"
# The key was used before, for a letter that reads differently: that one may have been taken.
_OTHER_LETTER = "invalid_idempotent_request"
_ABOUT_RECIPIENT = "`to`"
# A 422 that is about the sender's address as such or the account.
_ABOUT_US = frozenset({"invalid_from_address", "invalid_access", "invalid_region"})


@dataclass(frozen=True, slots=True)
class Resend:
    """One account of Resend."""

    key: str = field(repr=False)

    base = "https://api.resend.com"
    keeps_keys = True

    def request(self, envelope: Envelope) -> Request:
        content = msgspec.json.encode(_message(unpacked(envelope)))
        headers = {**self._headers(), "Content-Type": "application/json", "Idempotency-Key": envelope.key}
        return Request("POST", "/emails", content, headers)

    def reply(self, answer: Answer, *, now: datetime) -> Reply:
        said = object_in(answer)
        name, text = text_in(said, "name"), text_in(said, "message")
        if 200 <= answer.status < 300:
            if text_in(said, "id") or not answer.is_whole:
                return accepted(answer, text_in(said, "id"), "accepted")
            return unclear(answer, f"HTTP status {answer.status} without the answer of Resend")
        words = f"{name} {text}" if name else ""
        if name == _OTHER_LETTER:
            return unclear(answer, words)
        if name in _ABOUT_US:
            return Reply(Verdict.UNAVAILABLE, Phase.AUTH, answer.status, None, bounded(words))
        return not_accepted(answer, words, about_recipient=_ABOUT_RECIPIENT in text, now=now)

    def search(self, key: str, message_id: str) -> list[Request]:  # noqa: ARG002 (nothing to ask by)
        return []

    def found(self, answer: Answer) -> str | None:  # noqa: ARG002 (nothing was asked)
        return None

    def question(self) -> Request:
        return Request("GET", "/domains", headers=self._headers())

    def fault(self, answer: Answer) -> str | None:
        said = object_in(answer)
        # A key that may only send is asked about domains in vain, and is good.
        if (answer.status == 200 and "data" in said) or text_in(said, "name") == _RESTRICTED:
            return None
        return bounded(f"Resend answers {answer.status}: {text_in(said, 'message')}")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def _message(fields: Fields) -> dict[str, Json]:
    message: dict[str, Json] = {
        "from": str(fields.sender),
        "to": [fields.to],
        "reply_to": str(fields.reply_to) if fields.reply_to is not None else None,
        "subject": fields.subject,
        "html": fields.html,
        "text": fields.text,
        "headers": fields.headers,
    }
    return {name: value for name, value in message.items() if value is not None}
