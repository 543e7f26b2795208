"""API keys: made here, shown once, kept only as a keyed hash."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from dripline.accounts import store
from dripline.accounts.model import Mode
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId

# What keys begin with, by what they open. The others are for clients that check the beginning of their key.
PREFIXES = {
    "dl_live_": Mode.LIVE,
    "dl_test_": Mode.TEST,
    "kr_": None,
    "pm_live_": Mode.LIVE,
    "pm_test_": Mode.TEST,
    "seq_live_": None,
}

# 160 bits: 32 characters of base32 without padding, well above the 128 that make guessing hopeless.
_RANDOM_BYTES = 20
_SHOWN = 4
_PURPOSE = b"dripline api key 1"


def make_key(prefix: str) -> str:
    """A new key that begins with `prefix`, with 160 random bits.

    Raises:
        ValueError: keys do not begin so.
    """
    if prefix not in PREFIXES:
        raise ValueError(f"keys begin with {', '.join(PREFIXES)}")
    return prefix + base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode().lower()


def digest_key(key: str, secret: str) -> bytes:
    """What is kept of a key: HMAC-SHA256 under a key of its own, derived from the master key."""
    own = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return hmac.digest(own, key.encode(), "sha256")


def hint_of(key: str) -> str:
    """The beginning of a key, enough to tell it from others and too little to use it."""
    prefix = next((prefix for prefix in PREFIXES if key.startswith(prefix)), "")
    return key[: len(prefix) + _SHOWN] + "…"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is kept of a key: how it begins, which workspace it opens, since when, and until when."""

    hint: str
    workspace: str
    mode: Mode
    created_at: datetime
    revoked_at: datetime | None


async def list_keys(tx: Tx) -> list[KnownKey]:
    """Every key of every workspace, oldest first; the transaction is one of the owner."""
    return [KnownKey(**{**row, "mode": Mode(row["mode"])}) for row in await store.list_keys(tx)]


async def add_key(tx: Tx, workspace: WorkspaceId, key: str, *, secret: str, now: datetime) -> None:
    """Let `key` open `workspace`. `now` is the real time."""
    await store.insert_key(tx, workspace, digest=digest_key(key, secret), hint=hint_of(key), now=now)


async def revoke_key(tx: Tx, workspace: WorkspaceId, key: str, *, secret: str, now: datetime) -> bool:
    """End a key; False when it opened nothing before. It is refused everywhere within two seconds."""
    return await store.revoke_key(tx, workspace, digest=digest_key(key, secret), now=now)
