"""Asking for subjects, or for another wording: a job asks the model, and its result is the answer."""

from collections.abc import Mapping

from dripline.authoring.models.endpoint import Access, endpoint_of
from dripline.database.work import Tx
from dripline.durable.jobs import add_job
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import JobId, WorkspaceId
from dripline.kernel.values import Json, check_text
from dripline.templates.model import Template

SUBJECTS_JOB = "write_subjects"
REWRITE_JOB = "write_mail"

DEFAULT_SUBJECTS = 5
MOST_SUBJECTS = 20
LONGEST_INSTRUCTION = 5_000


async def ask_for_subjects(tx: Tx, workspace: WorkspaceId, template: Template, count: int, *, access: Access) -> JobId:
    """The job that suggests so many subjects for a template.

    Raises:
        Invalid: that is no number of subjects.
        Unprocessable: no language model is connected.
    """
    if not 1 <= count <= MOST_SUBJECTS:
        raise Invalid.at("count", "is no number of subjects", found=str(count), expected=f"1 to {MOST_SUBJECTS}")
    await endpoint_of(tx, workspace, access)
    return await _add(tx, workspace, SUBJECTS_JOB, template, {"count": count})


async def ask_for_rewrite(
    tx: Tx, workspace: WorkspaceId, template: Template, instruction: str, *, save: bool, access: Access
) -> JobId:
    """The job that words a template differently, and with `save` makes that a version of it.

    Raises:
        Invalid: the instruction says nothing, or too much.
        Unprocessable: no language model is connected.
    """
    check_text(instruction, "instruction", longest=LONGEST_INSTRUCTION)
    if not instruction.strip():
        raise Invalid.at("instruction", "is empty", expected="what shall be different")
    await endpoint_of(tx, workspace, access)
    return await _add(tx, workspace, REWRITE_JOB, template, {"instruction": instruction.strip(), "save": save})


async def _add(tx: Tx, workspace: WorkspaceId, kind: str, template: Template, arguments: Mapping[str, Json]) -> JobId:
    about: Mapping[str, Json] = {"template": str(template.id), "version": template.version, **arguments}
    return await add_job(tx, workspace, kind, about, now=real_now(), total=1)
