"""The shape of the SQL that conditions become. That it asks the same is tested on a real database."""

import re
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.parameters import Parameters
from dripline.predicates.sql import compile_moment, compile_sql, compile_where, compile_within
from tests.makers.conditions import LISTS, SEGMENTS, predicates

_LISTS = {name: UUID(int=number) for number, name in enumerate(LISTS)}
_SEGMENTS = {name: UUID(int=number) for number, name in enumerate(SEGMENTS, 10)}
_TABLE = re.compile(
    r"FROM (?:event|contact_tag|list_member|segment_member|segment|suppression) AS (\w)( WHERE \1\.workspace_id = \$1)?"
)


def compiled(predicate: Predicate, *, paged: bool = False) -> tuple[str, Parameters]:
    parameters = Parameters(fixed=4 if paged else 2)
    sql = compile_sql(
        predicate,
        parameters=parameters,
        lists=_LISTS,
        segments=_SEGMENTS,
        people=(lambda column: f"{column} > $3 AND {column} <= $4") if paged else None,
    )
    return sql, parameters


@settings(max_examples=200, deadline=None)
@given(predicates(), st.booleans())
def test_every_other_table_is_asked_about_one_workspace(predicate: Predicate, paged: bool) -> None:
    sql, _ = compiled(predicate, paged=paged)

    tables = _TABLE.findall(sql)
    assert len(tables) == len(re.findall(r"FROM (?!\(|jsonb_array_elements)", sql))
    assert all(bound for _, bound in tables)


@settings(max_examples=200, deadline=None)
@given(predicates(), st.booleans())
def test_every_value_has_a_place_and_every_place_a_value(predicate: Predicate, paged: bool) -> None:
    sql, parameters = compiled(predicate, paged=paged)

    fixed = 4 if paged else 2
    places = {int(place) for place in re.findall(r"\$([0-9]+)", sql)} - set(range(1, fixed + 1))
    assert places == set(range(fixed + 1, fixed + 1 + len(parameters.values)))


@settings(max_examples=100, deadline=None)
@given(predicates())
def test_the_same_condition_becomes_the_same_text(predicate: Predicate) -> None:
    assert compiled(predicate)[0] == compiled(predicate)[0]


def test_of_no_conditions_none_is_true() -> None:
    assert compiled(All(()))[0] == "false"
    assert compiled(AnyOf(()))[0] == "false"
    assert compile_where((), "e.properties", Parameters()) == "true"


@pytest.mark.parametrize(
    ("predicate", "expected", "values"),
    [
        (
            Comparison("contact.properties.plan", Operator.EQUALS, "pro"),
            "coalesce((c.properties -> $3::text) = $4::jsonb, false)",
            ("plan", "pro"),
        ),
        (
            Comparison("contact.unsubscribed", Operator.EQUALS, False),
            "(NOT (c.unsubscribed_at IS NOT NULL))",
            (),
        ),
        (
            DateTest("contact.createdAt", Relation.MORE_THAN_AGO, "7d"),
            (
                "(c.created_at < date_trunc('milliseconds', ($2::timestamptz - interval '604800 seconds'))"
                " + interval '1 millisecond')"
            ),
            (),
        ),
        (
            TagTest("vip"),
            (
                "EXISTS (SELECT 1 FROM contact_tag AS t WHERE t.workspace_id = $1 AND t.tag = $3::text"
                " AND t.contact_id = c.id)"
            ),
            ("vip",),
        ),
        (ListTest("nowhere"), "false", ()),
        (SegmentTest("nowhere"), "false", ()),
    ],
)
def test_a_condition_is_asked_where_an_index_can_answer(
    predicate: Predicate, expected: str, values: tuple[object, ...]
) -> None:
    sql, parameters = compiled(predicate)

    assert (sql, parameters.values) == (expected, values)


def test_of_a_page_only_its_people_are_read() -> None:
    sql, parameters = compiled(EventTest("order.placed", at_least=3, within="7d"), paged=True)

    assert sql == (
        "((c.id IN (SELECT e.contact_id FROM event AS e WHERE e.workspace_id = $1 AND e.name = $5::text"
        " AND e.occurred_at > ($2::timestamptz - interval '604800 seconds') AND e.occurred_at <= $2::timestamptz"
        " AND e.contact_id > $3 AND e.contact_id <= $4 GROUP BY 1 HAVING count(*) >= 3)))"
    )
    assert parameters.values == ("order.placed",)


def test_a_path_is_a_value_and_never_a_part_of_the_text() -> None:
    path = "contact.properties.a'); DROP TABLE contact; --"

    sql, parameters = compiled(Comparison(path, Operator.EXISTS))

    assert "DROP" not in sql
    assert parameters.values == ("a'); DROP TABLE contact; --",)


def test_dates_and_windows_are_expressions_by_themselves() -> None:
    parameters = Parameters(fixed=1)

    assert compile_moment("contact.createdAt", parameters) == "date_trunc('milliseconds', c.created_at)"
    assert compile_moment("contact.unsubscribed", parameters) == "NULL::timestamptz"
    assert "moment(" in compile_moment("contact.properties.at", parameters)
    assert compile_within(EventTest("a"), "e.occurred_at") == "true"
    assert compile_where((Comparison("event.a", Operator.EXISTS),), "e.properties", parameters) == (
        "(coalesce((e.properties -> $3::text) <> 'null'::jsonb, false))"
    )
