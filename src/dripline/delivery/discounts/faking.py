"""Codes that are none: for test workspaces, previews, tests of templates and dry runs. Pure."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from dripline.delivery.discounts.model import Made, discount_of
from dripline.kernel.ids import base32
from dripline.kernel.values import Json
from dripline.sequences.interpreter.program import Offer

_LENGTH = 8
_SAMPLE = Offer(provider="stripe", percent_off=20)


def fake_discount(offer: Offer, *, seed: str, now: datetime) -> Mapping[str, Json]:
    """What `discount.…` finds where no code is made: `TEST-` and, for each seed, always the same letters."""
    drawn = UUID(bytes=blake2b(seed.encode(), digest_size=16).digest())
    letters = base32(drawn)[-_LENGTH:].upper()
    prefix = f"{offer.prefix.rstrip('-')}-" if offer.prefix else ""
    expires_at = now + offer.expires_after if offer.expires_after is not None else offer.expires_at
    return discount_of(offer, Made(f"TEST-{prefix}{letters}", expires_at))


def sample_discount(now: datetime) -> Mapping[str, Json]:
    """A discount for previews of templates, which belong to no step."""
    return fake_discount(_SAMPLE, seed="sample", now=now)
