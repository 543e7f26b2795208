"""What a mail is rendered from: a version of a template, with what its workspace says in all of its mails."""

import msgspec

from dripline.templates.defaults import NO_DEFAULTS, KeptDefaults, workspace_variables
from dripline.templates.footer import with_footer
from dripline.templates.model import Template
from dripline.templates.rendering.frames import Source


def source_of(template: Template, defaults: KeptDefaults = NO_DEFAULTS, *, footer: bool = True) -> Source:
    """What a version of a template is rendered from. It changes with the template and the defaults, and nothing else.

    `footer`: each part of it that says no link to opt out, or no postal address where there is one, gets them.
    """
    is_derived = template.source_text is None
    parts = template.html, template.text
    return source_of_parts(
        template.key, template.subject, *parts, defaults=defaults, footer=footer, is_derived=is_derived
    )


def source_of_parts(
    key: str,
    subject: str,
    html: str,
    text: str,
    *,
    defaults: KeptDefaults = NO_DEFAULTS,
    footer: bool = True,
    is_derived: bool = True,
) -> Source:
    """The same for three parts, each Liquid; `is_derived`: the text was made of the HTML."""
    if footer:
        html, text = with_footer(html, text, defaults.settings, is_derived=is_derived)
    workspace = msgspec.json.encode(workspace_variables(defaults.settings)).decode()
    return Source(f"{key}/{defaults.version}", subject, html, text, workspace)
