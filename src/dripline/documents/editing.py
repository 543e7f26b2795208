"""Changing a text and nothing else in it: order, spelling and comments of all that is not changed stay.

An edit names places by their paths in the text as it is given. It is made twice, in the text and in the values that
the text reads to; should the two disagree, because the text is laid out in a way that is not known here, the text is
written anew, without its comments.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, assert_never

import msgspec

from dripline.documents import blocks, brackets
from dripline.documents.emitting import emit
from dripline.documents.faults import Faults
from dripline.documents.fields import plain
from dripline.documents.layout import Items, Pair, Pairs, Path, find, find_pair, lay_out
from dripline.documents.nodes import Fields
from dripline.documents.parsing import parse
from dripline.documents.splicing import NotSpliced, Splice, as_lines, splice
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json


@dataclass(frozen=True, slots=True)
class Change:
    """Give keys of a mapping other values, and take others away. New keys come behind `after`, else at the end."""

    path: Path
    values: Mapping[str, Json]
    dropped: frozenset[str] = frozenset()
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Insert:
    """Put elements into a list, before the one at `index` or at its end."""

    path: Path
    index: int
    values: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take elements out of a list: from `first` to the one before `behind`."""

    path: Path
    first: int
    behind: int


@dataclass(frozen=True, slots=True)
class Move:
    """Put elements of one list into another, or elsewhere in it: before the one at `index`, or at its end."""

    path: Path
    first: int
    behind: int
    target: Path
    index: int


Edit: TypeAlias = Change | Insert | Remove | Move


@lru_cache(maxsize=16)
def read_fields(text: str) -> Fields:
    """The values of a text with their places. Kept: one edit asks for them again and again.

    Raises:
        Invalid: it cannot be read, or holds no mapping.
    """
    faults = Faults()
    node = parse(text, faults)
    faults.raise_any()
    if not isinstance(node, Fields):
        raise Invalid.at("", "is no mapping", expected="keys with values")
    return node


def values_of(text: str) -> dict[str, Any]:
    """The values of a text.

    Raises:
        Invalid: it cannot be read, or holds no mapping.
    """
    return {entry.key: plain(entry.value) for entry in read_fields(text).entries}


def edit(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made, of which no two concern the same keys or elements."""
    values = values_of(text)
    wanted = edited_values(values, edits)
    for base in dict.fromkeys([text, _with_end(text)]):
        try:
            edited = splice(base, _Splicing(base, values).splices(edits))
            if _same(values_of(edited), wanted):
                return edited
        except (NotSpliced, Invalid):
            continue
    return emit(wanted)


def _with_end(text: str) -> str:
    """The text with an end of its last line, which is no part of a value: of `|` without it is made `|-`."""
    if text.endswith("\n"):
        return text
    last = lay_out(text)
    while isinstance(last, Items | Pairs):
        parts = [item.value for item in last.items] if isinstance(last, Items) else [pair.value for pair in last.pairs]
        if not parts:
            break
        last = parts[-1]
    is_block = text[last.start : last.start + 1] in ("|", ">")
    header = [Splice(last.start + 1, last.start + 1, "-")] if is_block else []
    return splice(text, [*header, Splice(len(text), len(text), as_lines(text, [""]))])


def edited_values(values: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """The same edits, made in values. Those that are given stay as they are."""
    result = deepcopy(dict(values))
    # All places are those from before the first edit, so all are looked up before it.
    found = [(one, _at(result, one.path), _at(result, one.target) if isinstance(one, Move) else None) for one in edits]
    for one, place, target in found:
        _make(one, place, target)
    return result


def _at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


def _make(one: Edit, place: Any, target: Any) -> None:
    match one:
        case Change():
            _change(place, one)
        case Insert(index=index, values=added):
            place[index:index] = deepcopy(list(added))
        case Remove(first=first, behind=behind):
            del place[first:behind]
        case Move():
            _move(place, target, one)
        case unreachable:
            assert_never(unreachable)


def _change(place: dict[str, Any], change: Change) -> None:
    new = {key: value for key, value in change.values.items() if key not in place}
    kept = {key: change.values.get(key, value) for key, value in place.items() if key not in change.dropped}
    place.clear()
    for key, value in kept.items():
        place[key] = value
        if key == change.after:
            place.update(new)
    place.update(new)


def _move(source: list[Any], target: list[Any], move: Move) -> None:
    taken = source[move.first : move.behind]
    del source[move.first : move.behind]
    passed = source is target and move.index >= move.behind
    index = move.index - len(taken) if passed else move.index
    target[index:index] = taken


def _same(one: Json, other: Json) -> bool:
    # Written, since 1 equals True; sorted, since the order of keys means nothing.
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


class _Splicing:
    """Finds the pieces of one text that edits replace."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self._text = text
        self._values = values
        self._root = lay_out(text)

    def splices(self, edits: Sequence[Edit]) -> list[Splice]:
        return [each for one in edits for each in self._of(one)]

    def _of(self, one: Edit) -> list[Splice]:
        match one:
            case Change():
                return self._change(one)
            case Insert():
                return self._insert(one)
            case Remove():
                return self._remove(one)
            case Move():
                return self._move(one)
            case unreachable:
                assert_never(unreachable)

    def _change(self, change: Change) -> list[Splice]:
        pairs = self._pairs(change.path)
        if pairs.in_braces and len(change.dropped & {pair.key for pair in pairs.pairs}) > 1:
            value = deepcopy(_at(self._values, change.path))
            _change(value, change)
            return [brackets.replace(self._text, pairs, value)]
        if pairs.in_braces:
            return brackets.change(self._text, pairs, change.values, change.dropped, after=change.after)
        return blocks.change(self._text, pairs, change.values, change.dropped, after=change.after)

    def _insert(self, one: Insert) -> list[Splice]:
        holder, items = self._list(one.path)
        if not items.items and self._pairs(one.path[:-1]).in_braces:
            return brackets.fill_items(self._text, holder, items, one.values)
        if not items.items:
            return blocks.fill_items(self._text, holder, items, one.values)
        if items.in_brackets:
            return brackets.insert_items(self._text, items, one.index, one.values)
        return blocks.insert_items(self._text, holder, items, one.index, one.values)

    def _remove(self, one: Remove | Move) -> list[Splice]:
        holder, items = self._list(one.path)
        if items.in_brackets:
            return brackets.remove_items(self._text, items, one.first, one.behind)
        return blocks.remove_items(self._text, holder, items, one.first, one.behind)

    def _move(self, one: Move) -> list[Splice]:
        (holder, source), (target_holder, target) = self._list(one.path), self._list(one.target)
        if not target.items or source.in_brackets != target.in_brackets:
            raise NotSpliced
        removed = self._remove(one)
        if source.in_brackets:
            taken = brackets.take_items(self._text, source, one.first, one.behind)
            return [*removed, *brackets.put_items(self._text, target, one.index, taken)]
        taken = blocks.take_items(self._text, holder, source, one.first, one.behind)
        return [*removed, *blocks.put_items(self._text, target_holder, target, one.index, taken)]

    def _pairs(self, path: Path) -> Pairs:
        pairs = find(self._root, path)
        assert isinstance(pairs, Pairs), "only a mapping has keys"
        return pairs

    def _list(self, path: Path) -> tuple[Pair, Items]:
        """A list with the key that it stands at."""
        holder = find_pair(self._pairs(path[:-1]), str(path[-1]))
        if not isinstance(holder.value, Items):
            raise NotSpliced
        return holder, holder.value
