"""Reports of providers in their wire forms, signed as they sign them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
MAILGUN_KEY = "mailgun-signing-key"
RESEND_SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two characters").decode()


@dataclass(frozen=True)
class Sent:
    """A request as a provider sends it."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Amazon:
    """Signs notifications as SNS does."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime(2026, 1, 1, tzinfo=UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=9_000))
            .sign(self._key, SHA256())
        )
        self.certificate = made.public_bytes(serialization.Encoding.PEM)

    async def fetch(self, url: str) -> bytes:
        """The certificate, wherever it is asked for."""
        return self.certificate

    def notification(self, message: Mapping[str, Any], *, version: str = "2", **changes: str) -> Sent:
        """A notification with this message."""
        said = {
            "Type": "Notification",
            "MessageId": "m-1",
            "TopicArn": TOPIC,
            "Message": json.dumps(message),
            "Timestamp": "2026-11-20T10:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE_URL,
            **changes,
        }
        names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        content = "".join(f"{name}\n{said[name]}\n" for name in names if name in said).encode()
        digest = SHA1() if version == "1" else SHA256()
        said["Signature"] = base64.b64encode(self._key.sign(content, padding.PKCS1v15(), digest)).decode()
        return Sent(json.dumps(said).encode(), {"content-type": "text/plain; charset=UTF-8"})


class SendGridKey:
    """Signs events as SendGrid does."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode()

    def events(self, at: datetime, *events: Mapping[str, Any]) -> Sent:
        """A request with these events."""
        body, time = json.dumps(events).encode(), str(int(at.timestamp()))
        signature = base64.b64encode(self._key.sign(time.encode() + body, ec.ECDSA(SHA256()))).decode()
        name = "X-Twilio-Email-Event-Webhook-"
        return Sent(body, {f"{name}Signature": signature, f"{name}Timestamp": time})


def mailgun(at: datetime, event: Mapping[str, Any], *, token: str = "t" * 50) -> Sent:
    """An event of Mailgun."""
    time = str(int(at.timestamp()))
    signature = hmac.new(MAILGUN_KEY.encode(), f"{time}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": time, "token": token, "signature": signature}
    return Sent(json.dumps({"signature": signed, "event-data": event}).encode())


def resend(at: datetime, event: Mapping[str, Any]) -> Sent:
    """An event of Resend."""
    body, time = json.dumps(event).encode(), str(int(at.timestamp()))
    key = base64.b64decode(RESEND_SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"msg_1.{time}.".encode() + body, hashlib.sha256).digest()).decode()
    return Sent(body, {"svix-id": "msg_1", "svix-timestamp": time, "svix-signature": f"v1,AAAA v1,{signature}"})
