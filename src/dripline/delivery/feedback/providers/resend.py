"""Resend: one event, signed as Standard Webhooks are, under the names that Svix gives the headers."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from dripline.accounts.connections.model import Connection, Provider
from dripline.delivery.feedback.applying import Heard, News
from dripline.delivery.feedback.finding import Traces
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.providers.contract import (
    Incoming,
    Piece,
    Told,
    Unreadable,
    bounced,
    decoded,
    is_fresh,
    listed,
    mapping,
    named,
    text,
)

_CLASSES = {"Permanent": BounceClass.HARD, "Transient": BounceClass.SOFT}
_MOST_SIGNATURES = 10


class Resend:
    """Reads its webhooks."""

    connected_as = Provider.RESEND

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether one of the connections' secrets has signed it just now."""
        identity, time, given = (_header(incoming, name) for name in ("id", "timestamp", "signature"))
        if not identity or not is_fresh(time, incoming.at):
            return False
        signatures = [each[3:].encode() for each in given.split(" ")[:_MOST_SIGNATURES] if each.startswith("v1,")]
        content = f"{identity}.{time}.".encode() + incoming.body
        secrets = [secret for each in connections if (secret := each.secrets.get("webhookSecret"))]
        wanted = [_signature(secret, content) for secret in secrets]
        return any(hmac.compare_digest(each, other) for each in wanted if each for other in signatures)

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """The one event of a request."""
        event = mapping(decoded(body))
        identity = text(mapping(event.get("data")).get("email_id"))
        if not identity or not text(event.get("type")):
            raise Unreadable("it has no type or no email_id")
        return [Piece(f"{text(event.get('type'))}/{identity}", body)], 0

    def read(self, content: bytes) -> Told:
        """What the event says."""
        event = mapping(decoded(content))
        data = mapping(event.get("data"))
        headers = {
            text(mapping(each).get("name")).lower(): text(mapping(each).get("value"))
            for each in listed(data.get("headers"))
        }
        ids = tuple(filter(None, (headers.get("message-id", ""), text(data.get("message_id")))))
        to = data.get("to")
        addresses = tuple(text(each) for each in (to if isinstance(to, list) else [to]))
        traces = Traces(message_ids=ids, addresses=addresses, provider_ids=named(data.get("email_id")))
        match text(event.get("type")):
            case "email.delivered":
                news: News | None = News(Heard.DELIVERED)
            case "email.complained":
                news = News(Heard.COMPLAINED)
            case "email.bounced":
                bounce = mapping(data.get("bounce"))
                news = bounced(
                    text(bounce.get("message")), "", _CLASSES.get(text(bounce.get("type")), BounceClass.OTHER)
                )
            case _:
                news = None
        return Told(traces, news)


def _header(incoming: Incoming, name: str) -> str:
    return incoming.headers.get(f"svix-{name}") or incoming.headers.get(f"webhook-{name}", "")


def _signature(secret: str, content: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return b""
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
