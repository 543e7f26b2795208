"""Amazon SES through SNS: one notification, signed with a certificate of Amazon's."""

import base64
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from dripline.accounts.connections.model import Connection, Provider
from dripline.delivery.feedback.applying import Heard, News
from dripline.delivery.feedback.complaints import COMPLAINTS
from dripline.delivery.feedback.finding import Traces
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.providers.contract import (
    Fetch,
    Incoming,
    Piece,
    Told,
    Unreadable,
    bounced,
    decoded,
    listed,
    mapping,
    named,
    text,
)
from dripline.kernel.values import Json

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_CLASSES = {"Permanent": BounceClass.HARD, "Transient": BounceClass.SOFT}
_SUBCLASSES = {
    "MailboxFull": BounceClass.SOFT,
    "MessageTooLarge": BounceClass.BLOCK,
    "ContentRejected": BounceClass.BLOCK,
    "AttachmentRejected": BounceClass.BLOCK,
}
_MOST_KEPT = 50


class Ses:
    """Reads notifications of bounces, complaints and deliveries, in both of SES's wordings."""

    connected_as = Provider.SMTP

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._certificates: dict[str, bytes] = {}

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether Amazon signed it, for a topic that a connection names."""
        try:
            said = mapping(decoded(incoming.body))
        except Unreadable:
            return False
        topics = {each.settings.get("snsTopic") for each in connections} - {None}
        url = _raw(said, "SigningCertURL")
        fields = _SIGNED.get(_raw(said, "Type"))
        if _raw(said, "TopicArn") not in topics or fields is None or not is_amazons(url, ".pem"):
            return False
        content = "".join(f"{name}\n{said[name]}\n" for name in fields if isinstance(said.get(name), str))
        try:
            certificate = await self._certificate(url)
        except OSError:
            return False
        return _is_signed(certificate, _raw(said, "Signature"), _raw(said, "SignatureVersion"), content.encode())

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """The one notification of a request."""
        identity = text(mapping(decoded(body)).get("MessageId"))
        if not identity:
            raise Unreadable("it has no MessageId")
        return [Piece(identity, body)], 0

    def read(self, content: bytes) -> Told:
        """What the notification says."""
        said = mapping(decoded(content))
        if text(said.get("Type")) != NOTIFICATION:
            return Told(Traces(), None)
        report = mapping(decoded(_raw(said, "Message").encode()))
        kind = text(report.get("notificationType")) or text(report.get("eventType"))
        traces = _traces(mapping(report.get("mail")))
        match kind:
            case "Delivery":
                return Told(traces, News(Heard.DELIVERED))
            case "Complaint":
                feedback = text(mapping(report.get("complaint")).get("complaintFeedbackType"))
                is_one = not feedback or feedback in COMPLAINTS
                return Told(traces, News(Heard.COMPLAINED, reason=feedback) if is_one else None)
            case "Bounce":
                return Told(traces, _bounce(mapping(report.get("bounce"))))
            case _:
                return Told(traces, None)

    async def _certificate(self, url: str) -> bytes:
        if url not in self._certificates:
            if len(self._certificates) >= _MOST_KEPT:
                self._certificates.clear()
            self._certificates[url] = await self._fetch(url)
        return self._certificates[url]


def subscribe_url(content: bytes) -> str | None:
    """Where a subscription is confirmed, when this asks for it and the address is Amazon's."""
    said = mapping(decoded(content))
    url = _raw(said, "SubscribeURL")
    return url if text(said.get("Type")) == CONFIRMATION and is_amazons(url) else None


def is_amazons(url: str, ending: str = "") -> bool:
    """Whether a URL is one of Amazon's notification service, to the letter."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None and parts.password is None
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and plain
        and bool(_HOST.fullmatch(parts.netloc))
        and parts.path.endswith(ending)
        and url.isascii()
        and url.isprintable()
        and "\\" not in url
    )


def _traces(mail: Mapping[str, Json]) -> Traces:
    headers = {
        text(mapping(each).get("name")).lower(): text(mapping(each).get("value"))
        for each in listed(mail.get("headers"))
    }
    ids = headers.get("message-id", ""), text(mapping(mail.get("commonHeaders")).get("messageId"))
    return Traces(
        envelope=(text(mail.get("source")),),
        message_ids=tuple(filter(None, ids)),
        links=tuple(part.strip(" <>") for part in headers.get("list-unsubscribe", "").split(",") if "http" in part),
        addresses=tuple(text(each) for each in listed(mail.get("destination"))),
        provider_ids=named(mail.get("messageId")),
    )


def _bounce(bounce: Mapping[str, Json]) -> News:
    kind, sub = text(bounce.get("bounceType")), text(bounce.get("bounceSubType"))
    people = [mapping(each) for each in listed(bounce.get("bouncedRecipients"))]
    first = people[0] if people else {}
    klass = _SUBCLASSES.get(sub, _CLASSES.get(kind, BounceClass.OTHER))
    return bounced(text(first.get("diagnosticCode")), text(first.get("status")), klass)


def _raw(said: Mapping[str, Json], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _is_signed(certificate: bytes, signature: str, version: str, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.x509 import load_pem_x509_certificate

    # The first version of these signatures is what Amazon sends unless it is told otherwise.
    digest = {"1": SHA1(), "2": SHA256()}.get(version)  # noqa: S303
    try:
        public = load_pem_x509_certificate(certificate).public_key()
        if digest is None or not isinstance(public, rsa.RSAPublicKey):
            return False
        public.verify(base64.b64decode(signature, validate=True), content, padding.PKCS1v15(), digest)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
