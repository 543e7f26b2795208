"""Mailgun's API: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages.

It takes the letter as it was composed, to the byte, our signature included.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode

from dripline.delivery.message.addressing import wire_address
from dripline.delivery.transports.api_door import Answer, Request
from dripline.delivery.transports.api_replies import accepted, not_accepted, object_in, text_in, unclear
from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.replies import bounded
from dripline.kernel.values import Json

VARIABLE = "dripline-key"
"""Under this name each message carries its send key; it comes back with every webhook."""

_BASES = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
_ABOUT_RECIPIENT = "not a valid address"
# A 400 that is about the domain or the account, not about the letter.
_ABOUT_US = ("not allowed to send", "domain", "account")


@dataclass(frozen=True, slots=True)
class Mailgun:
    """One domain of Mailgun."""

    key: str = field(repr=False)
    domain: str
    region: str = "us"

    keeps_keys = False

    @property
    def base(self) -> str:
        return _BASES[self.region]

    def request(self, envelope: Envelope) -> Request:
        options = {
            "to": wire_address(envelope.recipient.text),
            f"v:{VARIABLE}": envelope.key,
            # Links are tracked by us: theirs would break signed links, and our signature.
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
        }
        boundary, content = _form(options, envelope.content)
        kind = f"multipart/form-data; boundary={boundary}"
        return Request("POST", f"/v3/{self.domain}/messages.mime", content, {**self._headers(), "Content-Type": kind})

    def reply(self, answer: Answer, *, now: datetime) -> Reply:
        said = object_in(answer)
        text, provider_id = text_in(said, "message"), text_in(said, "id").strip("<>")
        if answer.status == 200:
            if provider_id or not answer.is_whole:
                return accepted(answer, provider_id, text or "accepted")
            return unclear(answer, "HTTP status 200 without the answer of Mailgun")
        if answer.status >= 500 and answer.status != 503:
            # Known to come also for letters that were taken.
            return unclear(answer, text or f"HTTP status {answer.status}")
        about_recipient = _ABOUT_RECIPIENT in text
        if answer.status == 400 and not about_recipient and any(word in text.lower() for word in _ABOUT_US):
            return Reply(Verdict.UNAVAILABLE, Phase.AUTH, answer.status, None, bounded(text))
        return not_accepted(answer, text, about_recipient=about_recipient, now=now)

    def search(self, key: str, message_id: str) -> list[Request]:  # noqa: ARG002 (its events are not found by it)
        wanted = urlencode({"event": "accepted", "message-id": message_id, "limit": 1})
        return [Request("GET", f"/v3/{self.domain}/events?{wanted}", headers=self._headers())]

    def found(self, answer: Answer) -> str | None:
        items = object_in(answer).get("items")
        if answer.status != 200 or not isinstance(items, list):
            return None
        return next((found for each in items if (found := _message_id(each))), None)

    def question(self) -> Request:
        return Request("GET", f"/v3/domains/{self.domain}", headers=self._headers())

    def fault(self, answer: Answer) -> str | None:
        said = object_in(answer)
        if answer.status == 200 and "domain" in said:
            return None
        return bounded(f"Mailgun answers {answer.status}: {text_in(said, 'message') or 'nothing that can be read'}")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {b64encode(f'api:{self.key}'.encode()).decode()}"}


def _message_id(item: Json) -> str:
    """The Message-ID that an event is about, which is what Mailgun calls the letter."""
    for name in ("message", "headers"):
        item = item.get(name) if isinstance(item, dict) else None
    return text_in(item, "message-id") if isinstance(item, dict) else ""


def _form(options: dict[str, str], letter: bytes) -> tuple[str, bytes]:
    """A form with these fields and the letter as a file (RFC 7578). The boundary is a hash of the letter, which
    cannot hold it."""
    boundary = sha256(letter).hexdigest()[:40]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in options.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="message"; filename="message.eml"\r\n'
        "Content-Type: message/rfc822\r\n\r\n"
    )
    return boundary, b"".join([*parts, head.encode(), letter, f"\r\n--{boundary}--\r\n".encode()])
