"""A sequence, as every route about it answers."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from dripline.api.caller import Caller
from dripline.api.problem import Detail
from dripline.engine.versions.structured import Ids, ids_behind
from dripline.kernel.clock import iso
from dripline.kernel.ids import SequenceId, show
from dripline.sequences.editing.structured import TriggerType, trigger_type_of
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Writing


class DrainShape(msgspec.Struct, frozen=True):
    """What was due by `since` is let through at `rate` enrollments a minute."""

    since: str
    rate: int


class SequenceShape(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence. `draft`: there is something that was not published yet, and `definition` is that.

    `pausedAt` is there while it is paused or resuming, `draining` while overdue enrollments are let through after it.
    `enrichmentStatus`, `enrichedCount` and `enrichmentError` say how far the mails for a brief are, and are null
    where there is none. `triggerListId` and `senderId` are null where there is none, or none that has an id.
    """

    id: str
    sequence_id: str
    slug: str
    name: str
    status: str
    version: int
    revision: int
    draft: bool
    definition: str
    trigger: Mapping[str, Any]
    steps: Sequence[Any]
    trigger_type: TriggerType
    trigger_list_id: str | None
    sender_id: str | None
    enroll_existing: bool
    paused_at: str | None
    pause_reason: str | None
    draining: DrainShape | None
    enrichment_status: Writing | None
    enriched_count: int | None
    enrichment_error: str | None
    created_at: str
    updated_at: str


class PublishedShape(SequenceShape, frozen=True, rename="camel"):
    """A sequence that was activated or published, with what its author should know.

    `job` enrolls those who match already, or brings over those who entered before; null when there is nothing to do.
    """

    warnings: Sequence[Detail]
    job: str | None


async def shape_sequence(caller: Caller, sequence: Drip) -> SequenceShape:
    """The sequence as people see it."""
    return (await shape_sequences(caller, [sequence]))[sequence.id]


async def shape_sequences(caller: Caller, sequences: Sequence[Drip]) -> Mapping[SequenceId, SequenceShape]:
    """Sequences as people see them, by id."""
    # Reading a large definition takes a tenth of a second: not on the loop that everybody shares.
    outlines = [await asyncio.to_thread(_outline, sequence.definition) for sequence in sequences]
    lists = {outline["trigger"]["list"] for outline in outlines if "list" in outline["trigger"]}
    senders = {outline["sender"] for outline in outlines if "sender" in outline}
    ids = Ids()
    if lists or senders:
        ids = await caller.transact(lambda tx: ids_behind(tx, caller.id, lists=lists, senders=senders))
    pairs = zip(sequences, outlines, strict=True)
    return {sequence.id: _shape(sequence, outline, ids) for sequence, outline in pairs}


def _shape(sequence: Drip, outline: Mapping[str, Any], ids: Ids) -> SequenceShape:
    text, enrichment = show("sequence", sequence.id), sequence.enrichment
    return SequenceShape(
        id=text,
        sequence_id=text,
        slug=sequence.slug,
        name=sequence.name,
        status=sequence.status,
        version=sequence.version,
        revision=sequence.revision,
        draft=sequence.draft is not None,
        definition=sequence.definition,
        trigger=outline["trigger"],
        steps=outline["steps"],
        trigger_type=trigger_type_of(outline["trigger"]),
        trigger_list_id=ids.lists.get(outline["trigger"].get("list", "")),
        sender_id=ids.senders.get(outline.get("sender", "")),
        enroll_existing=outline.get("enrollment", {}).get("existing", False),
        paused_at=iso(sequence.paused_at) if sequence.paused_at is not None else None,
        pause_reason=sequence.paused_for,
        draining=_drain(sequence),
        enrichment_status=enrichment.status if enrichment is not None else None,
        enriched_count=enrichment.written if enrichment is not None else None,
        enrichment_error=enrichment.error if enrichment is not None else None,
        created_at=iso(sequence.created_at),
        updated_at=iso(sequence.updated_at),
    )


def _drain(sequence: Drip) -> DrainShape | None:
    if sequence.draining_since is None or sequence.drain_rate is None:
        return None
    return DrainShape(iso(sequence.draining_since), sequence.drain_rate)


@lru_cache(maxsize=512)
def _outline(definition: str) -> Mapping[str, Any]:
    """What a definition says, with an id at every step."""
    return to_json(name_steps(read_definition(definition)))
