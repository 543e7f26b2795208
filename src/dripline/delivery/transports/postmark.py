"""Postmark's API: https://postmarkapp.com/developer/api/email-api."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from dripline.delivery.transports.api_door import Answer, Request
from dripline.delivery.transports.api_replies import accepted, not_accepted, object_in, text_in, unclear
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded
from dripline.delivery.transports.unpacking import Fields, unpacked
from dripline.kernel.values import Json

METADATA = "dripline-key"
"""Under this name each message carries its send key; it comes back with every webhook."""

_TRANSACTIONAL = "outbound"
_INVALID_REQUEST, _INACTIVE_RECIPIENT = 300, 406
# About the account, the server or the stream, not about the letter: maintenance, an unconfirmed sender, no credits.
_ABOUT_US = frozenset({10, 100, 400, 401, 405, 412, 413, 1226, 1235})


@dataclass(frozen=True, slots=True)
class Postmark:
    """One server of Postmark, with the message stream that bulk mail goes through."""

    token: str = field(repr=False)
    stream: str = "broadcast"

    base = "https://api.postmarkapp.com"
    keeps_keys = False

    def request(self, envelope: Envelope) -> Request:
        content = msgspec.json.encode(self._message(unpacked(envelope), envelope))
        return Request("POST", "/email", content, {**self._headers(), "Content-Type": "application/json"})

    def reply(self, answer: Answer, *, now: datetime) -> Reply:
        said = object_in(answer)
        text, code = text_in(said, "Message"), said.get("ErrorCode")
        if answer.status == 200:
            if not answer.is_whole:
                return accepted(answer, "", "accepted")
            if code == 0 and text_in(said, "MessageID"):
                return accepted(answer, text_in(said, "MessageID"), text)
            return unclear(answer, "HTTP status 200 without the answer of Postmark")
        words = f"{code} {text}" if text else ""
        if answer.status == 422 and code in _ABOUT_US:
            return Reply(Verdict.UNAVAILABLE, Phase.AUTH, answer.status, None, bounded(words))
        about_recipient = code == _INACTIVE_RECIPIENT or (code == _INVALID_REQUEST and "'To'" in text)
        return not_accepted(answer, words, about_recipient=about_recipient, now=now)

    def search(self, key: str, message_id: str) -> list[Request]:  # noqa: ARG002 (the key is enough)
        streams = dict.fromkeys((self.stream, _TRANSACTIONAL))
        wanted = [{"count": 1, "offset": 0, f"metadata_{METADATA}": key, "messagestream": each} for each in streams]
        return [Request("GET", f"/messages/outbound?{urlencode(each)}", headers=self._headers()) for each in wanted]

    def found(self, answer: Answer) -> str | None:
        messages = object_in(answer).get("Messages")
        if answer.status != 200 or not isinstance(messages, list):
            return None
        return next((text_in(each, "MessageID") for each in messages if isinstance(each, dict)), None) or None

    def question(self) -> Request:
        return Request("GET", "/server", headers=self._headers())

    def fault(self, answer: Answer) -> str | None:
        said = object_in(answer)
        if answer.status == 200 and "ID" in said:
            return None
        return bounded(f"Postmark answers {answer.status}: {text_in(said, 'Message')}")

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.token}

    def _message(self, fields: Fields, envelope: Envelope) -> dict[str, Json]:
        headers = dict(fields.headers)
        if fields.message_id is not None:
            # Without the second, Postmark writes a Message-ID of its own.
            headers |= {"Message-ID": fields.message_id, "X-PM-KeepID": "true"}
        message: dict[str, Json] = {
            "From": str(fields.sender),
            "To": fields.to,
            "ReplyTo": str(fields.reply_to) if fields.reply_to is not None else None,
            "Subject": fields.subject,
            "HtmlBody": fields.html,
            "TextBody": fields.text,
            "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
            "Metadata": {METADATA: envelope.key},
            "MessageStream": self.stream if envelope.is_bulk else _TRANSACTIONAL,
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        return {name: value for name, value in message.items() if value is not None}
