"""Providers as they answer over HTTP: each takes what its documentation says that it takes, and refuses the rest."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any, Protocol
from urllib.parse import parse_qs

from tests.makers.api_server import Asked, Said

KEY = "the-key-of-the-account"


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter as the provider has understood it. Line ends are line feeds; names of headers are in lower case."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str | None
    unsubscribe: str | None
    key: str | None = None
    raw: bytes | None = None


def seen_in(content: bytes, *, to: str | None = None, key: str | None = None) -> Seen:
    """What a letter says to who reads its bytes."""
    letter = message_from_bytes(content, policy=default)
    return Seen(
        sender=str(letter["from"]),
        to=to or str(letter["to"]),
        subject=str(letter["subject"]),
        text=_body(letter, "plain"),
        html=_body(letter, "html"),
        message_id=letter["message-id"],
        unsubscribe=letter["list-unsubscribe"],
        key=key,
        raw=content,
    )


class Provider(Protocol):
    """A provider that takes letters."""

    letters: list[Seen]

    def __call__(self, asked: Asked) -> Said: ...


@dataclass
class Postmark:
    letters: list[Seen] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("x-postmark-server-token") != KEY:
            return _json(401, {"ErrorCode": 10, "Message": "Request does not contain a valid Server token."})
        if (asked.method, asked.path) == ("GET", "/server"):
            return _json(200, {"ID": 1, "Name": "A server"})
        if asked.method == "GET" and asked.path.startswith("/messages/outbound?"):
            wanted = parse_qs(asked.path.partition("?")[2])
            found = [
                {"MessageID": f"0a129aee-e1cd-480d-b08d-{number:012}"}
                for number, letter in enumerate(self.letters, start=1)
                if letter.key in wanted["metadata_dripline-key"] and self.streams[number - 1] in wanted["messagestream"]
            ]
            return _json(200, {"TotalCount": len(found), "Messages": found})
        if (asked.method, asked.path) != ("POST", "/email"):
            return _json(404, {"ErrorCode": 701, "Message": "Not found."})
        told = _read(asked)
        if told is None or told.keys() - _POSTMARK:
            return _json(422, {"ErrorCode": 402, "Message": "Invalid JSON"})
        if told["To"].startswith("inactive"):
            return _json(422, {"ErrorCode": 406, "Message": "You tried to send to recipient(s) marked as inactive."})
        headers = {header["Name"].lower(): header["Value"] for header in told["Headers"]}
        kept = headers.get("x-pm-keepid") == "true"
        self.streams.append(told["MessageStream"])
        self.letters.append(
            Seen(
                sender=told["From"],
                to=told["To"],
                subject=told["Subject"],
                text=_lines(told["TextBody"]),
                html=_lines(told.get("HtmlBody", "")),
                message_id=headers.get("message-id") if kept else None,
                unsubscribe=headers.get("list-unsubscribe"),
                key=told["Metadata"]["dripline-key"],
            )
        )
        made = f"0a129aee-e1cd-480d-b08d-{len(self.letters):012}"
        return _json(200, {"To": told["To"], "MessageID": made, "ErrorCode": 0, "Message": "OK"})


_POSTMARK = {"From", "To", "ReplyTo", "Subject", "HtmlBody", "TextBody", "Headers", "Metadata", "MessageStream"} | {
    "TrackOpens",
    "TrackLinks",
}


@dataclass
class SendGrid:
    letters: list[Seen] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
        if (asked.method, asked.path) == ("GET", "/v3/scopes"):
            return _json(200, {"scopes": ["mail.send"]})
        told = _read(asked)
        if (asked.method, asked.path) != ("POST", "/v3/mail/send") or told is None:
            return _errors(400, "Bad Request")
        [personal] = told["personalizations"]
        to = personal["to"][0]["email"]
        if to.startswith("invalid"):
            return _errors(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
        reserved = {"to", "from", "subject", "reply-to", "cc", "bcc", "content-type", "dkim-signature", "received"}
        headers = {name.lower(): value for name, value in told["headers"].items()}
        if headers.keys() & reserved:
            return _errors(400, "The header is reserved.", "headers")
        bodies = {part["type"]: part["value"] for part in told["content"]}
        if list(bodies) != sorted(bodies, key="text/html".__eq__):
            return _errors(400, "If present, text/plain must come first.", "content")
        self.letters.append(
            Seen(
                sender=_party(told["from"]),
                to=to,
                subject=told["subject"],
                text=_lines(bodies["text/plain"]),
                html=_lines(bodies.get("text/html", "")),
                message_id=headers.get("message-id"),
                unsubscribe=headers.get("list-unsubscribe"),
                key=told["custom_args"]["dripline_key"],
            )
        )
        return Said(202, headers={"X-Message-Id": f"14c5d75ce93.dfd.{len(self.letters)}"})


@dataclass
class Mailgun:
    letters: list[Seen] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        given = asked.headers.get("authorization", "").removeprefix("Basic ")
        if b64decode(given).decode() != f"api:{KEY}":
            return Said(401, b"Forbidden", {"Content-Type": "text/plain"})
        if (asked.method, asked.path) == ("GET", "/v3/domains/mg.example.com"):
            return _json(200, {"domain": {"name": "mg.example.com", "state": "active"}})
        if asked.method == "GET" and asked.path.startswith("/v3/mg.example.com/events?"):
            wanted = parse_qs(asked.path.partition("?")[2])
            ids = [letter.message_id.strip("<>") for letter in self.letters if letter.message_id is not None]
            items = [{"event": "accepted", "message": {"headers": {"message-id": each}}} for each in ids]
            return _json(
                200, {"items": [item for item, each in zip(items, ids, strict=True) if each in wanted["message-id"]]}
            )
        if (asked.method, asked.path) != ("POST", "/v3/mg.example.com/messages.mime"):
            return _json(404, {"message": "Domain not found: mg.example.com"})
        kind = asked.headers["content-type"]
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.body, policy=default)
        parts: dict[str, bytes] = {}
        # By hand: the letter is opaque, and must come through to the byte.
        for piece in asked.body.split(f"--{form.get_boundary()}".encode())[1:-1]:
            head, _, body = piece.partition(b"\r\n\r\n")
            parts[head.split(b'name="')[1].split(b'"')[0].decode()] = body.removesuffix(b"\r\n")
        to = parts["to"].decode()
        if to.startswith("invalid"):
            return _json(400, {"message": "'to' parameter is not a valid address. please check documentation"})
        if parts["o:tracking"] != b"no":
            return _json(400, {"message": "this provider would rewrite links"})
        self.letters.append(seen_in(parts["message"], to=to, key=parts["v:dripline-key"].decode()))
        return _json(200, {"id": f"<{len(self.letters)}.2026@mg.example.com>", "message": "Queued. Thank you."})


@dataclass
class Resend:
    letters: list[Seen] = field(default_factory=list)
    taken: dict[str, tuple[bytes, Said]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return _named(401, "invalid_api_key", "API key is invalid")
        if (asked.method, asked.path) == ("GET", "/domains"):
            return _json(200, {"object": "list", "data": []})
        told = _read(asked)
        if (asked.method, asked.path) != ("POST", "/emails") or told is None:
            return _named(404, "not_found", "The requested endpoint does not exist.")
        key = asked.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= 256:
            return _named(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
        if key in self.taken:
            before, said = self.taken[key]
            if before != asked.body:
                return _named(409, "invalid_idempotent_request", "Same idempotency key used with a different payload")
            return said
        [to] = told["to"]
        if to.startswith("invalid"):
            return _named(422, "validation_error", "Invalid `to` field.")
        self.letters.append(
            Seen(
                sender=told["from"],
                to=to,
                subject=told["subject"],
                text=_lines(told["text"]),
                html=_lines(told.get("html", "")),
                message_id=None,
                unsubscribe={name.lower(): value for name, value in told["headers"].items()}.get("list-unsubscribe"),
                key=key,
            )
        )
        said = _json(200, {"id": f"49a3999c-0ce1-4ea6-ab68-{len(self.letters):012}"})
        self.taken[key] = asked.body, said
        return said


def _read(asked: Asked) -> dict[str, Any] | None:
    if "application/json" not in asked.headers.get("content-type", ""):
        return None
    read = json.loads(asked.body)
    return read if isinstance(read, dict) else None


def _json(status: int, body: Mapping[str, object]) -> Said:
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _errors(status: int, message: str, place: str | None = None) -> Said:
    return _json(status, {"errors": [{"message": message, "field": place, "help": None}]})


def _named(status: int, name: str, message: str) -> Said:
    return _json(status, {"statusCode": status, "name": name, "message": message})


def _party(party: Mapping[str, str]) -> str:
    return f"{party['name']} <{party['email']}>" if party.get("name") else party["email"]


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    return _lines(part.get_content()) if part is not None else ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def same_sender(left: str, right: str) -> bool:
    """Whether two ways of writing mean the same mailbox."""
    return parseaddr(left) == parseaddr(right)
