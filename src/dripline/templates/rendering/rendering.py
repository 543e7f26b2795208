"""Rendering one mail, here and now. What may call this is the child, and nothing that must go on."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from dripline.kernel.values import Json
from dripline.templates.liquid.environment import environment, render
from dripline.templates.rendering.frames import Rendered, RenderFailure, Source, failure
from dripline.templates.scope import scope

# Characters of source that parsed templates are kept of; a parsed one takes up to 100 bytes a character.
MOST_KEPT = 600_000

_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class _Parsed:
    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate
    workspace: Mapping[str, Json]


class Templates:
    """Renders sources, and keeps those last used parsed."""

    def __init__(self, output_bytes: int) -> None:
        self._html = environment(autoescape=True, output_bytes=output_bytes)
        self._plain = environment(autoescape=False, output_bytes=output_bytes)
        self._kept: OrderedDict[Source, _Parsed] = OrderedDict()
        self._size = 0

    def render(self, source: Source, data: Mapping[str, Json]) -> Rendered | RenderFailure:
        """One mail, or why there is none. `data` are the other arguments of `scope`.

        Raises:
            MemoryError: there was not enough; nothing here should be used again.
        """
        try:
            return _render(self._parsed(source), data)
        except MemoryError:
            raise
        except LiquidError as error:
            # Of parsing: what is rendered says in which part it is.
            return failure(_describe(error))
        except _Failed as error:
            return failure(str(error))

    def _parsed(self, source: Source) -> _Parsed:
        parsed = self._kept.get(source)
        if parsed is not None:
            self._kept.move_to_end(source)
            return parsed
        parsed = _Parsed(
            self._plain.from_string(source.subject),
            self._html.from_string(source.html),
            self._plain.from_string(source.text),
            msgspec.json.decode(source.workspace),
        )
        self._keep(source, parsed)
        return parsed

    def _keep(self, source: Source, parsed: _Parsed) -> None:
        self._kept[source] = parsed
        self._size += _size(source)
        while self._size > MOST_KEPT and len(self._kept) > 1:
            dropped, _ = self._kept.popitem(last=False)
            self._size -= _size(dropped)


class _Failed(Exception):
    """A part of a mail cannot be rendered. Says which, where, and why."""


def _render(parsed: _Parsed, data: Mapping[str, Json]) -> Rendered:
    names = scope(**cast("dict[str, Any]", data), workspace=parsed.workspace)
    return Rendered(
        subject=_LINE_BREAKS.sub(" ", _part("subject", parsed.subject, names)).strip(),
        html=_part("html", parsed.html, names),
        text=_part("text", parsed.text, names),
    )


def _part(path: str, template: BoundTemplate, names: Mapping[str, object]) -> str:
    try:
        return render(template, names)
    except MemoryError:
        raise
    except LiquidError as error:
        raise _Failed(_describe(error, path)) from None
    except Exception as error:
        # Whatever a filter stumbles over is the fault of this template with this data, not of the next one.
        raise _Failed(f"{path}: {type(error).__name__}: {error}") from None


def _size(source: Source) -> int:
    return len(source.subject) + len(source.html) + len(source.text) + len(source.workspace)


def _describe(error: LiquidError, path: str = "") -> str:
    message = str(error.args[0]) if error.args else type(error).__name__
    said = f"{path}: {message}" if path else message
    if error.token is None or error.token.start_index < 0:
        return said
    source, start = error.token.source, error.token.start_index
    line, column = source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)
    return f"line {line}, column {column}, {said}"
