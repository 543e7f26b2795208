"""Making a playbook into templates and a draft: all of it, or nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dripline.authoring.playbooks.facts import Facts, filled_in
from dripline.authoring.playbooks.model import Playbook
from dripline.database.work import Tx
from dripline.documents.editing import Change, edit
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.slugs import SLUG
from dripline.sequences import lifecycle
from dripline.sequences.editing.drafts import open_draft
from dripline.sequences.language.model import Email
from dripline.sequences.model import Sequence as Drip
from dripline.templates.model import Template
from dripline.templates.saving import save_template
from dripline.templates.store import slugs

_LONGEST_SLUG = 100


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: a draft, and the templates that it mails in their order."""

    sequence: Drip
    templates: tuple[Template, ...]


async def make(
    tx: Tx, workspace: WorkspaceId, playbook: Playbook, facts: Facts, *, slug: str, name: str, now: datetime
) -> Made:
    """Make a playbook under a slug; its templates are called by it, too.

    Raises:
        Invalid: the slug is none, or too long to name templates by.
        Conflict: the slug of the sequence, or of a template, is taken. Nothing of this may be committed.
    """
    if not SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
        expected = f"1 to {_LONGEST_SLUG} letters, digits, dots, dashes, underscores"
        raise Invalid.at("slug", "is no slug", found=slug[:140], expected=expected)
    definition = await asyncio.to_thread(definition_of, playbook, slug)
    sequence = await lifecycle.create(tx, workspace, name=name, slug=slug, definition=definition, now=now)
    wanted = {template_slug(slug, key): filled_in(mail, facts) for key, mail in playbook.about.mails.items()}
    if taken := sorted(await slugs(tx, workspace, wanted)):
        raise Conflict(f"There is a template already by the slug: {', '.join(taken)}. Give another slug.")
    saved = [await save_template(tx, workspace, template, draft, now) for template, draft in wanted.items()]
    if not all(is_new for _, is_new in saved):
        raise Conflict("A template of the same slug was made at the same time. Give another slug.")
    return Made(sequence, tuple(template for template, _ in saved))


def definition_of(playbook: Playbook, slug: str) -> str:
    """The definition, comments and all, with templates that are called by `slug`."""
    renamed = {template_slug(playbook.name, key): template_slug(slug, key) for key in playbook.about.mails}
    draft = open_draft(playbook.definition)
    changes = [
        Change(written.path, {"template": renamed[written.step.template]})
        for written in draft.steps.values()
        if isinstance(written.step, Email) and written.step.template in renamed
    ]
    return edit(playbook.definition, changes) if slug != playbook.name else playbook.definition


def template_slug(slug: str, mail: str) -> str:
    """What the template of a mail is called."""
    return f"{slug}-{mail}"


def warnings_of(playbook: Playbook, facts: Facts) -> tuple[str, ...]:
    """What is left for the author to fill in."""
    if not facts.made_up:
        return ()
    means: Mapping[str, str] = playbook.about.facts
    links = ", ".join(f"{name} ({means[name]})" if name in means else name for name in facts.made_up)
    return (f"Nobody said what these are, and the mails hold examples: {links}. Change them before you activate it.",)
