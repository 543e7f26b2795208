"""From MJML to HTML, with the Liquid of both hidden from the compiler."""

import re
from bisect import bisect_right
from collections.abc import Callable

from mjml import mjml2html

from dripline.kernel.errors import Problem
from dripline.templates.liquid.checking import excerpt, problem_at
from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind, Segment
from dripline.templates.mjml.elements import FILLER, Faulty, Piece, pieces

# Elements that take text and nothing else, not even a comment.
_TEXT_ONLY = frozenset(("mj-title", "mj-preview", "mj-accordion-title"))

# Tags that print nothing and enclose nothing: wherever they stand before the body, they may as well stand first.
_MOVABLE = frozenset(("assign", "increment", "decrement", "#"))

_POSITION = re.compile(r" in root template at position (\d+):\d+$")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NO_POSITION = re.compile(r" in root template$")


class NotCompiled(ValueError):
    """The text is no MJML, or has Liquid where it cannot be kept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def compile_mjml(source: str) -> str:
    """The HTML of an MJML text whose Liquid is known to be correct.

    Raises:
        NotCompiled: with line and column, where they are known.
    """
    masked = mask(source)
    try:
        places = list(pieces(_filled(masked)))
    except Faulty as error:
        raise NotCompiled(_problem(source, error.position, str(error))) from None
    if not any(piece.name == "mj-body" for piece in places):
        raise NotCompiled(Problem("mjml", "has no <mj-body>, so it would be an empty mail"))
    _refuse_between_attributes(masked, places)
    stand_in = _stand_ins(masked, places)
    html = _compile(masked, stand_in)
    return _leading(masked, html) + masked.put_back(html)


def _filled(masked: Mask) -> str:
    return masked.hide(lambda number: FILLER * len(masked.original(number)))


def _refuse_between_attributes(masked: Mask, places: list[Piece]) -> None:
    for segment, piece in _placed(masked, places):
        if piece is None or piece.name in ("", "!--"):
            continue
        if not any(start < segment.start and segment.end < end for start, end in piece.values):
            raise _not_compiled(
                masked, segment, "Liquid may stand in text and in attribute values, not in the rest of a tag"
            )


def _placed(masked: Mask, places: list[Piece]) -> list[tuple[Segment, Piece | None]]:
    """Each piece of Liquid with the tag or comment that it stands within; None is plain text."""
    starts = [piece.start for piece in places]
    found = []
    for segment in masked.segments:
        before = places[index] if (index := bisect_right(starts, segment.start) - 1) >= 0 else None
        found.append((segment, before if before and segment.start < before.end else None))
    return found


def _stand_ins(masked: Mask, places: list[Piece]) -> Callable[[int], str]:
    placed = _placed(masked, places)
    starts = [piece.start for piece in places]

    def stand_in(number: int) -> str:
        segment, piece = placed[number]
        word = masked.word(number)
        if segment.kind == Kind.OUTPUT or piece is not None:
            return word
        following = bisect_right(starts, segment.start)
        inside = places[following].inside if following < len(places) else ()
        return word if inside and inside[-1] in _TEXT_ONLY else f"<!--{word}-->"

    return stand_in


def _compile(masked: Mask, stand_in: Callable[[int], str]) -> str:
    # The compiler sees nothing but ASCII: it counts bytes, and panics at a letter of several before a bare '>'.
    hidden = _NOT_ASCII.sub(lambda match: f"{masked.prefix}u{ord(match[0])}z", masked.hide(stand_in))
    try:
        return _letters_back(masked, mjml2html(hidden))
    except ValueError as error:
        raise NotCompiled(_compiler_problem(masked, stand_in, hidden, str(error))) from None
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        # A panic of the compiler, which is no Exception to Python: it is over for this text, not for the process.
        raise NotCompiled(Problem("mjml", "the compiler cannot read this text")) from None


def _letters_back(masked: Mask, text: str) -> str:
    return re.sub(rf"{masked.prefix}u(\d+)z", lambda match: chr(int(match[1])), text)


def _compiler_problem(masked: Mask, stand_in: Callable[[int], str], hidden: str, message: str) -> Problem:
    match = _POSITION.search(message)
    if match is None:
        return Problem("mjml", _NO_POSITION.sub("", message))
    hidden_at = len(_letters_back(masked, hidden[: int(match[1])]))
    return _problem(masked.source, masked.place(hidden_at, stand_in), _POSITION.sub("", message))


def _leading(masked: Mask, html: str) -> str:
    """Liquid that the compiler dropped, because it stands in the head or outside: what must come first."""
    kept = set(masked.numbers(html))
    leading = []
    for number, segment in enumerate(masked.segments):
        if number in kept or segment.kind != Kind.TAG:
            continue
        if segment.name not in _MOVABLE:
            raise _not_compiled(masked, segment, f"the Liquid tag {segment.name!r} cannot stand here")
        leading.append(masked.original(number))
    return "".join(leading)


def _not_compiled(masked: Mask, segment: Segment, message: str) -> NotCompiled:
    return NotCompiled(_problem(masked.source, segment.start, message))


def _problem(source: str, position: int, message: str) -> Problem:
    found = excerpt(source[position : position + 200])
    return problem_at(source, position, path="mjml", message=message, found=found)
