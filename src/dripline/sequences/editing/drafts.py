"""A definition as its author wrote it, with its steps found by id; and writing edits into it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dripline.documents.converting import convert
from dripline.documents.editing import Change, Edit, Insert, edit, edited_values, read_fields, values_of
from dripline.documents.faults import Faults
from dripline.documents.fields import plain
from dripline.documents.layout import Path
from dripline.documents.nodes import Fields, Items, Node
from dripline.kernel.errors import NotFound
from dripline.kernel.values import Json
from dripline.sequences.language.beside import with_trigger
from dripline.sequences.language.model import ApiTrigger, Email, Step
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_node
from dripline.sequences.language.shorthand import spelled_out
from dripline.sequences.language.walking import walk

STEPS: Path = ("steps",)
_ID = "\0id"


@dataclass(frozen=True, slots=True)
class Written:
    """A step with its id, the path of where it is written, and what is written there in the language's own keys."""

    step: Step
    path: Path
    values: Mapping[str, Json]

    @property
    def is_email(self) -> bool:
        """Whether a delay may belong to it."""
        return isinstance(self.step, Email)

    @property
    def list(self) -> Path:
        """The list that it is an element of."""
        return self.path[:-1]

    @property
    def index(self) -> int:
        """Which element of that list it is."""
        index = self.path[-1]
        assert isinstance(index, int), "a step is an element"
        return index


@dataclass(frozen=True, slots=True)
class Draft:
    """A text, and its steps by id, nested ones included, in the order they are written."""

    text: str
    steps: Mapping[str, Written]

    def find(self, step_id: str) -> Written:
        """One step.

        Raises:
            NotFound: there is none by that id.
        """
        if step_id not in self.steps:
            raise NotFound.of("step", step_id)
        return self.steps[step_id]

    def listed(self, path: Path) -> list[Written]:
        """The steps of one list."""
        return [each for each in self.steps.values() if each.list == path]


def open_draft(text: str) -> Draft:
    """The steps of a text, to be changed. What two steps share is split first, and a trigger that is not said is said.

    Raises:
        Invalid: it cannot be read.
    """
    read_node(read_fields(text))
    text = _prepared(text)
    placed = walk(name_steps(read_node(read_fields(text))))
    written = zip(placed, _places(read_fields(text)), strict=True)
    return Draft(text, {str(each.step.id): Written(each.step, path, values) for each, (path, values) in written})


def rewrite(draft: Draft, edits: Sequence[Edit], *, moved: Container[str] = ()) -> str:
    """The text with the edits made.

    Steps that were not given an id by their author keep the one they go by. It is written down where they would get
    another one; first at those that are moved, after which the others seldom need it.

    Raises:
        Invalid: the result is no definition.
    """
    text = edit(draft.text, edits)
    marked = edited_values(_marked(draft), edits)
    while shifted := _shifted(open_draft(text), marked):
        pinned = {wanted: path for wanted, path in shifted.items() if wanted in moved} or shifted
        text = edit(text, [Change(path, {"id": wanted}, after="action") for wanted, path in pinned.items()])
    return text


def differences(old: Mapping[str, Json], new: Mapping[str, Json], path: Path) -> Change:
    """The change that makes one mapping of another."""
    values = {key: value for key, value in new.items() if key not in old or _written(old[key]) != _written(value)}
    return Change(path, values, frozenset(old.keys() - new.keys()))


def in_own_form(values: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The step or steps that values write, in the language's own keys, and so are the steps inside them."""
    steps = (_spelled(part) for part in spelled_out(convert(values, Faults())))
    return [step for step in steps if isinstance(step, Mapping)]


def value_at(text: str, path: Path) -> Mapping[str, Json]:
    """The mapping that is written at a path."""
    value: Any = values_of(text)
    for step in path:
        value = value[step]
    assert isinstance(value, dict), "a mapping is written there"
    return value


def _spelled(node: Node) -> Json:
    values = plain(node)
    for path, nodes in _lists(node, ()) if isinstance(node, Fields) else ():
        _at(values, path[:-1])[path[-1]] = [_spelled(part) for inner in nodes for part in spelled_out(inner)]
    return values


def _prepared(text: str) -> str:
    if all(entry.key != "trigger" for entry in read_fields(text).entries):
        text = with_trigger(text, ApiTrigger())
    root = read_fields(text)
    edits: list[Edit] = []
    for path, node in _elements(root, ()):
        if len(parts := spelled_out(node)) > 1:
            before = [plain(part) for part in parts[:-1]]
            edits += [Insert(path[:-1], int(path[-1]), before), Change(path, {}, frozenset({"delay"}))]
    if any(entry.key == "trigger" and plain(entry.value) is None for entry in root.entries):
        edits.append(Change((), {"trigger": {"api": True}}))
    return edit(text, edits) if edits else text


def _elements(mapping: Fields, path: Path) -> Iterator[tuple[Path, Node]]:
    """Every element of the lists of steps in a mapping, nested ones behind the one that holds them."""
    for holder, nodes in _lists(mapping, path):
        for index, node in enumerate(nodes):
            yield (*holder, index), node
            if isinstance(node, Fields):
                yield from _elements(node, (*holder, index))


def _lists(mapping: Fields, path: Path) -> Iterator[tuple[Path, Sequence[Node]]]:
    """The lists of steps that stand directly in a mapping, in the order they are read in."""
    there = {entry.key: entry.value for entry in mapping.entries}
    for key in ("steps", "then", "else"):
        if isinstance(nodes := there.get(key), Items):
            yield (*path, key), nodes.items
    if isinstance(branches := there.get("branches"), Items):
        for index, branch in enumerate(branches.items):
            if isinstance(branch, Fields):
                yield from _lists(branch, (*path, "branches", index))


def _places(root: Fields) -> Iterator[tuple[Path, Mapping[str, Json]]]:
    for place, node in _elements(root, ()):
        for spelled in spelled_out(node):
            values = plain(spelled)
            assert isinstance(values, Mapping), "a step is a mapping"
            yield place, values


def _marked(draft: Draft) -> dict[str, Any]:
    """The values of a text, with the id that each step goes by beside what is written."""
    values = values_of(draft.text)
    for step_id, written in draft.steps.items():
        _at(values, written.path)[_ID] = step_id
    return values


def _shifted(draft: Draft, marked: Mapping[str, Any]) -> dict[str, Path]:
    """The steps that go by another id than before: where they are, by the id they had."""
    before = ((_at(marked, written.path).get(_ID), step_id, written) for step_id, written in draft.steps.items())
    return {wanted: written.path for wanted, step_id, written in before if wanted is not None and wanted != step_id}


def _at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


def _written(value: Json) -> bytes:
    # 1 equals True, and is not the same.
    return msgspec.json.encode(value, order="sorted")
