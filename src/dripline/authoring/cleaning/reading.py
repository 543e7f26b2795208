"""Reading the blocks that a model answered with: never trusted, and refused with every fault by its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dripline.authoring.cleaning.forms import WORDS, Shown
from dripline.authoring.cleaning.judging import Seen, differences, seen_of
from dripline.authoring.writing.keeping import KEPT
from dripline.authoring.writing.reading import decoded
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.templates.blocks.model import Blocks
from dripline.templates.blocks.reading import DEEPEST, read_blocks

# A block in a column lies three values deeper than the columns.
_DEEPEST = 4 * DEEPEST


class _Answer(msgspec.Struct, frozen=True):
    blocks: list[Any]


def read_answer(answer: str, known: Sequence[Shown], before: Seen) -> Blocks:
    """The blocks of an answer; `known` are those that it may name by their number, `before` is what it must show.

    Raises:
        Invalid: they are none, or show something else; names everything.
    """
    putting = _Putting(known)
    whole = [putting.whole(block, f"blocks[{place}]", 0) for place, block in enumerate(decoded(answer, _Answer).blocks)]
    read = read_blocks(whole)
    if problems := [*putting.problems, *read.problems]:
        raise Invalid.of(problems)
    if problems := differences(before, seen_of(read.blocks)):
        raise Invalid.of(problems)
    return read.blocks


class _Putting:
    """Puts blocks in the place of their numbers, and leaves out what is null."""

    def __init__(self, known: Sequence[Shown]) -> None:
        self._known = known
        self.problems: list[Problem] = []

    def whole(self, value: Json, path: str, depth: int) -> Json:
        if depth > _DEEPEST:
            self.problems.append(Problem(path, "is nested too deep", expected=f"at most {DEEPEST} levels of blocks"))
            return None
        if isinstance(value, Mapping):
            return self._mapping(value, path, depth)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self.whole(each, f"{path}[{place}]", depth + 1) for place, each in enumerate(value)]
        return value

    def _mapping(self, value: Mapping[str, Json], path: str, depth: int) -> Json:
        word = value.get("type")
        if word == KEPT:
            return self._kept(value.get("number"), path)
        if word is not None and word not in WORDS:
            expected = ", ".join([KEPT, *sorted(WORDS)])
            self.problems.append(
                Problem(f"{path}.type", "may not be written here", found=str(word)[:50], expected=expected)
            )
        return dict(self._fields(value, path, depth))

    def _fields(self, value: Mapping[str, Json], path: str, depth: int) -> Iterator[tuple[str, Json]]:
        for key, inner in value.items():
            if inner is not None:
                yield key, self.whole(inner, f"{path}.{key}", depth + 1)

    def _kept(self, number: Json, path: str) -> Json:
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= len(self._known):
            return dict(self._known[number - 1])
        problem = Problem(f"{path}.number", "is no block", found=str(number)[:50], expected=f"1 to {len(self._known)}")
        self.problems.append(problem)
        return None
