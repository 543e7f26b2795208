"""From YAML or JSON text to values with places.

The parser's events are read one by one, never its trees: so nothing recurses, a limit stops the parser where it is
passed, and places are kept.
"""

import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from dripline.documents.faults import Faults, quote, show_key
from dripline.documents.nodes import Entry, Fields, Items, Mark, Node, Scalar
from dripline.documents.scalars import resolve
from dripline.kernel.errors import Invalid, Problem

MOST_BYTES = 256 * 1024
MOST_VALUES = 20_000
DEEPEST = 64
# Escaped in quotes it stays below the 1,024 characters that YAML allows a key on one line.
LONGEST_KEY = 128


_KEY_RULE = f"keys are plain texts of at most {LONGEST_KEY} characters"
_UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: str, faults: Faults) -> Node | None:
    """The values of a text with exactly one document; None when it has no document.

    Anchors, aliases, tags, repeated keys and values that JSON cannot hold are noted as faults.

    Raises:
        Invalid: it is too long, too deep, or no YAML.
    """
    _check_characters(text)
    builder = _Builder(faults)
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise _broken(error) from None
    except (YAMLError, ValueError, OverflowError) as error:
        # The scanner leaves it to Python to refuse an escape such as "\\UFFFFFFFF".
        raise _refused(
            "this is not valid YAML after this place.", builder.last, found=str(error).partition("\n")[0]
        ) from None


class _List:
    """A list that is being built."""

    def __init__(self, mark: Mark, path: str) -> None:
        self.mark = mark
        self.path = path
        self.items: list[Node] = []

    @property
    def place(self) -> str:
        return f"{self.path}[{len(self.items)}]"

    def add(self, node: Node) -> None:
        self.items.append(node)

    def finished(self) -> Items:
        return Items(tuple(self.items), self.mark)


class _Mapping:
    """A mapping that is being built; `key` waits for its value."""

    def __init__(self, mark: Mark, path: str) -> None:
        self.mark = mark
        self.path = path
        self.key: tuple[str, Mark] | None = None
        self.entries: dict[str, Entry] = {}

    @property
    def place(self) -> str:
        key = show_key(self.key[0]) if self.key is not None else ""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def add(self, node: Node) -> None:
        assert self.key is not None, "a value follows its key"
        key, mark = self.key
        self.entries.setdefault(key, Entry(key, node, mark))
        self.key = None

    def finished(self) -> Fields:
        return Fields(tuple(self.entries.values()), self.mark)


class _Builder:
    """Builds values from events, with the open lists and mappings on a stack."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._open: list[_List | _Mapping] = []
        self._root: Node | None = None
        self._documents = 0
        self._values = 0
        self.last: Mark | None = None

    def build(self, events: Iterator[Event]) -> Node | None:
        for event in events:
            self.last = _mark(event)
            match event:
                case DocumentStartEvent():
                    self._start_document(event)
                case ScalarEvent() | AliasEvent() | SequenceStartEvent() | MappingStartEvent():
                    self._count(event)
                    self._check_decoration(event)
                    self._take(event)
                case SequenceEndEvent() | MappingEndEvent():
                    self._add(self._open.pop().finished())
                case _:
                    pass
        return self._root

    def _start_document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _refused("there is more than one document.", _mark(event), expected="one document")

    def _count(self, event: NodeEvent) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _refused("there are too many values.", _mark(event), expected=f"at most {MOST_VALUES} values")

    def _check_decoration(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            self._note(event, f"aliases (*{event.anchor}) are not allowed.")
        elif event.anchor is not None:
            self._note(event, f"anchors (&{event.anchor}) are not allowed.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._note(event, f"tags ({tag}) are not allowed.")

    def _take(self, event: NodeEvent) -> None:
        parent = self._open[-1] if self._open else None
        if isinstance(parent, _Mapping) and parent.key is None:
            self._take_key(parent, event)
        elif isinstance(event, SequenceStartEvent):
            self._push(_List(_mark(event), parent.place if parent is not None else ""))
        elif isinstance(event, MappingStartEvent):
            self._push(_Mapping(_mark(event), parent.place if parent is not None else ""))
        else:
            self._add(self._scalar(event))

    def _take_key(self, parent: _Mapping, event: NodeEvent) -> None:
        if not isinstance(event, ScalarEvent) or len(event.value) > LONGEST_KEY:
            raise _refused(f"a key cannot be read here: {_KEY_RULE}.", _mark(event), path=parent.place)
        parent.key = event.value, _mark(event)
        key = self._text(event)
        parent.key = key, _mark(event)
        if key in parent.entries:
            first = parent.entries[key].mark
            where = f", first in line {first.line}" if first is not None else ""
            self._note(event, f"the key {quote(key)} is there twice{where}.")

    def _push(self, opened: _List | _Mapping) -> None:
        if len(self._open) >= DEEPEST:
            raise _refused(
                "this is nested too deep.", opened.mark, path=opened.path, expected=f"at most {DEEPEST} levels"
            )
        self._open.append(opened)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1].add(node)
        else:
            self._root = node

    def _scalar(self, event: NodeEvent) -> Scalar:
        if not isinstance(event, ScalarEvent):
            return Scalar(None, _mark(event))
        if event.style:
            return Scalar(self._text(event), _mark(event))
        try:
            return Scalar(resolve(event.value), _mark(event))
        except ValueError as error:
            found = quote(event.value)
            self._note(event, f"expected {error}, found {found}.", found=found, expected=str(error))
            return Scalar(None, _mark(event))

    def _text(self, event: ScalarEvent) -> str:
        text = _join_halves(event.value)
        if (wrong := what_cannot_be_stored(text)) is not None:
            self._note(event, f"the text holds {wrong}.", expected=EXPECTED_TEXT)
        return text

    def _note(self, event: NodeEvent, message: str, *, found: str | None = None, expected: str | None = None) -> None:
        place = self._open[-1].place if self._open else ""
        self._faults.note(place, message, _mark(event), found=found, expected=expected)


EXPECTED_TEXT = "text without NUL and with whole characters"


def what_cannot_be_stored(text: str) -> str | None:
    """What in a text the database could not keep, or None."""
    if "\0" in text:
        return "the character NUL"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "half of a surrogate pair"
    return None


def _join_halves(text: str) -> str:
    """The text with two escapes such as "\\ud83d\\ude00" as one character, which is how JSON writes it."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text


def _check_characters(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        expected = f"at most {MOST_BYTES} bytes (256 kB)"
        raise _refused(f"the definition is too long: {size} bytes.", found=f"{size} bytes", expected=expected)
    if (unreadable := _UNREADABLE.search(text)) is not None:
        character = unreadable.group()
        what = what_cannot_be_stored(character) or f"the control character U+{ord(character):04X}"
        before = text[: unreadable.start()]
        mark = Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        raise _refused(f"the text holds {what}.", mark, found=what, expected=EXPECTED_TEXT)


def _broken(error: MarkedYAMLError) -> Invalid:
    place = error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place is not None else None
    problem = str(error.problem or "it cannot be read").strip()
    context = f" {str(error.context).strip()}" if error.context else ""
    hint = "Indent with spaces, not tabs." if "\\t" in problem else None
    return _refused(f"this is not valid YAML{context}: {problem}.".replace("..", "."), mark, hint=hint)


def _refused(
    message: str,
    mark: Mark | None = None,
    *,
    path: str = "",
    found: str | None = None,
    expected: str | None = None,
    hint: str | None = None,
) -> Invalid:
    line, column = (mark.line, mark.column) if mark is not None else (None, None)
    return Invalid.of([Problem(path, message, line, column, found, expected, hint)])


def _mark(event: Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1)
