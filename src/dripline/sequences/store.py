"""Sequences, their versions and their triggers as rows."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import SequenceId, WorkspaceId, new_uuid, read
from dripline.kernel.values import Json
from dripline.sequences.model import Sequence, Status

_sql = queries(__package__)


async def add(tx: Tx, workspace: WorkspaceId, *, name: str, slug: str, draft: str, now: datetime) -> Sequence:
    """A new draft.

    Raises:
        Conflict: the slug is taken.
    """
    sequence = new_uuid()
    if await tx.value(_sql["add_sequence"], workspace, sequence, slug, name, draft, now) is None:
        raise Conflict(f"There is a sequence {slug!r} already.")
    return await find(tx, workspace, slug)


async def find(tx: Tx, workspace: WorkspaceId, ref: str) -> Sequence:
    """One sequence by id, slug or name.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find_sequences"], workspace, read("sequence", ref), ref)
    if row is None:
        raise NotFound.of("sequence", ref)
    return _sequence(row)


async def find_for_change(tx: Tx, workspace: WorkspaceId, ref: str) -> Sequence:
    """The same, locked: other writers wait until this transaction has ended."""
    found = await find(tx, workspace, ref)
    await tx.rows(_sql["lock_sequence"], workspace, found.id)
    return await find(tx, workspace, ref)


async def list_sequences(
    tx: Tx, workspace: WorkspaceId, *, status: Status | None, limit: int, after: UUID | None
) -> list[Sequence]:
    """Sequences in the order of their making, after the id `after`."""
    return [_sequence(row) for row in await tx.rows(_sql["list_sequences"], workspace, status, after, limit)]


async def save_draft(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, name: str, draft: str | None, now: datetime
) -> None:
    """Write name and draft."""
    await tx.run(_sql["save_draft"], workspace, sequence, name, draft, now)


async def set_status(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    status: Status,
    *,
    now: datetime,
    drain_rate: int | None = None,
) -> None:
    """Move a sequence. With a rate, what is overdue at `now` is drained at it."""
    since = now if drain_rate else None
    await tx.run(_sql["set_status"], workspace, sequence, status, since, drain_rate, now)


async def end_drain(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, since: datetime) -> None:
    """End the drain that began at `since`."""
    await tx.run(_sql["end_drain"], workspace, sequence, since)


async def publish(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Sequence,
    *,
    definition: str,
    tree: Mapping[str, Json],
    templates: Mapping[str, UUID],
    now: datetime,
) -> int:
    """Make the next version, which never changes again; gives its number."""
    version = sequence.version + 1
    ids = {name: str(template) for name, template in templates.items()}
    await tx.run(_sql["add_version"], workspace, sequence.id, version, definition, tree, ids, now)
    await tx.run(_sql["set_version"], workspace, sequence.id, version, now)
    return version


async def set_triggers(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, version: int, triggers: Iterable[tuple[str, str]]
) -> None:
    """Say which facts (kind and key) start a sequence, in place of what did; none while it is not active."""
    await tx.run(_sql["clear_triggers"], workspace, sequence)
    for kind, key in triggers:
        await tx.run(_sql["add_trigger"], workspace, kind, key, sequence, version)


async def triggered(
    tx: Tx, workspace: WorkspaceId, kind: str, keys: Many[str]
) -> dict[str, list[tuple[SequenceId, int]]]:
    """Which sequences, with their versions, are started by facts of one kind: by key."""
    found: dict[str, list[tuple[SequenceId, int]]] = {}
    for row in await tx.rows(_sql["triggered"], workspace, kind, keys):
        found.setdefault(row["key"], []).append((row["sequence_id"], row["version"]))
    return found


async def versions(
    tx: Tx, workspace: WorkspaceId, wanted: Many[tuple[SequenceId, int]]
) -> list[tuple[SequenceId, int, Mapping[str, Json], dict[str, str]]]:
    """Published versions: sequence, number, tree, and the ids of the templates it names."""
    rows = await tx.rows(_sql["versions"], workspace, [each[0] for each in wanted], [each[1] for each in wanted])
    return [(row["sequence_id"], row["version"], row["tree"], row["templates"]) for row in rows]


async def uses_of_template(tx: Tx, workspace: WorkspaceId, slug: str) -> list[str]:
    """The slugs of the sequences that are not archived and name a template."""
    # A draft is text, and may not be readable yet: the name as a word of its own is enough to keep the template.
    as_word = rf"template[\"']?\s*:\s*[\"']?{re.escape(slug)}[\"']?\s*(,|\}}|#|$|\n)"
    return [row["slug"] for row in await tx.rows(_sql["uses_of_template"], workspace, slug, as_word)]


def _sequence(row: Row) -> Sequence:
    return Sequence(**{**dict(row), "status": Status(row["status"])})
