"""Postmark: not signed. The address of the webhook is secret, and a user and password may be asked for besides."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence

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
    mapping,
    named,
    text,
)
from dripline.delivery.feedback.wording import ENHANCED
from dripline.delivery.transports.postmark import METADATA
from dripline.kernel.values import Json

_CLASSES = {
    "HardBounce": BounceClass.HARD,
    "BadEmailAddress": BounceClass.HARD,
    "AddressChange": BounceClass.HARD,
    "SoftBounce": BounceClass.SOFT,
    "DnsError": BounceClass.SOFT,
    "Blocked": BounceClass.BLOCK,
    "SpamNotification": BounceClass.BLOCK,
    "DMARCPolicy": BounceClass.BLOCK,
    "ChallengeVerification": BounceClass.BLOCK,
}
# Nothing failed for good: a delay, an answer by a machine, what people did themselves.
_NO_BOUNCE = frozenset(
    {"Transient", "AutoResponder", "Subscribe", "Unsubscribe", "OpenRelayTest", "ManuallyDeactivated"}
)


class Postmark:
    """Reads its bounce, delivery and spam complaint webhooks."""

    connected_as = Provider.POSTMARK

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether the password is right, where one is wanted."""
        wanted = [word for each in connections if (word := each.secrets.get("webhookPassword"))]
        if not wanted:
            return True
        given = _password(incoming.headers.get("authorization", ""))
        return given is not None and any(hmac.compare_digest(given, word.encode()) for word in wanted)

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """The one report of a request."""
        report = mapping(decoded(body))
        kind = text(report.get("RecordType"))
        if not kind:
            raise Unreadable("it has no RecordType")
        identity = text(report.get("ID")) or f"{text(report.get('MessageID'))}/{_address(report)}"
        return [Piece(f"{kind}/{identity}", body)], 0

    def read(self, content: bytes) -> Told:
        """What the report says."""
        report = mapping(decoded(content))
        key = read_send_key(text(mapping(report.get("Metadata")).get(METADATA)))
        identity = named(report.get("MessageID"))
        traces = Traces(keys=(key,) if key else (), addresses=(_address(report),), provider_ids=identity)
        return Told(traces, _news(text(report.get("RecordType")), text(report.get("Type")), _said(report)))


def _news(record: str, kind: str, said: str) -> News | None:
    match record:
        case "Delivery":
            return News(Heard.DELIVERED)
        case "SpamComplaint":
            return News(Heard.COMPLAINED, reason=said)
        case "Bounce" if kind == "SpamComplaint":
            return News(Heard.COMPLAINED, reason=said)
        case "Bounce" if kind not in _NO_BOUNCE:
            code = ENHANCED.search(said)
            return bounced(said, code[0] if code else "", _CLASSES.get(kind, BounceClass.OTHER))
        case _:
            return None


def _said(report: Mapping[str, Json]) -> str:
    return text(report.get("Details")) or text(report.get("Description"))


def _address(report: Mapping[str, Json]) -> str:
    return text(report.get("Email")) or text(report.get("Recipient"))


def _password(header: str) -> bytes | None:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None
