"""Warning of sequences that start each other, when one of them is published."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dripline.database.work import Tx
from dripline.events.listening import Role, listeners
from dripline.events.model import DEEPEST_CHAIN
from dripline.kernel.errors import Problem
from dripline.kernel.ids import SequenceId, WorkspaceId, show
from dripline.sequences import store
from dripline.sequences.circles import causes, circle, enrolls
from dripline.sequences.language.model import Definition
from dripline.sequences.listening import Listens
from dripline.sequences.model import References, Sequence, Status
from dripline.sequences.programs import published


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a sequence does, and the ids of what it names."""

    definition: Definition
    references: References


async def circle_warnings(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Sequence,
    definition: Definition,
    references: References,
    listens: Listens,
) -> tuple[Problem, ...]:
    """A warning that names the circle, when what a sequence does leads back to its own beginning."""
    known: dict[SequenceId, Sequence] = {sequence.id: sequence}
    looking = {sequence.id: _Looked(definition, references)}
    follows: dict[SequenceId, set[SequenceId]] = {}
    own = {key for key, _ in listens.starts}
    for _ in range(DEEPEST_CHAIN):
        follows |= await _follows(tx, workspace, looking, sequence.id, own)
        new = {each for id_ in looking for each in follows[id_]} - follows.keys()
        looking = await _look(tx, workspace, new, known)
        if not looking:
            break
    way = circle(sequence.id, follows)
    if way is None:
        return ()
    shown = " → ".join(known[each].slug for each in way)
    return (
        Problem(
            "steps",
            f"what this sequence does starts it again: {shown}. Such a chain is stopped after {DEEPEST_CHAIN} rounds, "
            "and until then people get the mail of each.",
        ),
    )


async def _follows(
    tx: Tx,
    workspace: WorkspaceId,
    looking: Mapping[SequenceId, _Looked],
    self: SequenceId,
    own: Collection[tuple[str, str]],
) -> dict[SequenceId, set[SequenceId]]:
    """Those that each of these starts: who listens to what it causes, and whom it enrolls in by name."""
    caused = {id_: causes(each.definition, each.references) for id_, each in looking.items()}
    heard = await listeners(tx, workspace, {key for keys in caused.values() for key in keys})
    follows: dict[SequenceId, set[SequenceId]] = {}
    for id_, each in looking.items():
        started = {
            SequenceId(listener.target_id)
            for key in caused[id_]
            for listener in heard.get(key, ())
            if listener.role in (Role.START, Role.FREQUENCY)
        }
        if caused[id_] & set(own):
            started.add(self)
        follows[id_] = started | enrolls(each.definition, each.references)
    return follows


async def _look(
    tx: Tx, workspace: WorkspaceId, wanted: Collection[SequenceId], known: dict[SequenceId, Sequence]
) -> dict[SequenceId, _Looked]:
    """What those of these do that are active."""
    found = [await store.find(tx, workspace, show("sequence", each)) for each in sorted(wanted)]
    known |= {each.id: each for each in found}
    active = {each.id: (each.id, each.version) for each in found if each.status is Status.ACTIVE}
    versions = await published(tx, workspace, active.values())
    return {
        id_: _Looked(
            versions[key].definition,
            References(versions[key].lists, versions[key].segments, versions[key].sequences),
        )
        for id_, key in active.items()
    }
