"""Addresses that bounces come back to: every mail has its own, and nobody else can make one.

What is in one: a letter, then base32 of workspace, message and signature, 64 octets in all, which is as much as a
local part may have (RFC 5321, section 4.5.3.1.1). Case does not count, because some servers change it.
"""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from dripline.kernel.ids import MessageId, WorkspaceId

_MARK = "b"
_IDS = 32
_MAC = 7
_LENGTH = len(_MARK) + 63


def bounce_address(workspace: WorkspaceId, message: MessageId, host: str, secret: str) -> str:
    """The envelope sender of one message."""
    ids = workspace.bytes + message.bytes
    packed = base64.b32encode(ids + _mac(ids, secret)).decode().rstrip("=").lower()
    return f"{_MARK}{packed}@{host}"


def read_bounce_address(text: str, secret: str) -> tuple[WorkspaceId, MessageId] | None:
    """The workspace and message of an address made by `bounce_address`, whatever its host; None for any other."""
    local = text.strip().strip("<>").rpartition("@")[0].lower()
    if len(local) != _LENGTH or not local.startswith(_MARK) or not local.isascii():
        return None
    try:
        packed = base64.b32decode(local[len(_MARK) :].upper() + "=")
    except binascii.Error:
        return None
    ids, mac = packed[:_IDS], packed[_IDS:]
    if not hmac.compare_digest(mac, _mac(ids, secret)):
        return None
    return WorkspaceId(UUID(bytes=ids[:16])), MessageId(UUID(bytes=ids[16:]))


def _mac(ids: bytes, secret: str) -> bytes:
    key = hashlib.blake2b(secret.encode(), person=b"bounce address").digest()
    return hashlib.blake2b(ids, key=key, digest_size=_MAC).digest()
