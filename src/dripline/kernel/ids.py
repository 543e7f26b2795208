"""Ids: UUID version 7 (RFC 9562, section 5.7), made here from real time, shown as prefix and base32.

The text form is Crockford's base32 in lower case: 26 characters for 128 bits, so that the order of texts is the
order of ids.
"""

import os
import threading
import time
from base64 import b32encode
from datetime import datetime
from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
ContactId = NewType("ContactId", UUID)
EventId = NewType("EventId", UUID)
TemplateId = NewType("TemplateId", UUID)
SequenceId = NewType("SequenceId", UUID)
EnrollmentId = NewType("EnrollmentId", UUID)
MessageId = NewType("MessageId", UUID)
JobId = NewType("JobId", UUID)
ListId = NewType("ListId", UUID)
SegmentId = NewType("SegmentId", UUID)
CampaignId = NewType("CampaignId", UUID)
SenderId = NewType("SenderId", UUID)
DomainId = NewType("DomainId", UUID)
WebhookId = NewType("WebhookId", UUID)

PREFIXES = {
    "contact": "cnt",
    "event": "evt",
    "template": "tpl",
    "sequence": "seq",
    "enrollment": "enr",
    "message": "snd",
    "job": "job",
    "list": "lst",
    "segment": "seg",
    "campaign": "cmp",
    # `snd` is what is sent: the published APIs use it for both.
    "sender": "sdr",
    "domain": "dom",
    "change": "chg",
    "workspace": "wsp",
    "api_key": "key",
    "inbox": "inb",
    "pool": "pol",
    "webhook": "whk",
    "delivery": "dlv",
    "report": "rpt",
    "archive": "arc",
}

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26
# From the alphabet of RFC 4648, section 6, which the standard library writes.
_TO_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())

_lock = threading.Lock()
_last = 0
_pool: list[bytes] = []
# A forked child must not make the ids that its parent will make.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.clear)


def new_uuid() -> UUID:
    """A UUIDv7 that is greater than every one this process made before."""
    global _last
    # 48 bits of milliseconds, then 12 bits that go on with the fraction of the millisecond.
    nanoseconds = time.time_ns()  # allow: wall-clock (ids use real time)
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    stamp = (milliseconds << 12) | (rest * 4096 // 1_000_000)
    with _lock:
        stamp = _last = max(stamp, _last + 1)
    random = int.from_bytes(_chance()) & 0x3FFF_FFFF_FFFF_FFFF
    high = (stamp >> 12 << 16) | 0x7000 | (stamp & 0xFFF)
    return UUID(int=(high << 64) | (0b10 << 62) | random)


def first_uuid(at: datetime) -> UUID:
    """The id below all that were made from this time on."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 0x7000 << 64 | 0b10 << 62)


def _chance() -> bytes:
    """Eight random bytes, from a pool: a system call for each id would take most of its time."""
    with _lock:
        if not _pool:
            fresh = os.urandom(8 * 512)
            _pool.extend(fresh[at : at + 8] for at in range(0, len(fresh), 8))
        return _pool.pop()


def show(kind: str, value: UUID) -> str:
    """The text form, for example `cnt_01k9…`."""
    return f"{PREFIXES[kind]}_{base32(value)}"


def base32(value: UUID) -> str:
    """The 26 characters without a prefix."""
    # Twenty bytes are 32 letters; the first six of them stand for bits that an id does not have.
    return b32encode(value.bytes.rjust(20, b"\0"))[-_LENGTH:].translate(_TO_CROCKFORD).decode()


def read(kind: str, text: str) -> UUID | None:
    """The id that `text` shows, or None when it is no id of this kind."""
    prefix, _, rest = text.partition("_")
    if prefix != PREFIXES[kind]:
        return None
    return from_base32(rest)


def from_base32(text: str) -> UUID | None:
    """The id behind 26 characters, or None when they are not one."""
    if len(text) != _LENGTH or not all(letter in _VALUES for letter in text):
        return None
    number = 0
    for letter in text:
        number = number << 5 | _VALUES[letter]
    return UUID(int=number) if number < 1 << 128 else None
