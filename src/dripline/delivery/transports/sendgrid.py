"""SendGrid's API: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from dripline.delivery.transports.api_door import Answer, Request
from dripline.delivery.transports.api_replies import accepted, not_accepted, object_in, text_in, unclear
from dripline.delivery.transports.contract import Envelope, Reply
from dripline.delivery.transports.replies import bounded
from dripline.delivery.transports.unpacking import Fields, Party, unpacked
from dripline.kernel.values import Json

ARGUMENT = "dripline_key"
"""Under this name each message carries its send key; it comes back with every webhook."""

_BASES = {"us": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}


@dataclass(frozen=True, slots=True)
class SendGrid:
    """One account of SendGrid."""

    key: str = field(repr=False)
    region: str = "us"

    keeps_keys = False

    @property
    def base(self) -> str:
        return _BASES[self.region]

    def request(self, envelope: Envelope) -> Request:
        content = msgspec.json.encode(_message(unpacked(envelope), envelope.key))
        return Request("POST", "/v3/mail/send", content, {**self._headers(), "Content-Type": "application/json"})

    def reply(self, answer: Answer, *, now: datetime) -> Reply:
        if answer.status == 202:
            return accepted(answer, answer.headers.get("x-message-id", ""), "accepted")
        if 200 <= answer.status < 300:
            return unclear(answer, f"HTTP status {answer.status} without the answer of SendGrid")
        fields, words = _errors(answer)
        about_recipient = bool(fields) and all(".to" in field for field in fields)
        return not_accepted(answer, words, about_recipient=about_recipient, now=now)

    def search(self, key: str, message_id: str) -> list[Request]:  # noqa: ARG002 (nothing to ask by)
        return []

    def found(self, answer: Answer) -> str | None:  # noqa: ARG002 (nothing was asked)
        return None

    def question(self) -> Request:
        return Request("GET", "/v3/scopes", headers=self._headers())

    def fault(self, answer: Answer) -> str | None:
        scopes = object_in(answer).get("scopes")
        if answer.status != 200 or not isinstance(scopes, Sequence):
            return bounded(f"SendGrid answers {answer.status}: {_errors(answer)[1]}")
        return None if "mail.send" in scopes else "the API key may not send mail"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def _message(fields: Fields, key: str) -> dict[str, Json]:
    headers = dict(fields.headers)
    if fields.message_id is not None:
        headers["Message-ID"] = fields.message_id
    bodies = (("text/plain", fields.text), ("text/html", fields.html))
    message: dict[str, Json] = {
        "personalizations": [{"to": [{"email": fields.to}]}],
        "from": _party(fields.sender),
        "subject": fields.subject,
        "content": [{"type": kind, "value": text} for kind, text in bodies if text],
        "headers": headers,
        "custom_args": {ARGUMENT: key},
        # Links are tracked, and opting out is done, by us: theirs would break signed links and the header.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if fields.reply_to is not None:
        message["reply_to"] = _party(fields.reply_to)
    return message


def _party(party: Party) -> dict[str, Json]:
    return {"email": party.address, "name": party.name} if party.name else {"email": party.address}


def _errors(answer: Answer) -> tuple[list[str], str]:
    """The fields that are named in errors, and all of the words."""
    errors = object_in(answer).get("errors")
    if not isinstance(errors, Sequence) or isinstance(errors, str):
        return [], ""
    objects = [dict(error) for error in errors if isinstance(error, Mapping)]
    words = (" ".join(filter(None, (text_in(each, "message"), text_in(each, "field")))) for each in objects)
    return [text_in(each, "field") for each in objects], "; ".join(words)
