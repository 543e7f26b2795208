"""The grammar of conditions: what is read, what is refused, and that it can be written."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings

from dripline.documents.condition_writing import comparisons_to_json, predicate_to_json
from dripline.documents.conditions import read_filter, read_predicate, read_predicates
from dripline.documents.converting import convert
from dripline.documents.faults import Faults
from dripline.documents.fields import Reader
from dripline.documents.nodes import Fields, Items
from dripline.kernel.durations import EXPECTED
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.tags import normal_tag
from dripline.kernel.values import Json
from dripline.predicates import walking
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.paths import Scope
from dripline.predicates.walking import depth_of, events_in
from tests.makers.conditions import SCALARS, predicates

PRO: Mapping[str, Json] = {"property": "contact.properties.plan", "operator": "equals", "value": "pro"}
IS_PRO = Comparison("contact.properties.plan", Operator.EQUALS, "pro")


def read(value: Mapping[str, Json], scope: Scope = Scope.SEGMENT) -> Predicate:
    faults = Faults()
    node = convert(value, faults)
    assert isinstance(node, Fields)
    reader = Reader(node, "", faults)
    predicate = read_predicate(reader, scope)
    reader.finish()
    faults.raise_any()
    return predicate


def faults_of(value: Mapping[str, Json], scope: Scope = Scope.SEGMENT) -> list[Problem]:
    with pytest.raises(Invalid) as refused:
        read(value, scope)
    return list(refused.value.problems)


READ: list[tuple[Mapping[str, Json], Predicate]] = [
    (PRO, IS_PRO),
    (
        {"property": "contact.createdAt", "operator": "inTheLast", "value": "7d"},
        DateTest("contact.createdAt", Relation.IN_THE_LAST, "7d"),
    ),
    (
        {"property": "contact.properties.renewsAt", "operator": "moreThanAhead", "value": "1w"},
        DateTest("contact.properties.renewsAt", Relation.MORE_THAN_AHEAD, "1w"),
    ),
    ({"property": "contact.email", "operator": "exists"}, Comparison("contact.email", Operator.EXISTS)),
    ({"tag": "VIP_User"}, TagTest("vip-user")),
    ({"tag": "*"}, TagTest("*")),
    ({"list": "newsletter"}, ListTest("newsletter")),
    ({"segment": "power users"}, SegmentTest("power users")),
    ({"event": "order.placed"}, EventTest("order.placed")),
    (
        {
            "event": "order.placed",
            "where": [{"property": "event.total", "operator": "greaterThanOrEquals", "value": 50}],
            "atLeast": 3,
            "within": "30d",
        },
        EventTest("order.placed", (Comparison("event.total", Operator.GREATER_OR_EQUAL, 50),), 3, "30d"),
    ),
    ({"all": [PRO, {"tag": "vip"}]}, All((IS_PRO, TagTest("vip")))),
    ({"any": [{"not": {"tag": "vip"}}, PRO]}, AnyOf((Not(TagTest("vip")), IS_PRO))),
    (
        {"property": "contact.tags", "operator": "contains", "value": "VIP User"},
        Comparison("contact.tags", Operator.CONTAINS, "vip-user"),
    ),
]


@pytest.mark.parametrize(("value", "expected"), READ)
def test_each_kind_is_read(value: Mapping[str, Json], expected: Predicate) -> None:
    assert read(value) == expected


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_is_read(operator: Operator) -> None:
    value: dict[str, Json] = {"property": "contact.email", "operator": str(operator)}
    if operator.takes_value:
        value["value"] = "x"

    assert read(value) == Comparison("contact.email", operator, value.get("value"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("email", "contact.email"),
        ("createdAt", "contact.createdAt"),
        ("tags", "contact.tags"),
        ("properties.plan", "contact.properties.plan"),
        ("contact.properties.plan", "contact.properties.plan"),
    ],
)
def test_rules_of_a_segment_may_leave_out_whom_they_are_about(path: str, expected: str) -> None:
    assert read({"property": path, "operator": "exists"}) == Comparison(expected, Operator.EXISTS)


@pytest.mark.parametrize("path", ["email", "properties.plan"])
def test_a_sequence_names_paths_in_full(path: str) -> None:
    [problem] = faults_of({"property": path, "operator": "exists"}, Scope.EVENT)

    assert problem.path == "property"


_KINDS = "property, event, tag, list, segment, all, any or not"

REFUSED: list[tuple[Mapping[str, Json], str, str]] = [
    ({}, "property", "the condition asks nothing."),
    ({"tag": "a", "list": "b"}, "list", "a condition asks one thing; this one asks for 'tag' already."),
    ({"all": []}, "all", "an empty filter matches nobody."),
    ({"any": []}, "any", "an empty filter matches nobody."),
    ({"not": []}, "not", f"expected a condition with {_KINDS}, found a list."),
    ({"all": {"tag": "a"}}, "all", "expected a list, found a mapping."),
    ({"all": ["vip"]}, "all[0]", f"expected a condition with {_KINDS}, found 'vip'."),
    ({"tag": "!?"}, "tag", "nothing of '!?' is left as a tag."),
    ({"tag": "vip", "value": 1}, "value", "'value' belongs to 'property', not to 'tag'."),
    ({"tag": "vip", "within": "7d"}, "within", "'within' belongs to 'event', not to 'tag'."),
    ({"event": "a", "where": []}, "where", "an empty filter matches nothing."),
    ({"event": "a", "atLeast": 0}, "atLeast", "expected a whole number from 1 to 1000000, found the number 0."),
    ({"event": "a", "within": "a week"}, "within", f"expected {EXPECTED}, found 'a week'."),
    ({"event": "a", "colour": "red"}, "colour", "the key 'colour' is unknown here."),
    ({"property": "email", "operator": "exists", "value": 1}, "value", "exists takes no value."),
    ({"property": "email", "operator": "equals"}, "value", "'value' is missing."),
    (
        {"property": "email", "operator": "equals", "value": []},
        "value",
        "expected text, a number, or true or false, found a list.",
    ),
    (
        {"property": "createdAt", "operator": "inTheLast", "value": 7},
        "value",
        f"expected a duration: {EXPECTED}, found the number 7.",
    ),
    ({"property": "plan", "operator": "exists"}, "property", "there is nothing at 'plan'."),
    ({"property": "event.total", "operator": "exists"}, "property", "there is nothing at 'event.total'."),
    ({"property": "tags", "operator": "contains", "value": "?"}, "value", "nothing of '?' is left as a tag."),
]


@pytest.mark.parametrize(("value", "path", "message"), REFUSED)
def test_what_is_wrong_is_named_with_its_place(value: Mapping[str, Json], path: str, message: str) -> None:
    [problem] = faults_of(value)

    assert (problem.path, problem.message) == (path, message)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"property": "plan", "operator": "exists"}, "Did you mean 'contact.properties.plan'?"),
        ({"property": "event.a", "operator": "exists"}, "What belongs to an event is asked in 'where' beside 'event'."),
        ({"property": "email", "operator": "inTheLst", "value": "7d"}, "Did you mean 'inTheLast'?"),
        ({"property": "email", "operator": "not_equals", "value": 1}, "Did you mean 'notEquals'?"),
    ],
)
def test_what_was_probably_meant_is_named(value: Mapping[str, Json], hint: str) -> None:
    [problem] = faults_of(value)

    assert problem.hint == hint


def test_all_faults_are_found_at_once() -> None:
    problems = faults_of({"all": [{"tag": "!"}, {"any": []}, {"not": {"list": 5}}]})

    assert [problem.path for problem in problems] == ["all[0].tag", "all[1].any", "all[2].not.list"]


def nested(levels: int) -> Mapping[str, Json]:
    value: Mapping[str, Json] = {"tag": "vip"}
    for _ in range(levels - 1):
        value = {"not": value}
    return value


def test_eight_levels_are_read_and_nine_are_refused() -> None:
    assert depth_of(read(nested(8))) == 8
    assert faults_of(nested(9))[0].expected == "at most 8 levels"


def test_a_hundred_tests_are_read_and_more_are_refused() -> None:
    assert isinstance(read({"all": [{"any": [{"tag": "a"}] * 60}, {"any": [{"tag": "b"}] * 40}]}), All)
    assert faults_of({"all": [{"tag": "a"}] * 101})[0].expected == "at most 100 tests, nested ones counted"


# What a document can write; a property may be a number up to twice as large.
_WRITTEN = SCALARS.filter(lambda value: not isinstance(value, int) or value < 2**63)
_IN_TAGS = (Operator.CONTAINS, Operator.NOT_CONTAINS)


def asks_for_a_tag_that_is_none(predicate: Predicate) -> bool:
    comparisons = [test for test in walking.tests_in(predicate) if isinstance(test, Comparison)]
    comparisons += [each for test in events_in(predicate) for each in test.where]
    return any(
        each.path == "contact.tags"
        and each.operator in _IN_TAGS
        and isinstance(each.value, str)
        and (not each.value or normal_tag(each.value) != each.value)
        for each in comparisons
    )


@settings(max_examples=200, deadline=None)
@given(predicates(_WRITTEN, empty=False))
def test_a_condition_that_was_written_is_read_as_the_same_one(predicate: Predicate) -> None:
    assume(not asks_for_a_tag_that_is_none(predicate))

    assert read(predicate_to_json(predicate)) == predicate


def test_a_list_of_conditions_and_a_filter_are_read() -> None:
    faults = Faults()
    node = convert({"exits": [PRO, {"tag": "a"}], "where": [PRO]}, faults)
    assert isinstance(node, Fields)
    reader = Reader(node, "", faults)
    exits = node.entries[0].value
    assert isinstance(exits, Items)

    assert read_predicates(exits.items, "exits", faults) == (IS_PRO, TagTest("a"))
    assert read_filter(reader, "where") == (IS_PRO,)
    assert comparisons_to_json((IS_PRO,)) == [PRO]
    faults.raise_any()
