"""What parent and child say to each other: a length of four bytes, then msgpack.

The parent sends a `Batch`; the child answers with one frame for each of its jobs, in their order.
"""

import struct
from collections.abc import Mapping
from typing import Any

import msgspec

from dripline.kernel.values import Json

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size

RENDER_FAILED = "render_failed"

# The exit status by which a child says that a template needed more memory than it may have.
OUT_OF_MEMORY = 86


class Source(msgspec.Struct, frozen=True, array_like=True):
    """The three parts of one version of a template, each Liquid. `key` names it (template id and version).

    `workspace` is what it finds under `workspace.…`, as JSON: the same in each mail, so it is sent and read once.
    """

    key: str
    subject: str
    html: str
    text: str
    workspace: str = "{}"


class RenderJob(msgspec.Struct, frozen=True):
    """One mail to render. `data` are the arguments of `templates.scope.scope`, by name."""

    source: Source
    data: Mapping[str, Json]


class Rendered(msgspec.Struct, frozen=True, array_like=True, tag="rendered"):
    """What one contact gets. The subject is one line."""

    subject: str
    html: str
    text: str


class RenderFailure(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    """Why one mail could not be rendered. `detail` is for people, at most 500 characters."""

    reason: str
    detail: str


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Jobs as (index of their source, data); each source is sent once."""

    sources: tuple[Source, ...]
    # Any: the codec cannot follow a type that contains itself.
    jobs: tuple[tuple[int, Mapping[str, Any]], ...]


def failure(detail: str) -> RenderFailure:
    return RenderFailure(RENDER_FAILED, detail[:500])


def framed(message: object) -> bytes:
    """The bytes of one frame."""
    content = _encoder.encode(message)
    return _LENGTH.pack(len(content)) + content


def length_of(head: bytes) -> int:
    """How many bytes follow the head of a frame."""
    length: int = _LENGTH.unpack(head)[0]
    return length


_encoder = msgspec.msgpack.Encoder()
