"""Asking for blocks to be put in order: a job asks the model, and its result is the answer."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from dripline.authoring.models.endpoint import Access, endpoint_of
from dripline.database.work import Tx
from dripline.durable.jobs import add_job
from dripline.kernel.clock import real_now
from dripline.kernel.ids import JobId, WorkspaceId
from dripline.kernel.values import Json
from dripline.templates.blocks.from_html.converting import Converted
from dripline.templates.blocks.model import write
from dripline.templates.model import Template

BLOCKS_JOB = "write_blocks"
TEMPLATES_JOB = "write_templates"


class Cleaning(StrEnum):
    """Who puts blocks in order that were made of HTML."""

    AI = "ai"


async def ask_for_blocks(tx: Tx, workspace: WorkspaceId, converted: Converted, *, access: Access) -> JobId:
    """The job that puts the blocks of one mail in order.

    Raises:
        Unprocessable: no language model is connected.
    """
    await endpoint_of(tx, workspace, access, path="clean")
    arguments: Mapping[str, Json] = {
        "blocks": list(write(converted.blocks)),
        "warnings": list(converted.warnings),
        "subject": converted.subject,
        "previewText": converted.preview_text,
    }
    return await add_job(tx, workspace, BLOCKS_JOB, arguments, now=real_now(), total=1)


async def ask_for_templates(tx: Tx, workspace: WorkspaceId, templates: Sequence[Template], *, access: Access) -> JobId:
    """The job that puts the blocks of templates in order, each as a new version.

    Raises:
        Unprocessable: no language model is connected.
    """
    await endpoint_of(tx, workspace, access, path="clean")
    mails: list[Json] = [{"template": str(template.id), "version": template.version} for template in templates]
    return await add_job(tx, workspace, TEMPLATES_JOB, {"mails": mails}, now=real_now(), total=len(mails))
