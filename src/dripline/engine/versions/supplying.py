"""What the templates of a sequence use and its runs do not have."""

from collections.abc import Mapping
from uuid import UUID

from dripline.accounts.model import Mode, Workspace
from dripline.database.work import Tx
from dripline.kernel.errors import Problem
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.sequences.compiler.inlining import templates_mailed
from dripline.sequences.compiler.supplying import not_supplied
from dripline.sequences.language.model import Definition
from dripline.templates.defaults import read_defaults
from dripline.templates.store import newest_versions


async def supply_warnings(
    tx: Tx, workspace: WorkspaceId, definition: Definition, templates: Mapping[str, UUID]
) -> tuple[Problem, ...]:
    """A warning for each name in the mails of a definition that is never there; `templates` are their ids by name."""
    mailed = {name: TemplateId(templates[name]) for name in templates_mailed(definition) if name in templates}
    found = await newest_versions(tx, workspace, mailed.values())
    variables = {name: found[template].variables for name, template in mailed.items() if template in found}
    return tuple(not_supplied(definition, variables))


async def address_warnings(tx: Tx, workspace: Workspace, definition: Definition) -> tuple[Problem, ...]:
    """A warning where live mail would go out without the postal address that the law asks of mail that advertises."""
    if workspace.mode is not Mode.LIVE or not any(templates_mailed(definition)):
        return ()
    if (await read_defaults(tx, workspace.id)).settings.postal_address:
        return ()
    message = "the mail defaults have no postalAddress: mail that advertises must say where its sender can be reached"
    return (Problem("steps", message, hint="PUT /api/mail-defaults."),)
