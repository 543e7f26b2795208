"""From JSON to blocks: all faults and all warnings, each with the path of its block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, cast

import msgspec

from dripline.documents.faults import one_of
from dripline.kernel.errors import Problem
from dripline.templates.blocks import checking
from dripline.templates.blocks.fields import Field, Holds, fields_of
from dripline.templates.blocks.model import KINDS, Block, Blocks, type_of
from dripline.templates.blocks.spelling import spelled

MOST_BLOCKS = 500
DEEPEST = 10
MOST_PROBLEMS = 100

_BY_TYPE: Mapping[str, type[Block]] = {type_of(kind): kind for kind in KINDS}

_S = TypeVar("_S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Read:
    """The blocks (those without a fault, when there is one), what is wrong, and what was left out or looks odd."""

    blocks: Blocks
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_blocks(value: object, path: str = "blocks") -> Read:
    """Read a list of blocks, as JSON decodes it; `path` names the place of the list."""
    reader = _Reader()
    if not _is_json(value):
        reader.note(path, "cannot be written as JSON", expected="a list of blocks")
        return Read((), tuple(reader.problems), ())
    blocks = reader.blocks(value, path, 1)
    if not reader.problems and not blocks:
        reader.note(path, "is empty", expected="at least one block")
    return Read(blocks, tuple(reader.problems[:MOST_PROBLEMS]), tuple(reader.warnings))


class _Reader:
    """Counts the blocks, and notes what it finds on its way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._count = 0

    def note(self, path: str, message: str, *, found: str | None = None, expected: str | None = None) -> None:
        self.problems.append(Problem(path, message, found=found, expected=expected))

    def blocks(self, value: object, path: str, depth: int) -> Blocks:
        if not isinstance(value, list | tuple):
            self.note(path, f"is {checking.kind_of(value)}", expected="a list of blocks")
            return ()
        if depth > DEEPEST:
            self.note(path, "is nested too deep", expected=f"at most {DEEPEST} levels of blocks")
            return ()
        read = (self._block(item, f"{path}[{index}]", depth) for index, item in enumerate(value))
        return tuple(block for block in read if block is not None)

    def _block(self, value: object, path: str, depth: int) -> Block | None:
        self._count += 1
        if self._count > MOST_BLOCKS:
            if self._count == MOST_BLOCKS + 1:
                self.note(path, "is one too many", expected=f"at most {MOST_BLOCKS} blocks, nested ones counted")
            return None
        kind = self._kind(value, path)
        if kind is None:
            return None
        raw = {key: inner for key, inner in cast("Mapping[str, Any]", value).items() if key != "type"}
        block = self._struct(cast("type[Any]", kind), raw, path, depth)
        if block is not None:
            self.problems += checking.as_a_whole(block, path)
        return cast("Block | None", block)

    def _kind(self, value: object, path: str) -> type[Block] | None:
        if not isinstance(value, Mapping):
            self.note(path, f"is {checking.kind_of(value)}", expected="a block, a mapping with 'type'")
            return None
        word = value.get("type")
        if isinstance(word, str) and word in _BY_TYPE:
            return _BY_TYPE[word]
        if word is None:
            self.note(f"{path}.type", "is missing", expected=one_of(list(_BY_TYPE)))
        else:
            message = f"is no type of a block{_nearest(word, _BY_TYPE)}"
            self.note(f"{path}.type", message, found=checking.shown(word), expected=one_of(list(_BY_TYPE)))
        return None

    def _struct(self, kind: type[_S], raw: Mapping[str, Any], path: str, depth: int) -> _S | None:
        """The struct, or None when a field of it is missing or wrong."""
        before = len(self.problems)
        fields = fields_of(kind)
        given = spelled(kind, raw)
        for key in given.keys() - fields.keys():
            self.warnings.append(Problem(f"{path}.{key}", f"is unknown and was left out{_nearest(key, fields)}"))
        values: dict[str, Any] = {}
        for key, field in fields.items():
            if key in given:
                values[field.name] = self._value(field, given[key], f"{path}.{key}", depth)
            elif field.is_required:
                self.note(f"{path}.{key}", "is missing", expected=field.expected)
        return kind(**values) if len(self.problems) == before else None

    def _value(self, field: Field, value: object, path: str, depth: int) -> object:
        match field.holds:
            case Holds.BLOCKS:
                return self.blocks(value, path, depth + 1)
            case Holds.STRUCT:
                return self._inner(field, value, path, depth)
            case Holds.STRUCTS:
                return self._items(field, value, path, depth)
            case _:
                return self._plain(field, value, path)

    def _inner(self, field: Field, value: object, path: str, depth: int) -> msgspec.Struct | None:
        assert field.struct is not None
        if not isinstance(value, Mapping):
            self.note(path, f"is {checking.kind_of(value)}", expected="a mapping")
            return None
        return self._struct(field.struct, value, path, depth)

    def _items(self, field: Field, value: object, path: str, depth: int) -> tuple[object, ...]:
        if not isinstance(value, list | tuple):
            self.note(path, f"is {checking.kind_of(value)}", expected="a list")
            return ()
        least, most = field.least, field.most
        if not least <= len(value) <= most:
            self.note(path, f"has {len(value)} entries", expected=f"{least} to {most}")
        return tuple(self._inner(field, item, f"{path}[{index}]", depth) for index, item in enumerate(value[:most]))

    def _plain(self, field: Field, value: object, path: str) -> object:
        try:
            read = msgspec.convert(_unwrapped(value), field.reads)
        except msgspec.ValidationError as error:
            place, found = checking.misplaced(error, path, value)
            self.note(place, "is not what it should be", found=checking.shown(found), expected=field.expected)
            return None
        for place, text in checking.texts(read, path):
            problems, warnings = checking.check_text_of(field.words, text, place)
            self.problems += problems
            self.warnings += warnings
        return read


def _is_json(value: object) -> bool:
    try:
        msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _unwrapped(value: object) -> object:
    """Items of a list may be written as mappings with their `content`."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return [item["content"] if isinstance(item, Mapping) and "content" in item else item for item in value]


def _nearest(word: object, known: Mapping[str, object]) -> str:
    matches = get_close_matches(word, known, 1) if isinstance(word, str) else []
    return f", did you mean {matches[0]!r}?" if matches else ""
