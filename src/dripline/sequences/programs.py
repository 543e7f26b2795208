"""Published versions, compiled and kept: a version never changes, so a process compiles it once."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from dripline.database.work import Tx
from dripline.kernel.ids import SequenceId, TemplateId, WorkspaceId
from dripline.sequences import store
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.program import Program
from dripline.sequences.language.model import Definition
from dripline.sequences.language.writing import from_json

_MOST_KEPT = 5_000

VersionKey = tuple[SequenceId, int]


@dataclass(frozen=True, slots=True)
class Published:
    """One version, ready to run. What it names, by the names it uses: templates, lists, segments, sequences."""

    definition: Definition
    program: Program
    templates: Mapping[str, TemplateId]
    lists: Mapping[str, UUID]
    segments: Mapping[str, UUID]
    sequences: Mapping[str, UUID]


# Versions never change and ids of sequences are unique everywhere, so one memory serves the whole process.
_kept: OrderedDict[VersionKey, Published] = OrderedDict()


async def published(tx: Tx, workspace: WorkspaceId, wanted: Iterable[VersionKey]) -> Mapping[VersionKey, Published]:
    """The versions asked for, by (sequence, version). Not for a version that this transaction made itself."""
    keys = set(wanted)
    missing = [key for key in keys if key not in _kept]
    if missing:
        for version in await store.versions(tx, workspace, missing):
            definition = from_json(version.tree)
            templates = {name: TemplateId(found) for name, found in version.templates.items()}
            _kept[version.sequence_id, version.number] = Published(
                definition,
                compile_definition(definition),
                templates,
                version.references.lists,
                version.references.segments,
                version.references.sequences,
            )
    found = {key: _kept[key] for key in keys}
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return found
