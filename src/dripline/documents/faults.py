"""Collecting faults: all of them, each with its place, what was found and what was expected."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from dripline.documents.nodes import Fields, Items, Mark, Node, Scalar
from dripline.kernel.errors import Invalid, Problem

_MOST = 100
_SHOWN = 60


class Faults:
    """The faults found so far. Readers note one and go on with a stand-in, so that one reading finds all."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def note(
        self,
        path: str,
        message: str,
        mark: Mark | None = None,
        *,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        line, column = (mark.line, mark.column) if mark is not None else (None, None)
        if len(self._problems) < _MOST:
            self._problems.append(Problem(path, message, line, column, found, expected, hint))

    def wrong(self, node: Node, path: str, *, expected: str, hint: str | None = None) -> None:
        """Note that a value is not what it should be."""
        found = show(node)
        self.note(path, f"expected {expected}, found {found}.", node.mark, found=found, expected=expected, hint=hint)

    def raise_any(self) -> None:
        """Raise them, the first in the text first.

        Raises:
            Invalid: there is at least one.
        """
        if self._problems:
            raise Invalid.of(sorted(self._problems, key=lambda problem: (problem.line or 0, problem.column or 0)))


def show(node: Node) -> str:
    """What was found, for people."""
    match node:
        case Items():
            return "a list"
        case Fields():
            return "a mapping"
        case Scalar(None):
            return "nothing"
        case Scalar(bool() as value):
            return "true" if value else "false"
        case Scalar(str() as value):
            return quote(value)
        case Scalar(value):
            return f"the number {value}"


def quote(text: str) -> str:
    """The text in quotes, cut when it is long."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"'{short}'" if short.isprintable() else repr(short)


def show_key(key: str) -> str:
    """The key as part of a path, with what cannot be shown escaped."""
    return key if key.isprintable() else ascii(key)[1:-1]


def did_you_mean(word: str, valid: Iterable[str]) -> str | None:
    """A hint with the nearest valid word, or None when none is near."""
    by_lower = {name.lower(): name for name in valid}
    close = get_close_matches(word.lower()[:_SHOWN], by_lower, n=1, cutoff=0.6)
    return f"Did you mean {quote(by_lower[close[0]])}?" if close else None


def one_of(words: Sequence[str]) -> str:
    """The words as a choice: `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
