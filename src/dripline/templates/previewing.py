"""What one contact would get, and what would be missing in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from dripline.kernel.errors import Unprocessable
from dripline.kernel.values import Json
from dripline.templates.defaults import NO_DEFAULTS, KeptDefaults, workspace_variables
from dripline.templates.doubting import too_long
from dripline.templates.images import without_alt
from dripline.templates.model import SourceKind, Template
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source
from dripline.templates.scope import scope
from dripline.templates.sources import source_of

WIDTHS: Mapping[str, int] = {"desktop": 700, "mobile": 375}
"""In which widths to look at a mail, in pixels: a window of a mail program, and a phone."""

# What Liquid finds in a list or a text without a name.
_OF_ANYTHING = frozenset(("first", "last", "size"))


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered template; `warnings` has a sentence for each thing that its author may want to look at."""

    subject: str
    preview_text: str
    html: str
    text: str
    warnings: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of the HTML."""
        return len(self.html.encode())


async def preview(
    renderer: Renderer,
    template: Template,
    data: Mapping[str, Json],
    *,
    defaults: KeptDefaults = NO_DEFAULTS,
    samples: Iterable[str] = (),
) -> Preview:
    """Render a template for one contact, as it would be sent to them.

    `data` are the arguments of `templates.scope.scope` for a mail, by name; `samples` are the beginnings of names whose
    values were made up.

    Raises:
        Unprocessable: it cannot be rendered with this data. Says why.
        Unavailable: rendering is out of order.
    """
    source = source_of(template, defaults)
    line = Source(f"{source.key}/preview", template.preview_text or "", "", "", source.workspace)
    answer, beside = await renderer.render([RenderJob(source, data), RenderJob(line, data)])
    if not isinstance(answer, Rendered):
        raise Unprocessable(f"The template {template.slug!r} cannot be rendered for this contact: {answer.detail}.")
    warnings = (
        *_warnings(template, {**data, "workspace": workspace_variables(defaults.settings)}, tuple(samples)),
        *without_alt(answer.html),
        *too_long(answer.html),
    )
    shown = beside.subject if isinstance(beside, Rendered) else ""
    return Preview(answer.subject, shown, answer.html, answer.text, warnings)


def _warnings(template: Template, data: Mapping[str, Json], samples: tuple[str, ...]) -> Iterator[str]:
    names = scope(**cast("dict[str, Any]", data))
    for variable in template.variables:
        # Blocks ask for the defaults of the workspace, and leave out what it does not say.
        if template.source_kind is SourceKind.BLOCKS and variable.startswith("workspace."):
            continue
        if variable.startswith(samples):
            yield f"{variable} is a sample."
            continue
        match _value_of(names, variable.split(".")):
            case None:
                yield f"{variable} has no value."
            case "":
                yield f"{variable} is empty."


def _value_of(value: object, path: list[str]) -> object:
    for name in path:
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif value is None or name not in _OF_ANYTHING:
            return None
    return value
