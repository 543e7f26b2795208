"""What the templates of a sequence use and its runs do not have."""

from collections.abc import Mapping
from uuid import UUID

from dripline.database.work import Tx
from dripline.kernel.errors import Problem
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.sequences.compiler.inlining import templates_mailed
from dripline.sequences.compiler.supplying import not_supplied
from dripline.sequences.language.model import Definition
from dripline.templates.store import newest_versions


async def supply_warnings(
    tx: Tx, workspace: WorkspaceId, definition: Definition, templates: Mapping[str, UUID]
) -> tuple[Problem, ...]:
    """A warning for each name in the mails of a definition that is never there; `templates` are their ids by name."""
    mailed = {name: TemplateId(templates[name]) for name in templates_mailed(definition) if name in templates}
    found = await newest_versions(tx, workspace, mailed.values())
    variables = {name: found[template].variables for name, template in mailed.items() if template in found}
    return tuple(not_supplied(definition, variables))
