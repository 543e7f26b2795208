"""Where the values of a text stand in it: what is needed to change one of them and leave every other letter alone."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import BlockEntryToken, FlowEntryToken, Token

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes, from the root of a document to a value in it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value. Places count letters from 0; `end` is behind the last of them, before the end of its line."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """An element of a list. `dash` is where its dash stands; in brackets, where it begins itself."""

    dash: int
    value: "Part"


@dataclass(frozen=True, slots=True)
class Items:
    """A list, in brackets or not; with the commas between its elements if so."""

    start: int
    end: int
    in_brackets: bool
    items: tuple[Item, ...]
    commas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, as wide as it is written, with its value."""

    key: str
    start: int
    end: int
    value: "Part"


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, in braces or not; with the commas between its keys if so."""

    start: int
    end: int
    in_braces: bool
    pairs: tuple[Pair, ...]
    commas: tuple[int, ...] = ()


Part: TypeAlias = Leaf | Items | Pairs


def lay_out(text: str) -> Part:
    """The places of all values of a text that `parsing.parse` reads without a fault."""
    yaml = YAML(typ="safe", pure=True)
    return _Surveyor(text, list(yaml.scan(text))).part(yaml.compose(text))


def find(root: Part, path: Path) -> Part:
    """The value at a path, which is there."""
    part = root
    for step in path:
        match part, step:
            case Items(), int():
                part = part.items[step].value
            case Pairs(), str():
                part = find_pair(part, step).value
            case _:
                raise AssertionError(f"there is nothing at {step!r} of {path!r}")
    return part


def find_pair(part: Part, key: str) -> Pair:
    """The pair of a key, which is there."""
    assert isinstance(part, Pairs), "only a mapping has keys"
    return next(pair for pair in part.pairs if pair.key == key)


class _Surveyor:
    """Turns the parser's nodes into parts, with what only its tokens know: dashes and commas."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._dashes = [token.start_mark.index for token in tokens if isinstance(token, BlockEntryToken)]
        self._commas = [token.start_mark.index for token in tokens if isinstance(token, FlowEntryToken)]

    def part(self, node: Node) -> Part:
        match node:
            case SequenceNode():
                return self._items(node)
            case MappingNode():
                return self._pairs(node)
            case ScalarNode():
                return self._leaf(node)
            case _:
                raise AssertionError("a node is a value, a list or a mapping")

    def _items(self, node: SequenceNode) -> Items:
        parts = [self.part(inner) for inner in node.value]
        start, end = node.start_mark.index, node.end_mark.index
        if node.flow_style:
            return Items(start, end, True, tuple(Item(part.start, part) for part in parts), self._between(parts, end))
        items = tuple(Item(self._dash_of(part), part) for part in parts)
        return Items(start, parts[-1].end, False, items)

    def _dash_of(self, part: Part) -> int:
        # An empty element begins where its dash ends, and all others behind it.
        return self._dashes[bisect_left(self._dashes, part.start) - 1]

    def _pairs(self, node: MappingNode) -> Pairs:
        pairs = [
            Pair(key.value, key.start_mark.index, key.end_mark.index, self.part(value)) for key, value in node.value
        ]
        start, end = node.start_mark.index, node.end_mark.index
        parts = [pair.value for pair in pairs]
        if node.flow_style:
            return Pairs(start, end, True, tuple(pairs), self._between(parts, end))
        return Pairs(start, parts[-1].end, False, tuple(pairs))

    def _between(self, parts: Sequence[Part], end: int) -> tuple[int, ...]:
        """The first comma behind each of the parts, as far as there is one before the bracket."""
        commas = (self._comma_after(part.end) for part in parts)
        return tuple(comma for comma in commas if comma is not None and comma < end)

    def _comma_after(self, place: int) -> int | None:
        at = bisect_left(self._commas, place)
        return self._commas[at] if at < len(self._commas) else None

    def _leaf(self, node: ScalarNode) -> Leaf:
        start, end = node.start_mark.index, node.end_mark.index
        if node.style not in ("|", ">"):
            return Leaf(start, end)
        return Leaf(start, self._end_of_block(start, end))

    def _end_of_block(self, start: int, end: int) -> int:
        """Without the empty lines behind it, which belong to nobody unless its header keeps them with a plus."""
        block = self._text[start:end]
        header = block.partition("\n")[0].partition("#")[0]
        body = block.removesuffix("\n").removesuffix("\r") if "+" in header else block.rstrip(" \r\n")
        return start + len(body)
