"""What is found while a request is read: faults, each at its place in the request, and things to warn of."""

import re
from collections.abc import Iterable

from dripline.documents.faults import Faults, one_of, quote
from dripline.kernel.errors import Invalid, NotImplementedHere, Problem
from dripline.kernel.values import Json

Document = dict[str, Json]
"""A part of our definition, as JSON."""


class Notes:
    """Collects them. It also remembers which place of the request became which place of our definition.

    `converted` are the mails that were HTML, by their blocks.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.warnings: list[str] = []
        self.converted: list[list[Document]] = []
        self._origins: dict[str, tuple[str, bool]] = {}

    def fault(self, path: str, message: str, *, expected: str | None = None, found: Json = None) -> None:
        shown = quote(found) if isinstance(found, str) else None
        self.faults.note(path, message, found=shown, expected=expected)

    def missing(self, path: str, *, expected: str) -> None:
        self.fault(path, "is missing.", expected=expected)

    def unknown_word(self, path: str, word: Json, words: Iterable[str]) -> None:
        expected = one_of(list(words))
        self.fault(path, f"expected {expected}.", expected=expected, found=word)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def take(self, invalid: Invalid) -> None:
        """Note the faults of an error."""
        for each in invalid.problems:
            self.faults.note(each.path, each.message, found=each.found, expected=each.expected, hint=each.hint)

    def came_from(self, ours: str, theirs: str, *, alike: bool = False) -> None:
        """Note that what stands at `ours` in the definition was written at `theirs`; `alike`: with the same fields."""
        self._origins[ours] = theirs, alike

    def moved(self, invalid: Invalid) -> Invalid:
        """Faults of our definition, at the places of the request that they come from."""
        return Invalid.of([self._moved(each) for each in invalid.problems])

    def _moved(self, problem: Problem) -> Problem:
        ours = max((each for each in self._origins if _is_in(problem.path, each)), key=len, default=None)
        return Problem(
            self._path(problem.path, ours),
            problem.message,
            found=problem.found,
            expected=problem.expected,
            hint=problem.hint,
        )

    def _path(self, path: str, ours: str | None) -> str:
        if ours is None:
            return path
        theirs, alike = self._origins[ours]
        return theirs + path.removeprefix(ours) if alike else theirs


def not_here(what: str) -> NotImplementedHere:
    """The refusal of something that the published API has and this installation does not."""
    return NotImplementedHere(f"This installation does not have {what}.")


def _is_in(path: str, place: str) -> bool:
    return re.match(rf"{re.escape(place)}(?![\w])", path) is not None
