"""Unsubscribing by link (RFC 8058): tokens that nobody can make or change."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from dripline.kernel.ids import ContactId, MessageId, WorkspaceId

_MAC_BYTES = 16
_BODY_BYTES = 48


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """Who may be taken off by a link, and the message that it stood in."""

    workspace_id: WorkspaceId
    contact_id: ContactId
    message_id: MessageId


class UnsubscribeLinks:
    """Makes and reads links. They work for as long as the secret key stays the same."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._key = hashlib.blake2b(secret_key.encode(), person=b"unsubscribe").digest()
        self._base = public_url.rstrip("/")

    def url(self, token: UnsubscribeToken) -> str:
        """The link of one contact in one message."""
        return f"{self._base}/u/{self.sign(token)}"

    def sign(self, token: UnsubscribeToken) -> str:
        """The token as text, for a URL."""
        body = token.workspace_id.bytes + token.contact_id.bytes + token.message_id.bytes
        return base64.urlsafe_b64encode(body + self._mac(body)).rstrip(b"=").decode()

    def read(self, text: str) -> UnsubscribeToken | None:
        """The token behind a text, or None when it is not one of ours, to the bit."""
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, mac = data[:_BODY_BYTES], data[_BODY_BYTES:]
        if len(body) != _BODY_BYTES or not hmac.compare_digest(mac, self._mac(body)):
            return None
        workspace, contact, message = (UUID(bytes=body[at : at + 16]) for at in (0, 16, 32))
        return UnsubscribeToken(WorkspaceId(workspace), ContactId(contact), MessageId(message))

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=self._key, digest_size=_MAC_BYTES).digest()
