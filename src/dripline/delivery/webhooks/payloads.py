"""What a webhook is sent: the body, and the headers that prove where it comes from. Pure."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from standardwebhooks import Webhook as Signer

from dripline.delivery.webhooks.model import Secrets, Told
from dripline.kernel.clock import iso
from dripline.kernel.ids import show
from dripline.kernel.values import Json


def body_of(told: Told) -> Mapping[str, Json]:
    """The body: what happened, when, and the properties of the event with the contact that it happened to."""
    data = dict(told.data)
    if told.event_id is not None:
        data["eventId"] = show("event", told.event_id)
    if told.contact_id is not None:
        data["contactId"] = show("contact", told.contact_id)
        data["email"] = told.email
        data["userId"] = told.user_id
    return {"type": told.type, "timestamp": iso(told.occurred_at), "data": data}


def headers_of(secrets: Secrets, identity: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of Standard Webhooks, signed with every secret that counts; and a second, simpler signature.

    `X-Xmit-Signature` is the HMAC-SHA256 of the body alone under the text of the current secret.
    """
    text = body.decode()
    each = [secrets.current, *([secrets.former] if secrets.former is not None else [])]
    simple = hmac.new(secrets.current.encode(), body, hashlib.sha256).hexdigest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(identity, at, text) for secret in each),
        "x-xmit-signature": f"sha256={simple}",
    }
