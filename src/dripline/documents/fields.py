"""Reading the keys of one mapping, each as what it should be."""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from dripline.documents.faults import Faults, did_you_mean, one_of, quote, show
from dripline.documents.nodes import Entry, Fields, Items, Node, Scalar
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.durations import EXPECTED as EXPECTED_DURATION
from dripline.kernel.durations import parse_duration
from dripline.kernel.values import Json
from dripline.predicates.paths import EXPECTED as EXPECTED_PATH
from dripline.predicates.paths import is_known, nearest
from dripline.predicates.truth import moment

LONGEST_NAME = 256
LONGEST_CONTENT = 256 * 1024

_zones = cache(available_timezones)

_Choice = TypeVar("_Choice", bound=StrEnum)
_Value = TypeVar("_Value")

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_SLIP = re.compile(r"([0-9]+)\s*([A-Za-z]+)", re.ASCII)
_QUOTES = "Write it in quotes to make it text."


class Reader:
    """The keys of one mapping. It remembers which were asked for; `finish` notes the others as unknown.

    A key whose value is null counts as absent. Every fault is noted, and a stand-in given instead of a value.
    """

    def __init__(self, node: Fields, path: str, faults: Faults) -> None:
        self.node = node
        self.path = path
        self.faults = faults
        self._asked: dict[str, None] = {}

    @classmethod
    def of(cls, node: Node, path: str, faults: Faults, *, expected: str) -> "Reader | None":
        """A reader of a node that should be a mapping; None when it is not."""
        if isinstance(node, Fields):
            return cls(node, path, faults)
        faults.wrong(node, path, expected=expected)
        return None

    def place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def entry(self, key: str) -> Entry | None:
        """The entry of a key, also when its value is null."""
        self._asked[key] = None
        return next((entry for entry in self.node.entries if entry.key == key), None)

    def find(self, key: str) -> Node | None:
        """The value of a key, or None when it is absent or null."""
        entry = self.entry(key)
        if entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
            return None
        return entry.value

    def need(self, key: str, *, expected: str, hint: str | None = None) -> Node | None:
        """The value of a key that must be there; without it a fault is noted."""
        node = self.find(key)
        if node is None:
            entry = self.entry(key)
            mark = entry.mark if entry is not None else self.node.mark
            self.faults.note(self.place(key), f"{quote(key)} is missing.", mark, expected=expected, hint=hint)
        return node

    def wrong(self, key: str, message: str, *, expected: str | None = None, hint: str | None = None) -> None:
        """Note a fault at a key, or at the mapping when it has no such key."""
        entry = self.entry(key)
        mark = entry.mark if entry is not None else self.node.mark
        found = show(entry.value) if entry is not None else None
        self.faults.note(self.place(key), message, mark, found=found, expected=expected, hint=hint)

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for entry in self.node.entries:
            if entry.key not in self._asked:
                self.faults.note(
                    self.place(entry.key),
                    f"the key {quote(entry.key)} is unknown here.",
                    entry.mark,
                    found=quote(entry.key),
                    expected=one_of(list(self._asked)),
                    hint=did_you_mean(entry.key, self._asked),
                )

    def text(self, key: str, *, longest: int = LONGEST_NAME) -> str | None:
        """A text that is not blank."""
        return self._maybe(key, lambda node: self._text(node, key, longest))

    def need_text(self, key: str, *, longest: int = LONGEST_NAME) -> str:
        """A text that is not blank and must be there."""
        node = self.need(key, expected="text")
        return (self._text(node, key, longest) if node is not None else None) or ""

    def flag(self, key: str) -> bool | None:
        """True or false."""
        return self._maybe(key, lambda node: self._flag(node, key))

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number between two bounds, both included."""
        return self._maybe(key, lambda node: self._whole(node, key, least, most))

    def need_whole(self, key: str, *, least: int, most: int) -> int:
        """A whole number that must be there."""
        node = self.need(key, expected=_whole_number(least, most))
        return (self._whole(node, key, least, most) if node is not None else None) or least

    def number(self, key: str, *, above: float, most: float) -> int | float | None:
        """A number above one bound, and at most the other."""
        return self._maybe(key, lambda node: self._number(node, key, above, most))

    def choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        """One of the words of a closed set."""
        return self._maybe(key, lambda node: self.read_choice(node, self.place(key), choices))

    def need_choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        """One of the words of a closed set; None only after a fault."""
        node = self.need(key, expected=one_of(list(choices)))
        return self.read_choice(node, self.place(key), choices) if node is not None else None

    def duration(self, key: str) -> str | None:
        """A duration, as it was written."""
        return self._maybe(key, lambda node: self._duration(node, key))

    def need_duration(self, key: str) -> str:
        """A duration that must be there."""
        node = self.need(key, expected=EXPECTED_DURATION)
        return (self._duration(node, key) if node is not None else None) or ""

    def time_of_day(self, key: str) -> str | None:
        """`HH:MM`, from 00:00 to 23:59."""
        expected = "a time of day such as '09:00'"
        return self._checked(key, expected, lambda text: _TIME_OF_DAY.fullmatch(text) is not None)

    def moment(self, key: str) -> str | None:
        """An ISO date or time."""
        expected = "a date or time such as '2030-01-31' or '2030-01-31T09:00Z'"
        return self._checked(key, expected, lambda text: moment(text) is not None)

    def zone(self, key: str) -> str | None:
        """An IANA zone, or `contact`."""
        expected = "'contact' or the name of a time zone such as 'Europe/Berlin'"
        return self._checked(key, expected, lambda text: text == "contact" or text in _zones())

    def property_path(self, key: str) -> str | None:
        """The path of something that a condition may look at."""
        return self._maybe(key, lambda node: self._property_path(node, key))

    def need_property_path(self, key: str) -> str:
        """A path that must be there."""
        node = self.need(key, expected=EXPECTED_PATH)
        return (self._property_path(node, key) if node is not None else None) or ""

    def mailbox(self, key: str) -> str | None:
        """`Name <address>` or an address, as it was written."""
        node = self.find(key)
        text = self.text(key)
        if node is None or text is None:
            return None
        try:
            parse_mailbox(text)
        except ValueError as error:
            self.faults.wrong(node, self.place(key), expected=f"an address or 'Name <address>' ({error})")
        return text

    def items(self, key: str) -> tuple[Node, ...] | None:
        """The elements of a list."""
        return self._maybe(key, lambda node: self._items(node, key))

    def need_items(self, key: str) -> tuple[Node, ...]:
        """The elements of a list that must be there."""
        node = self.need(key, expected="a list")
        return (self._items(node, key) if node is not None else None) or ()

    def inner(self, key: str, *, expected: str = "a mapping") -> "Reader | None":
        """A reader of the mapping at a key."""
        node = self.find(key)
        return Reader.of(node, self.place(key), self.faults, expected=expected) if node is not None else None

    def json(self, key: str) -> Json:
        """Any value."""
        entry = self.entry(key)
        return plain(entry.value) if entry is not None else None

    def read_choice(self, node: Node, path: str, choices: type[_Choice]) -> _Choice | None:
        """The word of a closed set that a node is."""
        word = node.value if isinstance(node, Scalar) else None
        if isinstance(word, str) and word in list(choices):
            return choices(word)
        hint = did_you_mean(word, choices) if isinstance(word, str) else None
        self.faults.wrong(node, path, expected=one_of(list(choices)), hint=hint)
        return None

    def _maybe(self, key: str, read: Callable[[Node], _Value | None]) -> _Value | None:
        node = self.find(key)
        return read(node) if node is not None else None

    def _checked(self, key: str, expected: str, is_right: Callable[[str], bool]) -> str | None:
        node = self.find(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str) and is_right(node.value):
            return node.value
        self.faults.wrong(node, self.place(key), expected=expected)
        return None

    def _text(self, node: Node, key: str, longest: int) -> str | None:
        return read_text(node, self.place(key), self.faults, longest=longest)

    def _flag(self, node: Node, key: str) -> bool | None:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.faults.wrong(node, self.place(key), expected="true or false")
        return None

    def _whole(self, node: Node, key: str, least: int, most: int) -> int | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.faults.wrong(node, self.place(key), expected=_whole_number(least, most))
        return None

    def _number(self, node: Node, key: str, above: float, most: float) -> int | float | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and above < value <= most:
            return value
        expected = f"a number above {above:g} and at most {most:g}"
        self.faults.wrong(node, self.place(key), expected=expected)
        return None

    def _duration(self, node: Node, key: str) -> str | None:
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str):
            self.faults.wrong(node, self.place(key), expected=f"a duration: {EXPECTED_DURATION}")
            return None
        try:
            parse_duration(text)
        except ValueError as error:
            expected = str(error).removeprefix("expected ")
            self.faults.wrong(node, self.place(key), expected=expected, hint=_nearest_duration(text))
            return None
        return text

    def _property_path(self, node: Node, key: str) -> str | None:
        text = self._text(node, key, LONGEST_CONTENT)
        if text is None or is_known(text):
            return text
        meant = nearest(text)
        hint = f"Did you mean {quote(meant)}?" if meant is not None else None
        self.faults.wrong(node, self.place(key), expected=EXPECTED_PATH, hint=hint)
        return None

    def _items(self, node: Node, key: str) -> tuple[Node, ...] | None:
        if isinstance(node, Items):
            return node.items
        self.faults.wrong(node, self.place(key), expected="a list")
        return None


def read_text(node: Node, path: str, faults: Faults, *, longest: int = LONGEST_NAME) -> str | None:
    """The text that a node should be: not blank, at most `longest` characters."""
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, str):
        faults.wrong(node, path, expected="text", hint=_QUOTES if value is not None else None)
    elif not value.strip():
        faults.wrong(node, path, expected="text that is not empty")
    elif len(value) > longest:
        faults.wrong(node, path, expected=f"at most {longest} characters")
    else:
        return value
    return None


def plain(node: Node) -> Json:
    """The value of a node as JSON knows it."""
    match node:
        case Scalar(value):
            return value
        case Items(items):
            return [plain(item) for item in items]
        case Fields(entries):
            return {entry.key: plain(entry.value) for entry in entries}


def _whole_number(least: int, most: int) -> str:
    return f"a whole number from {least} to {most}"


def _nearest_duration(text: str) -> str | None:
    """The duration that was probably meant: `3 days` is `3d`."""
    short = text[:40]
    rewritten = "".join(f"{int(number)}{unit[0].lower()}" for number, unit in _SLIP.findall(short))
    try:
        parse_duration(rewritten)
    except ValueError:
        return None
    return f"Did you mean {quote(rewritten)}?"
