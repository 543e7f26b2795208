"""SendGrid: a list of events, signed with ECDSA over the time and the raw body."""

import base64
import json
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
    text,
)
from dripline.delivery.transports.sendgrid import ARGUMENT

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIME = "x-twilio-email-event-webhook-timestamp"
_MOST_PARTS = 10
_CLASSES = {
    "Invalid Address": BounceClass.HARD,
    "Mailbox Unavailable": BounceClass.SOFT,
    "Technical": BounceClass.SOFT,
    "Frequency/Volume": BounceClass.SOFT,
    "Content": BounceClass.BLOCK,
    "Reputation": BounceClass.BLOCK,
}


class SendGrid:
    """Reads its event webhook."""

    connected_as = Provider.SENDGRID

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether one of the connections' keys has signed it just now."""
        time, signature = incoming.headers.get(_TIME, ""), incoming.headers.get(_SIGNATURE, "")
        if not is_fresh(time, incoming.at) or not signature:
            return False
        keys = [key for each in connections if (key := each.settings.get("webhookKey"))]
        return any(_is_signed(key, signature, time.encode() + incoming.body) for key in keys)

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """Each event of the list by itself."""
        events = decoded(body)
        if not isinstance(events, list):
            raise Unreadable("it is no list of events")
        pieces = [
            Piece(key, json.dumps(event).encode())
            for event in events
            if (key := text(mapping(event).get("sg_event_id")))
        ]
        return pieces, len(events) - len(pieces)

    def read(self, content: bytes) -> Told:
        """What the event says."""
        event = mapping(decoded(content))
        key = read_send_key(text(event.get(ARGUMENT)))
        traces = Traces(
            message_ids=(text(event.get("smtp-id")),),
            keys=(key,) if key else (),
            addresses=(text(event.get("email")),),
            provider_ids=_answered(text(event.get("sg_message_id"))),
        )
        said, code = text(event.get("reason")), text(event.get("status"))
        match text(event.get("event")):
            case "delivered":
                news: News | None = News(Heard.DELIVERED)
            case "spamreport":
                news = News(Heard.COMPLAINED)
            case "bounce":
                blocked = BounceClass.BLOCK if text(event.get("type")) == "blocked" else BounceClass.OTHER
                news = bounced(said, code, _CLASSES.get(text(event.get("bounce_classification")), blocked))
            case "dropped":
                news = News(Heard.BOUNCED, BounceClass.OTHER, code, said)
            case _:
                news = None
        return Told(traces, news)


def _answered(identity: str) -> tuple[str, ...]:
    """What SendGrid may have answered when it took the mail: in its events more follows behind a dot."""
    parts = identity.split(".")[:_MOST_PARTS]
    return tuple(".".join(parts[:number]) for number in range(len(parts), 0, -1)) if identity else ()


def _is_signed(key: str, signature: str, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(base64.b64decode(signature, validate=True), content, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
