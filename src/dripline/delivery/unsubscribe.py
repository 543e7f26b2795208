"""Links of one person (RFC 8058 and beyond): tokens that nobody can make or change, each good for one purpose."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from dripline.kernel.ids import ContactId, ListId, MessageId, WorkspaceId, base32, from_base32

_MAC_BYTES = 16
_BODY_BYTES = 48
_ID_LETTERS = 26


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """Whose wishes a link is about, and the message that it stood in."""

    workspace_id: WorkspaceId
    contact_id: ContactId
    message_id: MessageId


@dataclass(frozen=True, slots=True)
class ConfirmToken:
    """Who may say by a link that they want to be on a list, and the request that asked them."""

    workspace_id: WorkspaceId
    contact_id: ContactId
    request_id: UUID


class _Purpose(Enum):
    """What a link is good for: the keys of the three differ by these words."""

    UNSUBSCRIBE = b"unsubscribe"
    PREFERENCES = b"preferences"
    CONFIRM = b"confirm"


class UnsubscribeLinks:
    """Makes links with the secret key, and reads those made with it or with one of the `former` keys."""

    def __init__(self, secret_key: str, public_url: str, former: Sequence[str] = ()) -> None:
        secrets = (secret_key, *former)
        self._keys = {purpose: [_key(each, purpose) for each in secrets] for purpose in _Purpose}
        self._base = public_url.rstrip("/")

    def url(self, token: UnsubscribeToken) -> str:
        """The link by which a contact opts out, in one message."""
        return f"{self._base}/u/{self.sign(token)}"

    def preferences_url(self, token: UnsubscribeToken) -> str:
        """The link by which a contact chooses what they get."""
        return f"{self._base}/p/{self.sign_preferences(token)}"

    def confirm_url(self, token: ConfirmToken) -> str:
        """The link by which a contact says that they want to be on a list."""
        return f"{self._base}/confirm/{self._sign(_Purpose.CONFIRM, _body(token, token.request_id))}"

    def form_url(self, workspace: WorkspaceId, list_id: ListId) -> str:
        """The form by which anybody asks to be on a list. It names the list and is no secret, so it is not signed."""
        return f"{self._base}/signup/{base32(workspace)}{base32(list_id)}"

    def sign(self, token: UnsubscribeToken) -> str:
        """The token to opt out as text, for a URL."""
        return self._sign(_Purpose.UNSUBSCRIBE, _body(token, token.message_id))

    def sign_preferences(self, token: UnsubscribeToken) -> str:
        """The token to choose as text, for a URL."""
        return self._sign(_Purpose.PREFERENCES, _body(token, token.message_id))

    def read(self, text: str) -> UnsubscribeToken | None:
        """The token to opt out behind a text, or None when it is not one of ours, to the bit."""
        return _about_message(self._read(_Purpose.UNSUBSCRIBE, text))

    def read_preferences(self, text: str) -> UnsubscribeToken | None:
        """The token to choose behind a text, or None when it is not one of ours, to the bit."""
        return _about_message(self._read(_Purpose.PREFERENCES, text))

    def read_confirm(self, text: str) -> ConfirmToken | None:
        """The token to confirm behind a text, or None when it is not one of ours, to the bit."""
        found = self._read(_Purpose.CONFIRM, text)
        return ConfirmToken(WorkspaceId(found[0]), ContactId(found[1]), found[2]) if found is not None else None

    def _sign(self, purpose: _Purpose, body: bytes) -> str:
        return _text(body + _mac(body, self._keys[purpose][0]))

    def _read(self, purpose: _Purpose, text: str) -> tuple[UUID, UUID, UUID] | None:
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, mac = data[:_BODY_BYTES], data[_BODY_BYTES:]
        # Only one spelling of a token counts: the last letter of base64 has bits to spare.
        if len(body) != _BODY_BYTES or _text(data) != text:
            return None
        if not any(hmac.compare_digest(mac, _mac(body, key)) for key in self._keys[purpose]):
            return None
        return UUID(bytes=body[:16]), UUID(bytes=body[16:32]), UUID(bytes=body[32:])


def read_form_ref(text: str) -> tuple[WorkspaceId, ListId] | None:
    """Whose form an address names, and of which list; None when it is none."""
    workspace, found = from_base32(text[:_ID_LETTERS]), from_base32(text[_ID_LETTERS:])
    return (WorkspaceId(workspace), ListId(found)) if workspace is not None and found is not None else None


def _body(token: UnsubscribeToken | ConfirmToken, last: UUID) -> bytes:
    return token.workspace_id.bytes + token.contact_id.bytes + last.bytes


def _about_message(ids: tuple[UUID, UUID, UUID] | None) -> UnsubscribeToken | None:
    if ids is None:
        return None
    workspace, contact, message = ids
    return UnsubscribeToken(WorkspaceId(workspace), ContactId(contact), MessageId(message))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _key(secret: str, purpose: _Purpose) -> bytes:
    return hashlib.blake2b(secret.encode(), person=purpose.value).digest()


def _mac(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC_BYTES).digest()
