"""Mailgun: one event, with an HMAC over a time and a token. The body is not covered, so each token counts once."""

import hashlib
import hmac
from collections.abc import Sequence

from dripline.accounts.connections.model import Connection, Provider
from dripline.delivery.feedback.applying import Heard, News
from dripline.delivery.feedback.finding import Traces, read_send_key
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.providers.contract import (
    Incoming,
    Piece,
    Told,
    Unreadable,
    bounced,
    decoded,
    is_fresh,
    mapping,
    named,
    text,
)
from dripline.delivery.transports.mailgun import VARIABLE


class Mailgun:
    """Reads its webhooks."""

    connected_as = Provider.MAILGUN

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether one of the connections' keys has signed it just now."""
        try:
            signed = mapping(mapping(decoded(incoming.body)).get("signature"))
        except Unreadable:
            return False
        time, token = text(signed.get("timestamp")), text(signed.get("token"))
        signature = text(signed.get("signature")).lower()
        if not is_fresh(time, incoming.at) or not token:
            return False
        keys = [key for each in connections if (key := each.secrets.get("webhookKey"))]
        wanted = [hmac.new(key.encode(), f"{time}{token}".encode(), hashlib.sha256).hexdigest() for key in keys]
        return any(hmac.compare_digest(each.encode(), signature.encode()) for each in wanted)

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """The one event of a request, under its token."""
        return [Piece(text(mapping(mapping(decoded(body)).get("signature")).get("token")), body)], 0

    def read(self, content: bytes) -> Told:
        """What the event says."""
        event = mapping(mapping(decoded(content)).get("event-data"))
        key = read_send_key(text(mapping(event.get("user-variables")).get(VARIABLE)))
        headers = mapping(mapping(event.get("message")).get("headers"))
        traces = Traces(
            message_ids=(text(headers.get("message-id")),),
            provider_ids=named(headers.get("message-id")),
            keys=(key,) if key else (),
            addresses=(text(event.get("recipient")),),
        )
        match text(event.get("event")), text(event.get("severity")):
            case "delivered", _:
                news: News | None = News(Heard.DELIVERED)
            case "complained", _:
                news = News(Heard.COMPLAINED)
            case "failed", "permanent":
                status = mapping(event.get("delivery-status"))
                words = (text(status.get(name)) for name in ("code", "enhanced-code", "message", "description"))
                kind = BounceClass.HARD if text(event.get("reason")) == "suppress-bounce" else BounceClass.OTHER
                news = bounced(" ".join(filter(None, words)), text(status.get("enhanced-code")), kind)
            case _:
                news = None
        return Told(traces, news)
