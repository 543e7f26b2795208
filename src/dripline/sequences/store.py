"""Sequences, their versions and their triggers as rows."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import SequenceId, WorkspaceId, new_uuid, read
from dripline.kernel.values import Json
from dripline.sequences.language.model import InactivityTrigger
from dripline.sequences.model import Enrichment, References, Sequence, Status

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its tree, and the ids of what it names."""

    sequence_id: SequenceId
    number: int
    tree: Mapping[str, Json]
    templates: Mapping[str, UUID]
    references: References


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


async def search_sequences(
    tx: Tx, workspace: WorkspaceId, *, statuses: Many[Status], search: str | None, limit: int, offset: int
) -> tuple[list[Sequence], int]:
    """Sequences, newest first, with a part of the name whatever the case; and how many there are of them in all."""
    asked = (workspace, list(statuses), search.lower() if search else None)
    total: int = await tx.value(_sql["count_sequences"], *asked)
    return [_sequence(row) for row in await tx.rows(_sql["search_sequences"], *asked, limit, offset)], total


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
    paused_at: datetime | None = None,
    paused_for: str | None = None,
) -> None:
    """Move a sequence. With a rate, what is overdue at `now` is drained at it. `paused_at` is for one that stands."""
    since = now if drain_rate else None
    await tx.run(_sql["set_status"], workspace, sequence, status, since, drain_rate, paused_at, now, paused_for)


async def set_enrichment(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, enrichment: Enrichment, *, now: datetime
) -> None:
    """Say how far the mails are that are written in the background. This is no revision of what its author writes."""
    await tx.run(_sql["set_enrichment"], workspace, sequence, msgspec.to_builtins(enrichment), now)


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
    references: References,
    moving: bool = False,
    now: datetime,
) -> int:
    """Make the next version, which never changes again; gives its number. `moving` takes runs of older ones along."""
    version = sequence.version + 1
    refs = {kind: _texts(ids) for kind, ids in asdict(references).items()}
    await tx.run(_sql["add_version"], workspace, sequence.id, version, definition, tree, _texts(templates), refs, now)
    await tx.run(_sql["set_version"], workspace, sequence.id, version, moving, now)
    return version


async def set_silence(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, silence: InactivityTrigger | None, *, now: datetime
) -> None:
    """Say whose silence starts a sequence, in place of whose did; nobody's while it is not active."""
    if silence is None:
        await tx.run(_sql["clear_silence"], workspace, sequence)
    else:
        event, days, baseline = silence.event, silence.days, silence.baseline
        await tx.run(_sql["set_silence"], workspace, sequence, event, days, baseline, now)


async def versions(tx: Tx, workspace: WorkspaceId, wanted: Many[tuple[SequenceId, int]]) -> list[Version]:
    """Published versions."""
    rows = await tx.rows(_sql["versions"], workspace, [each[0] for each in wanted], [each[1] for each in wanted])
    return [
        Version(row["sequence_id"], row["version"], row["tree"], _ids(row["templates"]), _references(row["refs"]))
        for row in rows
    ]


async def first_published_at(tx: Tx, workspace: WorkspaceId, sequence: SequenceId) -> datetime | None:
    """When a sequence became active for the first time; None when it never did."""
    found: datetime | None = await tx.value(_sql["first_published_at"], workspace, sequence)
    return found


async def ids_of_names(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> dict[str, SequenceId]:
    """The sequences that these names (ids, slugs or names) stand for, where there are such."""
    wanted = sorted(names)
    rows = await tx.rows(_sql["ids_of_names"], workspace, wanted, [read("sequence", name) for name in wanted])
    return {row["wanted"]: SequenceId(row["id"]) for row in rows}


async def uses_of_list(tx: Tx, workspace: WorkspaceId, list_id: UUID, names: Iterable[str]) -> list[str]:
    """The slugs of the sequences that are not archived and name a list, by any of its names."""
    # See `uses_of_template`: the value of a key that speaks of a list, or one of its items, is enough.
    name = "|".join(map(re.escape, names))
    as_word = rf"[Ll]ist[^:\n]*:[\s\[\"'-]*({name})[\"']?\s*(,|\}}|\]|#|$|\n)"
    return [row["slug"] for row in await tx.rows(_sql["uses_of_list"], workspace, str(list_id), as_word)]


async def uses_of_segment(tx: Tx, workspace: WorkspaceId, segment: UUID, names: Iterable[str]) -> list[str]:
    """The slugs of the sequences that are not archived and name a segment, by any of its names."""
    name = "|".join(map(re.escape, names))
    as_word = rf"[Ss]egment[^:\n]*:[\s\[\"'-]*({name})[\"']?\s*(,|\}}|\]|#|$|\n)"
    return [row["slug"] for row in await tx.rows(_sql["uses_of_segment"], workspace, str(segment), as_word)]


async def uses_of_template(tx: Tx, workspace: WorkspaceId, template: UUID, slug: str) -> list[str]:
    """The slugs of the sequences that are not archived and mail a template: by its name, or as their own content."""
    # A draft is text, and may not be readable yet: the name as a word of its own is enough to keep the template.
    as_word = rf"(template(Id)?|send)[\"']?\s*:\s*[\"']?{re.escape(slug)}[\"']?\s*(,|\}}|#|$|\n)"
    return [row["slug"] for row in await tx.rows(_sql["uses_of_template"], workspace, str(template), as_word)]


async def uses_of_partial(tx: Tx, workspace: WorkspaceId, slug: str) -> list[str]:
    """The slugs of the sequences that are not archived and name a partial in the content of their draft."""
    # See `uses_of_template`. What is published was made into templates.
    as_tag = rf"(render|include)\s+\\?[\"']{re.escape(slug)}\\?[\"']"
    return [row["slug"] for row in await tx.rows(_sql["uses_in_drafts"], workspace, as_tag)]


async def uses_of_layout(tx: Tx, workspace: WorkspaceId, slug: str) -> list[str]:
    """The slugs of the sequences that are not archived and name a layout for the content of their draft."""
    as_word = rf"layout[\"']?\s*:\s*[\"']?{re.escape(slug)}[\"']?\s*(,|\}}|#|$|\n)"
    return [row["slug"] for row in await tx.rows(_sql["uses_in_drafts"], workspace, as_word)]


def _texts(ids: Mapping[str, UUID]) -> dict[str, str]:
    return {name: str(found) for name, found in ids.items()}


def _ids(texts: Mapping[str, str]) -> dict[str, UUID]:
    return {name: UUID(text) for name, text in texts.items()}


def _references(refs: Mapping[str, Mapping[str, str]]) -> References:
    return References(**{kind: _ids(ids) for kind, ids in refs.items()})


def _sequence(row: Row) -> Sequence:
    enrichment = msgspec.convert(row["enrichment"], Enrichment | None)
    return Sequence(**{**dict(row), "status": Status(row["status"]), "enrichment": enrichment})
