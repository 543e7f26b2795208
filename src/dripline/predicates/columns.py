"""What `truth` says, said in SQL: for each kind of value that a path can lead to, what each operator asks.

Every expression is true or false and never null, also where the value is missing. Changing one side without the other
lets the database and the evaluator disagree.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC
from typing import assert_never

from dripline.kernel.values import DEEPEST, Json
from dripline.predicates.model import Operator
from dripline.predicates.parameters import Parameters
from dripline.predicates.truth import FOLDING, fold, moment

TRUE, FALSE = "true", "false"

# All letters that are folded, and those that are folded to a letter of ASCII and are none.
_LETTERS = "".join(map(chr, FOLDING)), "".join(map(chr, FOLDING.values()))
_NEAR_ASCII = (
    "".join(chr(letter) for letter, folded in FOLDING.items() if letter > 127 and folded < 128),
    "".join(chr(folded) for letter, folded in FOLDING.items() if letter > 127 and folded < 128),
)
_SIGNS = {
    Operator.GREATER_THAN: ">",
    Operator.LESS_THAN: "<",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.LESS_OR_EQUAL: "<=",
}


@dataclass(frozen=True, slots=True)
class Column(ABC):
    """A value in a row. Unless a kind says otherwise it is never missing, and never compares."""

    parameters: Parameters

    def holds(self, operator: Operator, value: Json) -> str:
        """Whether it stands in this relation to a value."""
        match operator:
            case Operator.EQUALS:
                return self._equals(value)
            case Operator.NOT_EQUALS:
                return f"NOT {self._equals(value)}"
            case Operator.CONTAINS:
                return self._contains(value)
            case Operator.NOT_CONTAINS:
                return f"NOT {self._contains(value)}"
            case Operator.STARTS_WITH | Operator.ENDS_WITH:
                return self._borders(operator, value) if isinstance(value, str) else FALSE
            case Operator.EXISTS:
                return self._exists()
            case Operator.NOT_EXISTS:
                return f"NOT {self._exists()}"
            case (
                Operator.GREATER_THAN | Operator.LESS_THAN | Operator.GREATER_OR_EQUAL | Operator.LESS_OR_EQUAL as order
            ):
                return self._compares(_SIGNS[order], value)
            case unreachable:
                assert_never(unreachable)

    def lies(self, after: str | None, until: str | None) -> str:
        """Whether it is a date after one time (not at it) and until another (at it too)."""
        return f"coalesce({self.moment()} <@ tstzrange({after or 'NULL'}, {until or 'NULL'}, '(]'), false)"

    def moment(self) -> str:
        """The date or time that it names, or null."""
        text = self._text()
        return f"moment({text})" if text is not None else "NULL::timestamptz"

    @abstractmethod
    def _equals(self, value: Json) -> str: ...

    def _contains(self, value: Json) -> str:
        return self._has_part(value) if isinstance(value, str) else FALSE

    def _exists(self) -> str:
        return TRUE

    def _text(self) -> str | None:
        """An expression that gives its text where it is one, else null; None when it never is."""
        return None

    def _compares(self, sign: str, value: Json) -> str:
        if not isinstance(value, str) or moment(value) is None or self._text() is None:
            return FALSE
        return f"coalesce({self.moment()} {sign} {self._time(value)}, false)"

    def _time(self, value: str) -> str:
        """The place of the time that a text names."""
        at = moment(value)
        if at is not None and MINYEAR < at.year < MAXYEAR:
            return self.parameters.add(at.astimezone(UTC), "timestamptz")
        # Drivers take the ends of their calendar for infinite; and in UTC it may lie outside of it.
        return f"moment({self.parameters.text(value)})"

    def _has_part(self, part: str) -> str:
        text = self._text()
        return self._part_of(text, part) if text is not None else FALSE

    def _part_of(self, text: str, part: str) -> str:
        whole, sought = self._folded(text, part)
        return f"coalesce(strpos({whole}, {sought}) > 0, false)"

    def _borders(self, operator: Operator, part: str) -> str:
        if (text := self._text()) is None:
            return FALSE
        whole, sought = self._folded(text, part)
        if operator is Operator.STARTS_WITH:
            return f"coalesce(starts_with({whole}, {sought}), false)"
        return f"coalesce(right({whole}, {len(fold(part))}) = {sought}, false)"

    def _folded(self, text: str, part: str) -> tuple[str, str]:
        """The text and the part that is looked for in it, both without their case."""
        sought = fold(part)
        lower = f'lower({text} COLLATE "C")'
        if sought.isascii():
            # Of the other letters only these few can be meant.
            whole = f"translate({lower}, {', '.join(map(self.parameters.text, _NEAR_ASCII))})"
        else:
            table = ", ".join(map(self.parameters.text, _LETTERS))
            whole = f"CASE WHEN octet_length({text}) = length({text}) THEN {lower} ELSE translate({text}, {table}) END"
        return whole, self.parameters.text(sought)


@dataclass(frozen=True, slots=True)
class Document(Column):
    """What names lead to in a JSON document, from the outside in; it may be missing or null.

    At each level the rest of the names, joined by dots, is tried as one name first.
    """

    document: str
    names: Sequence[str] = ()

    @property
    def sql(self) -> str:
        # Only when it is needed: the names are parameters, and each of these must stand somewhere.
        ways = [self._way(depth) for depth in range(min(len(self.names), DEEPEST))]
        return f"coalesce({', '.join(ways)})" if len(ways) > 1 else "".join(ways) or self.document

    def _way(self, depth: int) -> str:
        names = (*self.names[:depth], ".".join(self.names[depth:]))
        return f"({' -> '.join([self.document, *map(self.parameters.text, names)])})"

    def _equals(self, value: Json) -> str:
        return f"coalesce({self.sql} = {self._place(value)}, false)" if value is not None else FALSE

    def _contains(self, value: Json) -> str:
        match value:
            case None:
                return FALSE
            case str():
                has_part = self._part_of(self._as_text(), value)
                has_element = f"{self.sql} @> {self._place(value)}"
                return self._by_kind(string=has_part, array=has_element)
            case bool() | int() | float():
                return self._by_kind(array=f"{self.sql} @> {self._place(value)}")
            case Mapping() | Sequence():
                # `@>` would take a part of an element for the whole of it.
                elements = f"jsonb_array_elements({self.sql}) AS element"
                same = f"element = {self._place(value)}"
                return self._by_kind(array=f"(SELECT bool_or({same}) FROM {elements})")  # noqa: S608 (a value's place)

    def _exists(self) -> str:
        return f"coalesce({self.sql} <> 'null'::jsonb, false)"

    def _text(self) -> str:
        return f"CASE WHEN jsonb_typeof({self.sql}) = 'string' THEN {self._as_text()} END"

    def _as_text(self) -> str:
        return f"({self.sql} #>> '{{}}')"

    def _by_kind(self, **asked: str) -> str:
        """What is asked of a text, of a list; of anything else it is false."""
        cases = " ".join(f"WHEN '{kind}' THEN {question}" for kind, question in asked.items())
        return f"coalesce(CASE jsonb_typeof({self.sql}) {cases} END, false)"

    def _compares(self, sign: str, value: Json) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Column._compares(self, sign, value)
        return f"coalesce(jsonb_typeof({self.sql}) = 'number' AND {self.sql} {sign} {self._place(value)}, false)"

    def _place(self, value: Json) -> str:
        return self.parameters.add(value, "jsonb")


@dataclass(frozen=True, slots=True)
class Text(Column):
    """A text, which may be missing."""

    sql: str

    def _equals(self, value: Json) -> str:
        return f"coalesce({self.sql} = {self.parameters.text(value)}, false)" if isinstance(value, str) else FALSE

    def _exists(self) -> str:
        return f"({self.sql} IS NOT NULL)"

    def _text(self) -> str:
        return self.sql


@dataclass(frozen=True, slots=True)
class Flag(Column):
    """True or false."""

    sql: str

    def _equals(self, value: Json) -> str:
        if not isinstance(value, bool):
            return FALSE
        return f"({self.sql})" if value else f"(NOT {self.sql})"


@dataclass(frozen=True, slots=True)
class Stamp(Column):
    """A time, seen as the API writes it: a text in UTC with milliseconds, what is finer cut off."""

    sql: str

    def lies(self, after: str | None, until: str | None) -> str:
        bounds = [self._ordered(">", after)] if after is not None else []
        bounds += [self._ordered("<=", until)] if until is not None else []
        return f"({' AND '.join(bounds)})"

    def moment(self) -> str:
        return f"date_trunc('milliseconds', {self.sql})"

    def _equals(self, value: Json) -> str:
        return f"({self._text()} = {self.parameters.text(value)})" if isinstance(value, str) else FALSE

    def _text(self) -> str:
        return f"""to_char({self.sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""

    def _compares(self, sign: str, value: Json) -> str:
        if not isinstance(value, str) or moment(value) is None:
            return FALSE
        return f"({self._ordered(sign, self._time(value))})"

    def _ordered(self, sign: str, time: str) -> str:
        """With the column alone on its side, so that an index serves."""
        match sign:
            case ">" | "<=":
                onward = ">=" if sign == ">" else "<"
                return f"{self.sql} {onward} date_trunc('milliseconds', {time}) + interval '1 millisecond'"
            case _:
                return f"{self.sql} {sign} date_trunc('milliseconds', {time} + interval '999 microseconds')"


@dataclass(frozen=True, slots=True)
class Tags(Column):
    """The tags of a contact, as a list in order; `having` says whether one is among them."""

    sql: str
    having: str

    def _equals(self, value: Json) -> str:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return FALSE
        return f"({self.sql} = {self.parameters.add(value, 'jsonb')})"

    def _contains(self, value: Json) -> str:
        return self.having.format(tag=self.parameters.text(value)) if isinstance(value, str) else FALSE
