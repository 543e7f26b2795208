"""Who listens to which facts: one look-up for a batch of facts, however many sequences and segments there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import (
    ContactAdded,
    ContactChanged,
    Fact,
    FellSilent,
    Happened,
    ListJoined,
    ListLeft,
    SegmentEntered,
    SegmentLeft,
    Tagged,
    Untagged,
)
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


class Role(StrEnum):
    """What a fact does to its listener.

    It starts a version of a sequence, or counts towards starting it; it stops runs of it, counts as their goal, or
    wakes them; it may change who is in a segment.
    """

    START = "start"
    FREQUENCY = "frequency"
    STOP = "stop"
    CONVERT = "convert"
    WAKE = "wake"
    SEGMENT = "segment"


FactKey = tuple[str, str]
"""Kind and key of a fact: `("event", "trial.started")`, `("tag", "customer")`, `("list", "<uuid>")`."""

ANY = "*"
"""The key by which somebody listens to events, tags or lists of every name."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A version of a sequence, or a segment (whose version is 0), and what the fact does to it."""

    role: Role
    target_id: UUID
    version: int


def keys_of(fact: Fact) -> tuple[FactKey, ...]:
    """The keys that a fact is heard by."""
    match fact:
        case Happened(event):
            return ("event", event.name), ("event", ANY)
        case ContactAdded():
            return (("contact", "added"),)
        case ContactChanged(_, properties, fields):
            return (*(("property", name) for name in properties), *(("field", name) for name in fields))
        case Tagged(_, name):
            return ("tag", name), ("tag", ANY)
        case Untagged(_, name):
            return ("untag", name), ("untag", ANY)
        case ListJoined(_, list_id):
            return ("list", str(list_id)), ("list", ANY)
        case ListLeft(_, list_id):
            return ("unlist", str(list_id)), ("unlist", ANY)
        case SegmentEntered(_, segment_id):
            return (("segment", str(segment_id)),)
        case SegmentLeft(_, segment_id):
            return (("unsegment", str(segment_id)),)
        case FellSilent(_, sequence_id):
            return (("silent", str(sequence_id)),)
        case _:
            return ()


async def listeners(tx: Tx, workspace: WorkspaceId, keys: Iterable[FactKey]) -> Mapping[FactKey, Sequence[Listener]]:
    """Who listens to facts with these keys."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = await tx.rows(_sql["listeners"], workspace, [kind for kind, _ in wanted], [key for _, key in wanted])
    found: dict[FactKey, list[Listener]] = {}
    for row in rows:
        listener = Listener(Role(row["role"]), row["target_id"], row["version"])
        found.setdefault((row["kind"], row["key"]), []).append(listener)
    return found


async def listen(
    tx: Tx, workspace: WorkspaceId, target: UUID, version: int, wanted: Iterable[tuple[FactKey, Role]]
) -> None:
    """Let a version of a sequence, or a segment, hear these facts from now on, besides what it hears already."""
    rows = sorted({(kind, key, str(role)) for (kind, key), role in wanted})
    if rows:
        kinds, keys, roles = zip(*rows, strict=True)
        await tx.run(_sql["listen"], workspace, target, version, list(kinds), list(keys), list(roles))


async def unlisten(tx: Tx, workspace: WorkspaceId, target: UUID, *roles: Role) -> None:
    """Let nothing in these roles reach a target any more; nothing at all, when no role is given."""
    await tx.run(_sql["unlisten"], workspace, target, [str(role) for role in roles or Role])
