"""Puts partials into the text that names them, once, when it is saved."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from dripline.kernel.errors import Invalid, Problem
from dripline.templates.liquid.checking import excerpt, problem_at
from dripline.templates.liquid.partials import PREFIX
from dripline.templates.liquid.segments import Kind, Segment, Unclosed, segments

LARGEST = 256_000
"""Characters of a text with its partials."""

_TAGS = ("render", "include")
_TAG = re.compile(r"\{%(-?)\s*(\w+)\s*(.*?)\s*(-?)%\}", re.DOTALL)
_NAME = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_IN_LINES = re.compile(rf"^\s*(?:liquid\s+)?({'|'.join(_TAGS)}|{PREFIX}\w+)\b", re.MULTILINE)


class Partials:
    """The partials of a workspace, as far as they are needed, by slug. `used` are those that stood in a text.

    `known` are slugs that may have been meant where one is not there.
    """

    def __init__(self, sources: Mapping[str, str], known: Iterable[str] = ()) -> None:
        self._sources = sources
        self._known = {*sources, *known}
        self._texts: dict[str, str] = {}
        self.used: set[str] = set()

    def expand(self, source: str, path: str, inside: tuple[str, ...] = ()) -> str:
        """A text, whose Liquid is in order, with the partials in it; `path` names the field that it came in.

        `inside` are the partials that it stands in, the outermost first.

        Raises:
            Invalid: a partial is not there, stands in itself, or makes the text too large. Names line and column.
        """
        parts: list[str] = []
        position = size = 0
        for segment in _tags(source):
            tag = _TAG.fullmatch(source, segment.start, segment.end)
            if problem := _misused(source, path, segment, tag):
                raise Invalid.of([problem])
            if tag is None or tag[2] not in _TAGS:
                continue
            parts += [source[position : segment.start], self._inlined(source, path, segment, tag, inside)]
            position = segment.end
            if (size := size + len(parts[-1]) + len(parts[-2])) > LARGEST:
                message = f"is too large with its partials, at most {LARGEST} characters are allowed"
                raise Invalid.of([problem_at(source, segment.start, path=path, message=message)])
        return "".join([*parts, source[position:]])

    def _inlined(self, source: str, path: str, segment: Segment, tag: re.Match[str], inside: tuple[str, ...]) -> str:
        slug = _slug(tag)
        if slug not in self._sources:
            message = f"there is no partial {slug!r}{self._nearest(slug)}"
            raise Invalid.of([problem_at(source, segment.start, path=path, message=message, found=excerpt(tag[0]))])
        if slug in inside:
            message = f"the partial {slug!r} would stand in itself: {' in '.join([slug, *reversed(inside)])}"
            raise Invalid.of([problem_at(source, segment.start, path=path, message=message, found=excerpt(tag[0]))])
        self.used.add(slug)
        if slug not in self._texts:
            text = self.expand(self._sources[slug], f"partials.{slug}", (*inside, slug))
            self._texts[slug] = text
        name = f"{PREFIX}{tag[2]}"
        return f"{{%{tag[1]} {name} {tag[3]} %}}{self._texts[slug]}{{% end{name} {tag[4]}%}}"

    def _nearest(self, slug: str) -> str:
        matches = get_close_matches(slug, sorted(self._known), 1)
        return f", did you mean {matches[0]!r}?" if matches else ""


def partials_in(source: str) -> frozenset[str]:
    """The slugs of the partials that a text names itself."""
    found = (_TAG.fullmatch(source, segment.start, segment.end) for segment in _tags(source))
    return frozenset(_slug(tag) for tag in found if tag is not None and tag[2] in _TAGS)


def _tags(source: str) -> Iterator[Segment]:
    if not any(word in source for word in (*_TAGS, PREFIX)):
        return
    try:
        found = segments(source)
    except Unclosed:
        # `check` tells about that.
        return
    yield from (segment for segment in found if segment.kind == Kind.TAG)


def _slug(tag: re.Match[str]) -> str:
    named = _NAME.match(tag[3])
    return (named[1] or named[2] or "") if named else ""


def _misused(source: str, path: str, segment: Segment, tag: re.Match[str] | None) -> Problem | None:
    """A tag that names a partial in a way in which it cannot be found."""
    if tag is None:
        return None
    found = excerpt(tag[0])
    if tag[2].removeprefix("end").startswith(PREFIX):
        return problem_at(source, segment.start, path=path, message=f"unknown tag {tag[2]!r}", found=found)
    if tag[2] == "liquid" and _IN_LINES.search(tag[3]):
        message = "a partial has a tag of its own: {% render 'name' %}, outside of {% liquid %}"
        return problem_at(source, segment.start, path=path, message=message, found=found)
    if tag[2] in _TAGS and not _NAME.match(tag[3]):
        message = f"the name of the partial must stand in quotes: {{% {tag[2]} 'name' %}}"
        return problem_at(source, segment.start, path=path, message=message, found=found)
    return None
