"""Links that lead through us: nobody can make one, change where it leads, or read from it whose mail it stood in.

A token is sealed as a whole (AES-SIV, RFC 5297: the same content gives the same token, and neighbouring ids look
unrelated), so a click is answered without asking the database, and there is no open redirect: what is not ours, to the
bit, leads nowhere.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from dripline.kernel.ids import MessageId, WorkspaceId

LONGEST_TARGET = 4_000
"""A link that is longer is left as it is: some mail programs cut what is longer still."""

_IDS = 32
_CLICK, _OPEN = [b"click"], [b"open"]


@dataclass(frozen=True, slots=True)
class Clicked:
    """A link in a message, and where it leads."""

    workspace_id: WorkspaceId
    message_id: MessageId
    target: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The picture in a message that nobody sees."""

    workspace_id: WorkspaceId
    message_id: MessageId


class TrackingLinks:
    """Makes links with the secret key, and reads those made with it or with one of the `former` keys."""

    def __init__(self, secret_key: str, public_url: str, former: Sequence[str] = ()) -> None:
        self._ciphers = [AESSIV(_key(each)) for each in (secret_key, *former)]
        self._base = public_url.rstrip("/")

    def click_url(self, clicked: Clicked, *, host: str | None = None) -> str:
        """The link through us to a target; `host` is the workspace's own, where it has proved one."""
        content = (
            clicked.workspace_id.bytes + clicked.message_id.bytes + clicked.target.encode("utf-8", "surrogatepass")
        )
        return f"{self._at(host)}/c/{self._seal(content, _CLICK)}"

    def open_url(self, opened: Opened, *, host: str | None = None) -> str:
        """The address of the picture in a message."""
        return f"{self._at(host)}/o/{self._seal(opened.workspace_id.bytes + opened.message_id.bytes, _OPEN)}.gif"

    def through(self, clicked: Clicked, *, host: str | None = None) -> str | None:
        """The link through us; None where it should stay as it is: it leads to us anyway, or is too long."""
        if len(clicked.target) > LONGEST_TARGET or clicked.target.startswith(f"{self._base}/"):
            return None
        return self.click_url(clicked, host=host)

    def read_click(self, token: str) -> Clicked | None:
        """The link behind a token; None when it is not one of ours."""
        content = self._open(token, _CLICK)
        if content is None:
            return None
        workspace, message = _ids(content)
        return Clicked(workspace, message, content[_IDS:].decode("utf-8", "surrogatepass"))

    def read_open(self, token: str) -> Opened | None:
        """The message behind a token; None when it is not one of ours."""
        content = self._open(token, _OPEN)
        return Opened(*_ids(content)) if content is not None else None

    def _at(self, host: str | None) -> str:
        return f"https://{host}" if host is not None else self._base

    def _seal(self, content: bytes, purpose: list[bytes]) -> str:
        return base64.urlsafe_b64encode(self._ciphers[0].encrypt(content, purpose)).rstrip(b"=").decode()

    def _open(self, token: str, purpose: list[bytes]) -> bytes | None:
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        # Only one spelling of a token counts: the last letter of base64 has bits to spare.
        if len(sealed) < _IDS + 16 or base64.urlsafe_b64encode(sealed).rstrip(b"=").decode() != token:
            return None
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(sealed, purpose)
            except InvalidTag:
                continue
        return None


def _key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), person=b"tracking links").digest()


def _ids(content: bytes) -> tuple[WorkspaceId, MessageId]:
    return WorkspaceId(UUID(bytes=content[:16])), MessageId(UUID(bytes=content[16:_IDS]))
