"""Playbooks: looked at, and made into templates and a draft."""

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.paging import Page
from dripline.api.parameters import Calling, KindRef
from dripline.api.reading.sequences import read_name
from dripline.api.shapes.playbooks import MadeShape, PlaybookShape, WholePlaybookShape, shape_playbook, shape_whole
from dripline.api.shapes.sequences import shape_sequence
from dripline.authoring.playbooks.facts import Facts, facts_of, house_of
from dripline.authoring.playbooks.making import Made, make, warnings_of
from dripline.authoring.playbooks.shelf import find_playbook, playbooks
from dripline.database.work import Tx
from dripline.templates.defaults import read_defaults


class NewFromPlaybook(msgspec.Struct, frozen=True):
    """What to call it, and what only its user knows. Without a `slug` that is the name of the playbook."""

    slug: str | None = None
    name: str | None = None
    facts: dict[str, str] = {}


@get("/playbooks", sync_to_thread=False)
def list_playbooks() -> Page[PlaybookShape]:
    """Every playbook; all on one page."""
    shapes = [shape_playbook(playbook) for playbook in playbooks().values()]
    return Page(shapes, shapes, None, None, False)


@get("/playbooks/{name:str}", responses=NOT_FOUND)
async def get_playbook(name: KindRef, caller: Calling) -> WholePlaybookShape:
    """One playbook: its definition and its mails."""
    playbook = find_playbook(name)
    defaults = await caller.transact(lambda tx: read_defaults(tx, caller.id))
    return shape_whole(playbook, house_of(defaults.settings))


@post("/playbooks/{name:str}", responses=NOT_FOUND | CONFLICT)
async def use_playbook(name: KindRef, caller: Calling, data: JSONBody[NewFromPlaybook | None] = None) -> MadeShape:
    """Make a playbook into templates and a draft: all of it, or nothing."""
    wanted, playbook = data or NewFromPlaybook(), find_playbook(name)
    title = read_name(wanted.name) if wanted.name is not None else playbook.about.title
    slug = wanted.slug if wanted.slug is not None else playbook.name

    async def act(tx: Tx) -> tuple[Made, Facts]:
        house = house_of((await read_defaults(tx, caller.id)).settings)
        facts = facts_of(playbook, wanted.facts, house)
        return await make(tx, caller.id, playbook, facts, slug=slug, name=title, now=caller.now()), facts

    made, facts = await caller.transact(act)
    return MadeShape(
        **msgspec.structs.asdict(await shape_sequence(caller, made.sequence)),
        templates=[template.slug for template in made.templates],
        facts=facts.values,
        warnings=warnings_of(playbook, facts),
    )


ROUTES = [list_playbooks, get_playbook, use_playbook]
