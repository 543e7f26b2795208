"""Secrets of others, sealed before they are kept: AES-256-GCM under a key derived from the master key.

What is sealed begins with a version and the name of its key, so that the master key can be changed: new secrets are
sealed with the new one, older ones are opened with a former one until `dripline rotate-secrets` has sealed them anew.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_KEY_PURPOSE = b"dripline sealing key 1"
_NAME_PURPOSE = b"dripline sealing key name 1"
_KEY_BYTES = 32
_NAME_BYTES = 8
# NIST SP 800-38D, section 8.2.2: random nonces of 96 bits are good for 2^32 messages under one key.
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _NAME_BYTES + _NONCE_BYTES


class Unsealable(Exception):
    """What was sealed cannot be opened: its key is not known, it was changed, or it is about something else."""


@dataclass(frozen=True, slots=True)
class _Key:
    name: bytes
    cipher: AESGCM = field(repr=False)


class Sealer:
    """Seals with the key of `secret`; opens also what was sealed under the `former` ones.

    `nonce` gives random bytes; no two calls may give the same.
    """

    def __init__(
        self, secret: str, former: Sequence[str] = (), *, nonce: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._current = _key(secret)
        known = [self._current, *(_key(each) for each in former)]
        self._by_name = {key.name: key for key in reversed(known)}
        self._nonce = nonce

    def seal(self, plain: bytes, about: str) -> bytes:
        """The bytes, sealed. `about` says what they are for; they open only when it is said again."""
        nonce = self._nonce(_NONCE_BYTES)
        head = _VERSION + self._current.name + nonce
        return head + self._current.cipher.encrypt(nonce, plain, _bound(head, about))

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            Unsealable: the key is neither the current nor a former one, or the bytes are not those that were sealed
                for this.
        """
        head, rest = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        if len(head) < _HEAD_BYTES or not head.startswith(_VERSION):
            raise Unsealable("was not sealed here")
        key = self._by_name.get(_name_in(head))
        if key is None:
            raise Unsealable(
                "was sealed with another secret key: put the one before into DRIPLINE_FORMER_SECRET_KEYS, "
                "or give the secret again"
            )
        try:
            return key.cipher.decrypt(head[-_NONCE_BYTES:], rest, _bound(head, about))
        except InvalidTag:
            raise Unsealable("was changed, or sealed for something else") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was sealed with the current key, so that the former ones are not needed for it."""
        return sealed.startswith(_VERSION) and _name_in(sealed) == self._current.name


def _key(secret: str) -> _Key:
    return _Key(_derived(secret, _NAME_PURPOSE, _NAME_BYTES), AESGCM(_derived(secret, _KEY_PURPOSE, _KEY_BYTES)))


def _derived(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret.encode())


def _name_in(head: bytes) -> bytes:
    return head[len(_VERSION) : len(_VERSION) + _NAME_BYTES]


def _bound(head: bytes, about: str) -> bytes:
    return head + about.encode()
