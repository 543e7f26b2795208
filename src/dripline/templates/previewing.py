"""What one contact would get, and what would be missing in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from dripline.kernel.errors import Unprocessable
from dripline.kernel.values import Json
from dripline.templates.doubting import too_long
from dripline.templates.model import Template
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source
from dripline.templates.scope import scope

# What Liquid finds in a list or a text without a name.
_OF_ANYTHING = frozenset(("first", "last", "size"))


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered template, with a sentence for each variable that has no value here, and one when it is too long."""

    subject: str
    html: str
    text: str
    warnings: tuple[str, ...]


def source_of(template: Template) -> Source:
    """What a version of a template is rendered from."""
    return Source(template.key, template.subject, template.html, template.text)


async def preview(renderer: Renderer, template: Template, data: Mapping[str, Json]) -> Preview:
    """Render a template for one contact. `data` are the arguments of `templates.scope.scope`, by name.

    Raises:
        Unprocessable: it cannot be rendered with this data. Says why.
        Unavailable: rendering is out of order.
    """
    [answer] = await renderer.render([RenderJob(source_of(template), data)])
    if not isinstance(answer, Rendered):
        raise Unprocessable(f"The template {template.slug!r} cannot be rendered for this contact: {answer.detail}.")
    return Preview(answer.subject, answer.html, answer.text, (*_warnings(template, data), *too_long(answer.html)))


def _warnings(template: Template, data: Mapping[str, Json]) -> Iterator[str]:
    names = scope(**cast("dict[str, Any]", data))
    for variable in template.variables:
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
