"""Conditions as SQL: for many contacts at once, what `evaluate` says of one. `columns` has the truth table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from dripline.kernel.durations import parse_duration
from dripline.predicates.columns import FALSE, TRUE, Column, Document, Flag, Stamp, Tags, Text
from dripline.predicates.model import (
    ANY,
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.parameters import Parameters

People: TypeAlias = Callable[[str], str]
"""A condition on a column with ids of contacts: `lambda column: f"{column} = ANY ($3::uuid[])"`."""

_NOW = "$2::timestamptz"


def compile_sql(
    predicate: Predicate,
    *,
    parameters: Parameters,
    lists: Mapping[str, UUID],
    segments: Mapping[str, UUID],
    people: People | None = None,
) -> str:
    """The condition as an expression over `contact AS c` that is true or false, and never null.

    In the statement around it $1 is the workspace's id and $2 is now; its other arguments are in `parameters`.
    `lists` and `segments` say what names stand for, as in the facts of one contact. `people` narrows what is read of
    other tables; whoever gives it asks about nobody else.
    """
    return _Compiler(parameters, lists, segments, people).compile(predicate)


def compile_where(comparisons: Sequence[Comparison], column: str, parameters: Parameters) -> str:
    """All of the comparisons as an expression, with `event.` in the JSON of a column and `contact.` in `contact AS c`.

    Of none it is true: a filter that is not there lets everything through.
    """
    compiler = _Compiler(parameters, {}, {}, None, column)
    return _joined(" AND ", [compiler.compile(comparison) for comparison in comparisons]) or TRUE


def compile_moment(path: str, parameters: Parameters) -> str:
    """The date or time at a path of `contact AS c`, or null where there is none."""
    return _Compiler(parameters, {}, {}, None).column(path).moment()


def compile_within(test: EventTest, column: str) -> str:
    """Whether a time lies in the window of the test, back from now. Without a window it always does."""
    if test.within is None:
        return TRUE
    return f"{column} > {_shifted('-', test.within)} AND {column} <= {_NOW}"


@dataclass(frozen=True, slots=True)
class _Compiler:
    """`event` is the JSON that paths of an event lead into."""

    parameters: Parameters
    lists: Mapping[str, UUID]
    segments: Mapping[str, UUID]
    people: People | None
    event: str = "NULL::jsonb"

    def compile(self, predicate: Predicate) -> str:
        """The whole condition."""
        match predicate:
            case Comparison(path, operator, value):
                return self.column(path).holds(operator, value)
            case DateTest(path, relation, duration):
                return self.column(path).lies(*_span(relation, duration))
            case TagTest(tag):
                return self._tagged(self.parameters.text(tag) if tag != ANY else None)
            case ListTest(name):
                return self._on_list(name)
            case SegmentTest(name):
                return self._in_segment(name)
            case EventTest():
                return self._counted(predicate)
            case All(tests):
                return _joined(" AND ", [self.compile(test) for test in tests]) or FALSE
            case AnyOf(tests):
                return _joined(" OR ", [self.compile(test) for test in tests]) or FALSE
            case Not(test):
                return f"(NOT {self.compile(test)})"
            case unreachable:
                assert_never(unreachable)

    def column(self, path: str) -> Column:
        """What stands at a path."""
        match path.split("."):
            case ["event", *names]:
                return Document(self.parameters, self.event, names)
            case ["contact", "properties", *names]:
                return Document(self.parameters, "c.properties", names)
            case ["contact", "email"]:
                return Text(self.parameters, "c.email")
            case ["contact", "userId"]:
                return Text(self.parameters, "c.user_id")
            case ["contact", "timezone"]:
                return Text(self.parameters, "c.timezone")
            case ["contact", "unsubscribed"]:
                return Flag(self.parameters, "(c.unsubscribed_at IS NOT NULL)")
            case ["contact", "subscribed"]:
                return Flag(self.parameters, "(c.unsubscribed_at IS NULL)")
            case ["contact", "suppressed"]:
                return Flag(self.parameters, _SUPPRESSED)
            case ["contact", "createdAt"]:
                return Stamp(self.parameters, "c.created_at")
            case ["contact", "updatedAt"]:
                return Stamp(self.parameters, "c.updated_at")
            case ["contact", "tags"]:
                return Tags(self.parameters, _TAGS, self._tagged("{tag}"))
            case _:
                return Document(self.parameters, "NULL::jsonb")

    def _tagged(self, tag: str | None) -> str:
        return self._is_among("contact_tag", "t", f"t.tag = {tag}" if tag is not None else TRUE)

    def _on_list(self, name: str) -> str:
        if name == ANY and name not in self.lists:
            return self._is_among("list_member", "l", TRUE)
        if (list_id := self.lists.get(name)) is None:
            return FALSE
        return self._is_among("list_member", "l", f"l.list_id = {self.parameters.add(list_id, 'uuid')}")

    def _in_segment(self, name: str) -> str:
        if (segment := self.segments.get(name)) is None:
            return FALSE
        place = self.parameters.add(segment, "uuid")
        current = f"(SELECT s.generation {_OF_SEGMENT} AND s.id = {place})"
        return self._is_among("segment_member", "m", f"m.segment_id = {place} AND m.generation = {current}")

    def _counted(self, test: EventTest) -> str:
        if test.at_least < 1:
            return TRUE
        of_contact = [comparison for comparison in test.where if not comparison.path.startswith("event.")]
        of_event = [comparison for comparison in test.where if comparison.path.startswith("event.")]
        asked = [
            *([f"e.name = {self.parameters.text(test.event)}"] if test.event != ANY else []),
            *([compile_within(test, "e.occurred_at")] if test.within is not None else []),
            *([compile_where(of_event, "e.properties", self.parameters)] if of_event else []),
        ]
        counted = self._is_among("event", "e", " AND ".join(asked) or TRUE, at_least=test.at_least)
        # What is asked of the contact is the same for every event.
        return _joined(" AND ", [*(self.compile(comparison) for comparison in of_contact), counted])

    def _is_among(self, table: str, row: str, asked: str, *, at_least: int = 1) -> str:
        """Whether at least so many rows of a table that pass are of the contact."""
        theirs = f"{row}.contact_id = c.id"
        rows = f"FROM {table} AS {row} WHERE {row}.workspace_id = $1 AND {asked}"
        if self.people is not None:
            rows = f"{rows} AND {self.people(f'{row}.contact_id')}"
        if at_least == 1:
            return f"EXISTS (SELECT 1 {rows} AND {theirs})"
        if self.people is not None:
            return f"(c.id IN (SELECT {row}.contact_id {rows} GROUP BY 1 HAVING count(*) >= {at_least}))"
        few = f"(SELECT 1 {rows} AND {theirs} LIMIT {at_least})"
        return f"((SELECT count(*) FROM {few} AS found) >= {at_least})"  # noqa: S608 (values travel as parameters)


_OF_SEGMENT = "FROM segment AS s WHERE s.workspace_id = $1"
_SUPPRESSED = "EXISTS (SELECT 1 FROM suppression AS s WHERE s.workspace_id = $1 AND s.email_key = c.email_key)"
_TAGS = (
    "(SELECT coalesce(jsonb_agg(t.tag ORDER BY t.tag), '[]'::jsonb) FROM contact_tag AS t "
    "WHERE t.workspace_id = $1 AND t.contact_id = c.id)"
)


def _span(relation: Relation, duration: str) -> tuple[str | None, str | None]:
    """After which time, and until which, the date lies."""
    match relation:
        case Relation.IN_THE_LAST:
            return _shifted("-", duration), _NOW
        case Relation.MORE_THAN_AGO:
            return None, _shifted("-", duration)
        case Relation.IN_THE_NEXT:
            return _NOW, _shifted("+", duration)
        case Relation.MORE_THAN_AHEAD:
            return _shifted("+", duration), None
        case unreachable:
            assert_never(unreachable)


def _shifted(sign: str, duration: str) -> str:
    # In seconds: a day of 24 hours, whatever the clocks do.
    return f"({_NOW} {sign} interval '{int(parse_duration(duration).total_seconds())} seconds')"


def _joined(word: str, expressions: Sequence[str]) -> str:
    return f"({word.join(expressions)})" if expressions else ""
