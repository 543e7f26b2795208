"""What a webhook is sent, and the signatures on it."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from dripline.delivery.webhooks.model import Secrets, Told
from dripline.delivery.webhooks.payloads import body_of, headers_of
from dripline.delivery.webhooks.store import secret_of
from dripline.kernel.clock import real_now

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEW, OLD = secret_of(b"n" * 32), secret_of(b"o" * 32)


def test_a_body_has_the_properties_of_the_event_and_whom_it_happened_to() -> None:
    told = Told("email.sent", AT, {"sendId": "snd_1"}, UUID(int=1), UUID(int=2), "ada@example.com", "u-1")

    body = body_of(told)

    assert body == {
        "type": "email.sent",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {
            "sendId": "snd_1",
            "eventId": "evt_00000000000000000000000001",
            "contactId": "cnt_00000000000000000000000002",
            "email": "ada@example.com",
            "userId": "u-1",
        },
    }


def test_what_happens_to_no_contact_names_none() -> None:
    body = body_of(Told("domain.stopped", AT, {"domain": "example.com"}))

    assert body["data"] == {"domain": "example.com"}


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_during_a_rotation_both_secrets_verify(secret: str) -> None:
    body = json.dumps({"type": "email.sent", "name": "Ærøskøbing"}).encode()

    headers = headers_of(Secrets(NEW, OLD), "dlv_1", real_now(), body)

    assert Webhook(secret).verify(body, dict(headers)) == json.loads(body)


def test_the_simple_signature_is_of_the_body_alone() -> None:
    headers = headers_of(Secrets(NEW), "dlv_1", AT, b"{}")

    expected = hmac.new(NEW.encode(), b"{}", hashlib.sha256).hexdigest()
    assert headers["x-xmit-signature"] == f"sha256={expected}"


def test_secrets_are_not_shown() -> None:
    assert NEW not in repr(Secrets(NEW, OLD))
    assert OLD not in repr(Secrets(NEW, OLD))
