"""What makes a mail the same mail: its Message-ID follows from the send key, and the key from it."""

import base64
import binascii
from hashlib import blake2b
from uuid import UUID

from dripline.delivery.message.addressing import wire_domain

_KEY = 36


def message_id(workspace: UUID, source: UUID, visit: int, domain: str) -> str:
    """The Message-ID of one send, without angle brackets: the same for the same key, and no word about the recipient.

    RFC 5322, section 3.6.4.

    Raises:
        Unmailable: `domain` is no domain.
    """
    key = workspace.bytes + source.bytes + visit.to_bytes(4, "big")
    return f"{base64.b32encode(key).decode().rstrip('=').lower()}@{wire_domain(domain)}"


def read_message_id(text: str) -> tuple[UUID, UUID, int] | None:
    """Workspace, source and visit of a Message-ID of ours, whatever its domain; None for any other.

    Whoever knows one may have it from the mail itself: it proves nothing.
    """
    local = text.strip().strip("<>").partition("@")[0].upper()
    try:
        key = base64.b32decode(local + "=" * (-len(local) % 8))
    except (binascii.Error, ValueError):
        return None
    if len(key) != _KEY:
        return None
    return UUID(bytes=key[:16]), UUID(bytes=key[16:32]), int.from_bytes(key[32:], "big")


def boundary(identity: str, turn: int) -> str:
    """A boundary between the parts of the mail with this Message-ID; another one for every `turn`.

    Quoted-printable text never holds `=_` (RFC 2045, section 6.7), so that a clash is rare to begin with.
    """
    return f"=_{blake2b(f'{identity} {turn}'.encode(), digest_size=12, person=b'boundary').hexdigest()}"
