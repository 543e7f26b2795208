"""What the names in a definition stand for, in a workspace."""

from collections.abc import Iterable

from dripline.accounts.model import Workspace
from dripline.contacts.lists import find_list
from dripline.database.work import Tx
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.senders import Senders
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ListId, WorkspaceId, show
from dripline.segments.store import ids_of_names as ids_of_segments
from dripline.sequences.language.model import Definition
from dripline.sequences.language.references import names_in, templates_of
from dripline.sequences.model import References, Sequence
from dripline.sequences.store import ids_of_names as ids_of_sequences
from dripline.sequences.versions import Known
from dripline.templates.store import slugs


async def known_to(
    tx: Tx,
    workspace: Workspace,
    sequence: Sequence,
    definition: Definition,
    *,
    senders: Senders,
    providers: Providers | None = None,
) -> Known:
    """What exists of that which the definition of a sequence names. `providers` are asked who makes its codes."""
    templates = dict(await slugs(tx, workspace.id, sorted(templates_of(definition))))
    references = await references_of(tx, workspace.id, definition)
    itself = frozenset({show("sequence", sequence.id), sequence.slug, sequence.name})
    usable = await senders.usable_in(tx, workspace)
    problems = await providers.problems(tx, workspace, definition) if providers is not None else ()
    return Known(templates, references, usable.why_not, itself, problems)


async def references_of(tx: Tx, workspace: WorkspaceId, definition: Definition) -> References:
    """The lists, segments and sequences that a definition names and that exist."""
    named = names_in(definition)
    return References(
        await _ids_of_lists(tx, workspace, named.lists),
        dict(await ids_of_segments(tx, workspace, named.segments)) if named.segments else {},
        dict(await ids_of_sequences(tx, workspace, named.sequences)) if named.sequences else {},
    )


async def _ids_of_lists(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> dict[str, ListId]:
    found: dict[str, ListId] = {}
    for name in sorted(names):
        try:
            found[name] = (await find_list(tx, workspace, name)).id
        except NotFound:
            continue
    return found
