"""What is wrong with a template, and which variables it uses; both without rendering it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import chain, islice

from liquid import Environment
from liquid.exceptions import BlockNestingError, LiquidError
from liquid.span import Span
from liquid.static_analysis import Segments

from dripline.kernel.errors import Problem
from dripline.templates.liquid.environment import RAW, environment
from dripline.templates.liquid.known_names import why_unknown
from dripline.templates.liquid.merge_tags import fallback_in
from dripline.templates.liquid.segments import Kind, Segment, Unclosed, segments

MOST_SEGMENTS = 5_000
LONGEST_SEGMENT = 10_000
MOST_PROBLEMS = 20

_TOO_DEEP = "its Liquid is nested too deep"


@dataclass(frozen=True, slots=True)
class Checked:
    """Problems in the order of their places, and the variables used, as dotted paths in alphabetical order."""

    problems: tuple[Problem, ...]
    variables: tuple[str, ...] = ()


def check(source: str, path: str) -> Checked:
    """Read one part of a template; `path` names the field it came in."""
    # Sizes come first: the parser may take very long over what they refuse.
    if problem := _first_oversized(source, path):
        return Checked((problem,))
    try:
        analysis = _environment().from_string(source).analyze(include_partials=False)
    except LiquidError as error:
        return Checked((_parse_problem(source, path, error),))
    except RecursionError:
        return Checked((Problem(path, _TOO_DEEP),))
    problems = tuple(islice(_unknown_filters(source, path, analysis.filters), MOST_PROBLEMS))
    used = (segments for variables in analysis.globals.values() for segments in (v.segments for v in variables))
    return Checked(problems, tuple(sorted({_dotted(path) for path in used})))


def fallbacks(source: str, path: str) -> Iterator[Problem]:
    """What is shown for nothing in one part of a template, where it stands without quotes: it may be a typo."""
    try:
        found = segments(source)
    except Unclosed:
        # `check` tells about that.
        return
    for segment in found:
        inside = _inside(source, segment)
        fallback = fallback_in(inside, _environment().filters) if segment.kind == Kind.OUTPUT else None
        if fallback is not None and not fallback.is_quoted:
            start = source.index(inside, segment.start) + fallback.start
            yield problem_at(source, start, path=path, message=_told(fallback.text), found=excerpt(fallback.text))


def raw_values(source: str, path: str) -> Iterator[Problem]:
    """What is shown as markup in one part of a template: whoever writes the data writes the mail."""
    if RAW not in source:
        return
    try:
        analysis = _environment().from_string(source).analyze(include_partials=False)
    except (LiquidError, RecursionError):
        # `check` tells about that.
        return
    for span in sorted(analysis.filters.get(RAW, ()), key=lambda each: each.index):
        message = "a value is shown as the HTML that it holds: use it for data that you wrote yourself"
        yield problem_at(source, span.index, path=path, message=message, found=RAW)


def unknown_names(source: str, path: str) -> Iterator[Problem]:
    """Where one part of a template asks for what no mail knows."""
    try:
        analysis = _environment().from_string(source).analyze(include_partials=False)
    except (LiquidError, RecursionError):
        # `check` tells about that.
        return
    used = ((each.span.index, _dotted(each.segments)) for each in chain(*analysis.globals.values()))
    for start, name in sorted(used):
        if (message := why_unknown(name)) is not None:
            yield problem_at(source, start, path=path, message=message, found=name)


def problem_at(source: str, position: int, *, path: str, message: str, found: str | None = None) -> Problem:
    """A problem at a place in a text; line and column count from 1."""
    line = source.count("\n", 0, position) + 1
    column = position - (source.rfind("\n", 0, position) + 1) + 1
    return Problem(path, message, line, column, found=found)


def excerpt(text: str) -> str:
    """The beginning of what was found, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


@cache
def _environment() -> Environment:
    return environment(autoescape=False, is_authored=True)


def _first_oversized(source: str, path: str) -> Problem | None:
    try:
        found = segments(source)
    except Unclosed as error:
        start = source[error.position : error.position + 200]
        return problem_at(source, error.position, path=path, message=str(error), found=excerpt(start))
    if len(found) > MOST_SEGMENTS:
        message = f"has {len(found)} Liquid tags, at most {MOST_SEGMENTS} are allowed"
        return problem_at(source, found[MOST_SEGMENTS].start, path=path, message=message)
    return next((_too_long(source, path, segment) for segment in found if _length(segment) > LONGEST_SEGMENT), None)


def _inside(source: str, segment: Segment) -> str:
    """What stands between the braces of an output."""
    return source[segment.start + 2 : segment.end - 2].removeprefix("-").removesuffix("-")


def _told(text: str) -> str:
    nearest = _nearest(text, list(_environment().filters))
    return f"{excerpt(text)!r} is no filter: it is shown when there is no value{nearest}"


def _length(segment: Segment) -> int:
    # A comment is skipped, however long it is.
    return segment.end - segment.start if segment.kind != Kind.COMMENT else 0


def _too_long(source: str, path: str, segment: Segment) -> Problem:
    message = f"a Liquid tag of {_length(segment)} characters, at most {LONGEST_SEGMENT} are allowed"
    return problem_at(source, segment.start, path=path, message=message, found=excerpt(source[segment.start :][:200]))


def _parse_problem(source: str, path: str, error: LiquidError) -> Problem:
    if _is_about_depth(error):
        return Problem(path, _TOO_DEEP)
    # Not str(error): it draws the line, and fails itself at the end of the text.
    message = str(error.args[0]) if error.args else "cannot be read"
    if error.token is None or error.token.start_index < 0:
        return _unplaced_problem(source, path, message)
    found = excerpt(error.token.value) or None
    problem = problem_at(source, error.token.start_index, path=path, message=message, found=found)
    return _with_nearest_tag(problem, error.token.value) if message.startswith("unexpected tag") else problem


def _unplaced_problem(source: str, path: str, message: str) -> Problem:
    """What ended too early, and the library does not say where: the first tag that fails alone, or is left open."""
    open_tags: list[Segment] = []
    for segment in segments(source):
        if segment.kind == Kind.COMMENT:
            continue
        if not _parses_alone(source, segment):
            found = excerpt(source[segment.start : segment.end])
            return problem_at(source, segment.start, path=path, message=message, found=found)
        if segment.name in _environment().tags and _end_of(segment):
            open_tags.append(segment)
        elif segment.name.startswith("end") and open_tags:
            open_tags.pop()
    if not open_tags:
        return Problem(path, message)
    name = open_tags[-1].name
    return problem_at(source, open_tags[-1].start, path=path, message=f"{{% {name} %}} is never closed", found=name)


def _parses_alone(source: str, segment: Segment) -> bool:
    if segment.kind == Kind.TAG and segment.name not in _environment().tags:
        # Part of a block, such as `else`, or its end.
        return True
    try:
        _environment().from_string(source[segment.start : segment.end] + _end_of(segment))
    except LiquidError:
        return False
    return True


def _end_of(segment: Segment) -> str:
    tag = _environment().tags.get(segment.name)
    return f"{{% {tag.end} %}}" if tag is not None and tag.block and tag.end else ""


def _is_about_depth(error: LiquidError) -> bool:
    # The library wraps what it did not expect, and that is Python's own limit.
    return isinstance(error, BlockNestingError) or isinstance(error.__cause__, RecursionError)


def _with_nearest_tag(problem: Problem, name: str) -> Problem:
    if name.startswith("end") and name.removeprefix("end") in _environment().tags:
        message = f"{{% {name} %}} ends a {{% {name.removeprefix('end')} %}} that is not open here"
        return Problem(problem.path, message, problem.line, problem.column, name)
    known = [tag for tag in _environment().tags if tag.isalpha() and tag.islower()]
    nearest = _nearest(name, known)
    return Problem(
        problem.path, f"unknown tag {name!r}{nearest}", problem.line, problem.column, name, "a tag of standard Liquid"
    )


def _unknown_filters(source: str, path: str, used: Mapping[str, Sequence[Span]]) -> Iterator[Problem]:
    unknown = [
        (span.index, name) for name, spans in used.items() if name not in _environment().filters for span in spans
    ]
    for start, name in sorted(unknown):
        message = f"unknown filter {name!r}{_nearest(name, list(_environment().filters))}"
        yield problem_at(source, start, path=path, message=message, found=name)


def _nearest(name: str, known: list[str]) -> str:
    matches = get_close_matches(name, known, 1)
    return f", did you mean {matches[0]!r}?" if matches else ""


def _dotted(path: Segments) -> str:
    """`contact.properties.plan`; positions and computed names of a path are left out."""
    names = []
    for segment in path:
        if not isinstance(segment, str):
            break
        names.append(segment)
    return ".".join(names)
