"""The published formats of segment rules: what each of their operators becomes, and what is refused."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
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
from dripline.segments.formats import read_rules

PLAN = "contact.properties.plan"


def problems_of(rules: Json) -> list[Problem]:
    with pytest.raises(Invalid) as refused:
        read_rules(rules)
    return list(refused.value.problems)


def filter_(field: str, operator: str, value: Json = None) -> Mapping[str, Json]:
    return {"field": field, "operator": operator, "value": value}


def read_filter(field: str, operator: str, value: Json = None) -> Predicate:
    joined = read_rules({"filters": [filter_(field, operator, value)], "filterJoinOperator": "and"})
    assert isinstance(joined, All)
    [predicate] = joined.tests
    return predicate


# Conditions with `field`, `op` and `within`; with `property` and `operator`; and a bare list.


def test_a_group_of_fields_and_events_is_read() -> None:
    rules: Json = {
        "operator": "and",
        "conditions": [
            {"field": "properties.plan", "op": "eq", "value": "pro"},
            {"field": "events.app.opened", "op": "occurred", "within": "30d"},
            {"field": "events.order.placed", "op": "not_occurred"},
        ],
    }

    assert read_rules(rules) == All(
        (
            Comparison(PLAN, Operator.EQUALS, "pro"),
            EventTest("app.opened", within="30d"),
            Not(EventTest("order.placed")),
        )
    )


@pytest.mark.parametrize(
    ("word", "value", "operator"),
    [
        ("eq", "pro", Operator.EQUALS),
        ("neq", True, Operator.NOT_EQUALS),
        ("gt", 5, Operator.GREATER_THAN),
        ("gte", 5.5, Operator.GREATER_OR_EQUAL),
        ("lt", "2030-01-01", Operator.LESS_THAN),
        ("lte", 5, Operator.LESS_OR_EQUAL),
        ("contains", "pr", Operator.CONTAINS),
        ("exists", None, Operator.EXISTS),
        ("not_exists", None, Operator.NOT_EXISTS),
    ],
)
def test_each_short_operator_is_read(word: str, value: Json, operator: Operator) -> None:
    condition: Mapping[str, Json] = {
        "field": "properties.plan",
        "op": word,
        **({"value": value} if value is not None else {}),
    }

    assert read_rules({"conditions": [condition]}) == All((Comparison(PLAN, operator, value),))


@pytest.mark.parametrize("operator", Operator)
def test_each_operator_of_properties_is_read(operator: Operator) -> None:
    value: Json = 5 if operator.takes_value else None
    condition: Mapping[str, Json] = {
        "property": "properties.plan",
        "operator": str(operator),
        **({"value": 5} if value else {}),
    }

    assert read_rules({"operator": "or", "conditions": [condition]}) == AnyOf((Comparison(PLAN, operator, value),))


@pytest.mark.parametrize(
    ("word", "value", "operator"),
    [
        ("equals", "pro", Operator.EQUALS),
        ("not_equals", "pro", Operator.NOT_EQUALS),
        ("contains", "pr", Operator.CONTAINS),
        ("not_contains", "pr", Operator.NOT_CONTAINS),
        ("starts_with", "pr", Operator.STARTS_WITH),
        ("ends_with", "ro", Operator.ENDS_WITH),
        ("before", "2030-01-01", Operator.LESS_THAN),
        ("after", "2030-01-01T09:00:00Z", Operator.GREATER_THAN),
        ("gt", 1, Operator.GREATER_THAN),
        ("lt", 1, Operator.LESS_THAN),
        ("gte", 1, Operator.GREATER_OR_EQUAL),
        ("lte", 1, Operator.LESS_OR_EQUAL),
        ("exists", None, Operator.EXISTS),
        ("not_exists", None, Operator.NOT_EXISTS),
    ],
)
def test_each_operator_of_a_bare_list_is_read(word: str, value: Json, operator: Operator) -> None:
    item = {"field": "contact.properties.plan", "operator": word, **({"value": value} if value is not None else {})}

    assert read_rules([item]) == All((Comparison(PLAN, operator, value),))


def test_groups_lie_within_groups_and_beside_other_conditions() -> None:
    rules: Json = {
        "operator": "or",
        "conditions": [
            {"operator": "and", "conditions": [{"field": "email", "op": "contains", "value": "@example.com"}]},
            {"tag": "VIP"},
            {"not": {"segment": "churned"}},
            {"property": "createdAt", "operator": "inTheLast", "value": "30d"},
        ],
    }

    assert read_rules(rules) == AnyOf(
        (
            All((Comparison("contact.email", Operator.CONTAINS, "@example.com"),)),
            TagTest("vip"),
            Not(SegmentTest("churned")),
            DateTest("contact.createdAt", Relation.IN_THE_LAST, "30d"),
        )
    )


def test_one_condition_alone_is_read() -> None:
    assert read_rules({"field": "events.a", "op": "exists"}) == EventTest("a")
    assert read_rules({"property": "email", "operator": "exists"}) == Comparison("contact.email", Operator.EXISTS)


# Filters with `field`, `operator` and `value`, in one list or in groups.

FILTERS: list[tuple[str, str, Json, Predicate]] = [
    ("status", "is", "unsubscribed", Comparison("contact.unsubscribed", Operator.EQUALS, True)),
    ("status", "is_not", "bounced", Not(Comparison("contact.suppressed", Operator.EQUALS, True))),
    ("segment", "is", "seg_1", SegmentTest("seg_1")),
    ("segment", "is_not", "seg_1", Not(SegmentTest("seg_1"))),
    ("tag", "contains", "VIP_User", TagTest("vip-user")),
    ("tag", "not_contains", "lead", Not(TagTest("lead"))),
    ("tag", "is_empty", None, Not(TagTest("*"))),
    ("tag", "is_not_empty", "", TagTest("*")),
    ("email", "contains", "@example.com", Comparison("contact.email", Operator.CONTAINS, "@example.com")),
    ("email", "not_contains", "test", Comparison("contact.email", Operator.NOT_CONTAINS, "test")),
    ("email", "is", "ann@example.com", Comparison("contact.email", Operator.EQUALS, "ann@example.com")),
    ("email", "is_not", "ann@example.com", Comparison("contact.email", Operator.NOT_EQUALS, "ann@example.com")),
    ("firstName", "contains", "an", Comparison("contact.properties.firstName", Operator.CONTAINS, "an")),
    ("lastName", "not_contains", "an", Comparison("contact.properties.lastName", Operator.NOT_CONTAINS, "an")),
    ("list", "is", "lst_1", ListTest("lst_1")),
    ("list", "is_not", "lst_1", Not(ListTest("lst_1"))),
    ("list", "is_empty", None, Not(ListTest("*"))),
    ("list", "is_not_empty", None, ListTest("*")),
    ("added", "less_than", "30d", DateTest("contact.createdAt", Relation.IN_THE_LAST, "30d")),
    ("added", "more_than", "24h", DateTest("contact.createdAt", Relation.MORE_THAN_AGO, "24h")),
    ("attribute", "is", "plan:pro", Comparison(PLAN, Operator.EQUALS, "pro")),
    ("attribute", "is_not", "plan:pro", Not(Comparison(PLAN, Operator.EQUALS, "pro"))),
    (
        "attribute",
        "is",
        "plan:30",
        AnyOf((Comparison(PLAN, Operator.EQUALS, "30"), Comparison(PLAN, Operator.EQUALS, 30))),
    ),
    (
        "attribute",
        "is",
        "plan:true",
        AnyOf((Comparison(PLAN, Operator.EQUALS, "true"), Comparison(PLAN, Operator.EQUALS, True))),
    ),
    ("attribute", "is", "site:https://a", Comparison("contact.properties.site", Operator.EQUALS, "https://a")),
    ("attribute", "is", "plan:" + "[" * 9_000, Comparison(PLAN, Operator.EQUALS, "[" * 9_000)),
    ("attribute", "contains", "plan:pr", Comparison(PLAN, Operator.CONTAINS, "pr")),
    ("attribute", "not_contains", "plan:pr", Not(Comparison(PLAN, Operator.CONTAINS, "pr"))),
    ("attribute", "gt", "age:30", Comparison("contact.properties.age", Operator.GREATER_THAN, 30)),
    ("attribute", "gte", "age:30.5", Comparison("contact.properties.age", Operator.GREATER_OR_EQUAL, 30.5)),
    ("attribute", "lt", "born:1990-01-01", Comparison("contact.properties.born", Operator.LESS_THAN, "1990-01-01")),
    ("attribute", "lte", "age:-1", Comparison("contact.properties.age", Operator.LESS_OR_EQUAL, -1)),
    (
        "attribute",
        "is_empty",
        "plan",
        AnyOf((Comparison(PLAN, Operator.NOT_EXISTS), Comparison(PLAN, Operator.EQUALS, ""))),
    ),
    (
        "attribute",
        "is_not_empty",
        "plan:",
        Not(AnyOf((Comparison(PLAN, Operator.NOT_EXISTS), Comparison(PLAN, Operator.EQUALS, "")))),
    ),
    ("event", "is", "order.placed:30d", EventTest("order.placed", within="30d")),
    ("event", "is", "order.placed", EventTest("order.placed")),
    ("event", "is_not", "order.placed:all", Not(EventTest("order.placed"))),
    ("event", "at_least", "order.placed:5:30d", EventTest("order.placed", at_least=5, within="30d")),
    ("event", "at_least", "order.placed:5", EventTest("order.placed", at_least=5)),
    ("event", "less_than_count", "order.placed:5:30d", Not(EventTest("order.placed", at_least=5, within="30d"))),
    ("event", "at_least", "user:made:5:all", EventTest("user:made", at_least=5)),
    ("emailSent", "is", "24h", EventTest("email.sent", within="24h")),
    ("emailDelivered", "is_not", "7d", Not(EventTest("email.delivered", within="7d"))),
    ("emailOpened", "at_least", "3:90d", EventTest("email.opened", at_least=3, within="90d")),
    ("emailClicked", "less_than_count", "2:all", Not(EventTest("email.clicked", at_least=2))),
    ("emailComplained", "is", "all", EventTest("email.complained")),
    ("emailBounced", "is", "8760h", EventTest("email.bounced", within="8760h")),
    (
        "emailBounced",
        "is_permanent_bounce",
        "180d",
        EventTest("email.bounced", (Comparison("event.type", Operator.EQUALS, "hard"),), within="180d"),
    ),
    (
        "emailBounced",
        "is_temporary_bounce",
        "all",
        EventTest("email.bounced", (Comparison("event.type", Operator.EQUALS, "soft"),)),
    ),
]


@pytest.mark.parametrize(("field", "operator", "value", "expected"), FILTERS)
def test_each_operator_of_each_field_is_read(field: str, operator: str, value: Json, expected: Predicate) -> None:
    assert read_filter(field, operator, value) == expected


def test_who_is_active_can_be_mailed() -> None:
    assert read_filter("status", "is", "active") == All(
        (
            Comparison("contact.subscribed", Operator.EQUALS, True),
            Comparison("contact.suppressed", Operator.EQUALS, False),
        )
    )


def test_filters_are_joined_by_either_word() -> None:
    filters: Sequence[Json] = [filter_("tag", "contains", "a"), {**filter_("tag", "contains", "b"), "id": "f2"}]
    both = (TagTest("a"), TagTest("b"))

    assert read_rules({"filters": filters, "filterJoinOperator": "or"}) == AnyOf(both)
    assert read_rules({"format": "v1", "filters": filters, "root": None}) == All(both)


def test_groups_of_filters_lie_within_groups() -> None:
    root: Mapping[str, Json] = {
        "kind": "group",
        "id": "g1",
        "joinOperator": "or",
        "children": [
            {"kind": "filter", "id": "f1", **filter_("tag", "contains", "vip")},
            {"kind": "group", "id": "g2", "children": [{"kind": "filter", **filter_("event", "is", "a:7d")}]},
        ],
    }
    expected = AnyOf((TagTest("vip"), All((EventTest("a", within="7d"),))))

    assert read_rules({"format": "v2", "root": root}) == expected
    assert read_rules(root) == expected


# What is refused.

REFUSED: list[tuple[Json, str]] = [
    (None, "rules"),
    ("vip", "rules"),
    ({}, "rules.property"),
    ([], "rules"),
    ({"conditions": []}, "rules.conditions"),
    ({"conditions": None}, "rules.conditions"),
    ({"operator": "xor", "conditions": [{"tag": "a"}]}, "rules.operator"),
    ({"conditions": [{"field": "plan", "op": "eq", "value": 1}]}, "rules.conditions[0].field"),
    ({"conditions": [{"field": "email", "op": "equal", "value": 1}]}, "rules.conditions[0].op"),
    ({"conditions": [{"field": "email", "op": "eq"}]}, "rules.conditions[0].value"),
    ({"conditions": [{"field": "email", "op": "eq", "value": "a", "within": "7d"}]}, "rules.conditions[0].within"),
    ({"conditions": [{"field": "lastActiveAt", "op": "gt", "value": "2030-01-01"}]}, "rules.conditions[0].field"),
    ({"conditions": [{"field": "events.a", "op": "eq", "value": 1}]}, "rules.conditions[0].op"),
    ({"conditions": [{"field": "events.a", "op": "occurred", "within": "soon"}]}, "rules.conditions[0].within"),
    ({"conditions": [{"field": "events.", "op": "occurred"}]}, "rules.conditions[0].field"),
    ([{"field": "createdAt", "operator": "before", "value": 5}], "rules[0].value"),
    ([{"field": "properties.age", "operator": "gt", "value": "old"}], "rules[0].value"),
    ([{"field": "properties.age", "operator": "is", "value": 5}], "rules[0].operator"),
    (["vip"], "rules[0]"),
    ({"filters": []}, "rules.filters"),
    ({"filters": [filter_("tag", "contains", "a")], "filterJoinOperator": "AND"}, "rules.filterJoinOperator"),
    ({"filters": [filter_("tag", "contains", "a")], "format": "v2"}, "rules.format"),
    ({"filters": [filter_("tga", "contains", "a")]}, "rules.filters[0].field"),
    ({"filters": [filter_("tag", "is", "a")]}, "rules.filters[0].operator"),
    ({"filters": [filter_("tag", "contains")]}, "rules.filters[0].value"),
    ({"filters": [filter_("tag", "contains", "!")]}, "rules.filters[0].value"),
    ({"filters": [filter_("tag", "is_empty", "a")]}, "rules.filters[0].value"),
    ({"filters": [filter_("status", "is", "asleep")]}, "rules.filters[0].value"),
    ({"filters": [filter_("added", "less_than", "soon")]}, "rules.filters[0].value"),
    ({"filters": [filter_("attribute", "is", "plan")]}, "rules.filters[0].value"),
    ({"filters": [filter_("attribute", "is", ":pro")]}, "rules.filters[0].value"),
    ({"filters": [filter_("attribute", "gt", "age:old")]}, "rules.filters[0].value"),
    ({"filters": [filter_("event", "is", "a:soon")]}, "rules.filters[0].value"),
    ({"filters": [filter_("event", "at_least", "a")]}, "rules.filters[0].value"),
    ({"filters": [filter_("event", "at_least", "a:0:30d")]}, "rules.filters[0].value"),
    ({"filters": [filter_("emailSent", "is", "campaign:cmp_1")]}, "rules.filters[0].value"),
    ({"filters": [filter_("emailSent", "is", "marketing:30d")]}, "rules.filters[0].value"),
    ({"filters": [filter_("emailSent", "at_least", "30d")]}, "rules.filters[0].value"),
    ({"filters": [{**filter_("tag", "contains", "a"), "colour": 1}]}, "rules.filters[0].colour"),
    ({"root": {"children": []}}, "rules.root.children"),
    ({"root": {"kind": "filter", "children": [filter_("tag", "contains", "a")]}}, "rules.root.kind"),
    ({"root": [1]}, "rules.root"),
    ({"all": []}, "rules.all"),
    ({"tag": "a", "colour": 1}, "rules.colour"),
]


@pytest.mark.parametrize(("rules", "path"), REFUSED)
def test_wrong_rules_are_refused_at_their_place(rules: Json, path: str) -> None:
    [problem] = problems_of(rules)

    assert problem.path == path


@pytest.mark.parametrize(
    "field",
    [
        "smsStatus",
        "phone",
        "emailProvider",
        "stripeProduct",
        "stripeCurrentProduct",
        "stripeTrialProduct",
        "commerceProduct",
        "commerceCollection",
        "pollResponse",
        "pushDevice",
        "pushSent",
        "pushDelivered",
        "pushClicked",
    ],
)
def test_what_there_is_nothing_to_ask_of_is_refused_with_the_reason(field: str) -> None:
    [problem] = problems_of({"filters": [filter_(field, "is", "x")]})

    assert problem.path == "rules.filters[0].field"
    assert problem.message.startswith(f"'{field}' cannot be asked here: ")


def test_every_fault_is_named() -> None:
    problems = problems_of({"conditions": [{"field": "plan", "op": "eq", "value": 1}, {"any": []}, 5]})

    assert [problem.path for problem in problems] == [
        "rules.conditions[0].field",
        "rules.conditions[1].any",
        "rules.conditions[2]",
    ]


def test_too_many_and_too_deep_conditions_are_refused() -> None:
    deep: Json = {"tag": "a"}
    for _ in range(8):
        deep = {"conditions": [deep]}

    assert problems_of(deep)[0].expected == "at most 8 levels"
    assert problems_of([{"tag": "a"}] * 101)[0].expected == "at most 100"


_KEYS = st.sampled_from(
    ("operator", "conditions", "filters", "filterJoinOperator", "root", "children", "kind", "format", "field", "op")
) | st.sampled_from(("value", "within", "property", "all", "any", "not", "tag", "list", "segment", "event", "where"))
_LEAVES = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(
    ("and", "is", "eq", "tag", "attribute", "events.a", "a:1:30d", "30d", "properties.a", "exists", "group", ":", "")
)  # fmt: skip
_ANYTHING: st.SearchStrategy[Json] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=10
)


@settings(max_examples=500, deadline=None)
@given(_ANYTHING)
def test_anything_is_either_read_or_refused_with_a_place(rules: Json) -> None:
    problems = []
    try:
        read_rules(rules)
    except Invalid as refused:
        problems = [*refused.problems] or [Problem("", "refused without a reason")]

    assert all(problem.path.startswith("rules") for problem in problems)
