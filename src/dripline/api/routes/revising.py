"""Other subjects and other wordings for a template, by a language model. The job that asks it has the answer."""

import msgspec
from litestar import post
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND, UNPROCESSABLE
from dripline.api.parameters import Calling, SlugRef
from dripline.api.routes.templates import find_template
from dripline.authoring.models.endpoint import Access
from dripline.authoring.revising.requesting import DEFAULT_SUBJECTS, ask_for_rewrite, ask_for_subjects
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.kernel.ids import JobId, show


class SubjectsWanted(msgspec.Struct, frozen=True):
    """How many subjects."""

    count: int = DEFAULT_SUBJECTS


class Rewriting(msgspec.Struct, frozen=True):
    """What shall be different. With `save` the answer becomes a version of the template, else it is a proposal."""

    instruction: str
    save: bool = False


class WritingShape(msgspec.Struct, frozen=True):
    """The job whose `result` is the answer."""

    job: str


@post("/templates/{ref:str}/subjects", status_code=202, responses=NOT_FOUND | UNPROCESSABLE)
async def suggest_subjects(ref: SlugRef, caller: Calling, data: JSONBody[SubjectsWanted | None] = None) -> WritingShape:
    """Suggest subjects for a template."""
    count = (data or SubjectsWanted()).count

    async def act(tx: Tx) -> JobId:
        template = await find_template(tx, caller.id, ref)
        return await ask_for_subjects(tx, caller.id, template, count, access=_access(caller))

    return _queued(caller, await caller.transact(act))


@post("/templates/{ref:str}/rewrite", status_code=202, responses=NOT_FOUND | UNPROCESSABLE)
async def rewrite_template(ref: SlugRef, data: JSONBody[Rewriting], caller: Calling) -> WritingShape:
    """Word a template differently. Saves nothing unless asked to."""

    async def act(tx: Tx) -> JobId:
        template = await find_template(tx, caller.id, ref)
        return await ask_for_rewrite(tx, caller.id, template, data.instruction, save=data.save, access=_access(caller))

    return _queued(caller, await caller.transact(act))


def _queued(caller: Calling, job: JobId) -> WritingShape:
    caller.wake_workers(Hint.JOB)
    return WritingShape(show("job", job))


def _access(caller: Calling) -> Access:
    return Access(caller.services.sealer, caller.services.environment)


ROUTES = [suggest_subjects, rewrite_template]
