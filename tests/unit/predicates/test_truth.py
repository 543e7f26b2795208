"""The truth table of conditions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import All, AnyOf, Comparison, DateTest, Not, Operator, Relation
from dripline.predicates.truth import holds, moment
from tests.makers.programs import NOTHING, facts

_TEXTS = st.text(max_size=8) | st.sampled_from(
    ["trial", "Trial", "2030-01-31", "2030-01-31T09:00Z", "0000-00-00", "2030-02-30", "9999-12-31T23:59-23:59"]
)
ANY_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_OPPOSITES = [
    (Operator.NOT_EQUALS, Operator.EQUALS),
    (Operator.NOT_CONTAINS, Operator.CONTAINS),
    (Operator.NOT_EXISTS, Operator.EXISTS),
]
_ORDER = [Operator.GREATER_THAN, Operator.LESS_THAN]

TABLE: list[tuple[Json, Operator, Json, bool]] = [
    ("trial", Operator.EQUALS, "trial", True),
    ("Trial", Operator.EQUALS, "trial", False),
    (1, Operator.EQUALS, 1.0, True),
    (True, Operator.EQUALS, 1, False),
    (0, Operator.EQUALS, False, False),
    ("1", Operator.EQUALS, 1, False),
    (True, Operator.EQUALS, True, True),
    (["a", 1], Operator.EQUALS, ["a", 1.0], True),
    ([True], Operator.EQUALS, [1], False),
    ({"a": 1}, Operator.EQUALS, {"a": 1}, True),
    ({"a": 1}, Operator.EQUALS, {"b": 1}, False),
    (None, Operator.EQUALS, None, False),
    (None, Operator.NOT_EQUALS, "trial", True),
    ("pro", Operator.NOT_EQUALS, "trial", True),
    ("trial", Operator.NOT_EQUALS, "trial", False),
    ("Hello World", Operator.CONTAINS, "WORLD", True),
    ("Größe", Operator.CONTAINS, "GRÖ", True),
    ("Straße", Operator.CONTAINS, "STRASSE", False),
    ("ΟΔΟΣ", Operator.CONTAINS, "δος", True),
    ("hello", Operator.CONTAINS, "bye", False),
    (["red", "blue"], Operator.CONTAINS, "red", True),
    (["Red"], Operator.CONTAINS, "red", False),
    ([1, 2], Operator.CONTAINS, 2.0, True),
    (["12"], Operator.CONTAINS, "1", False),
    (12, Operator.CONTAINS, 1, False),
    ("12", Operator.CONTAINS, 1, False),
    ({"red": 1}, Operator.CONTAINS, "red", False),
    (None, Operator.CONTAINS, "", False),
    (None, Operator.NOT_CONTAINS, "x", True),
    ("hello", Operator.NOT_CONTAINS, "ELL", False),
    (["red"], Operator.NOT_CONTAINS, "blue", True),
    ("Hello", Operator.STARTS_WITH, "HE", True),
    ("Hello", Operator.STARTS_WITH, "lo", False),
    ("Hello", Operator.STARTS_WITH, "", True),
    (["Hello"], Operator.STARTS_WITH, "He", False),
    (12, Operator.STARTS_WITH, 1, False),
    ("Hello", Operator.ENDS_WITH, "LO", True),
    ("Hello", Operator.ENDS_WITH, "he", False),
    ("\N{KELVIN SIGN}elvin", Operator.STARTS_WITH, "kel", True),
    (None, Operator.ENDS_WITH, "", False),
    (3, Operator.GREATER_THAN, 2.5, True),
    (2, Operator.GREATER_OR_EQUAL, 2.0, True),
    (1, Operator.GREATER_OR_EQUAL, 2, False),
    (2, Operator.LESS_OR_EQUAL, 2, True),
    (3, Operator.LESS_OR_EQUAL, 2, False),
    (True, Operator.LESS_OR_EQUAL, True, False),
    ("a", Operator.GREATER_OR_EQUAL, "a", False),
    ("2030-01-31", Operator.GREATER_OR_EQUAL, "2030-01-31T00:00:00Z", True),
    ("2030-01-31T02:00+02:00", Operator.LESS_OR_EQUAL, "2030-01-31", True),
    (None, Operator.LESS_OR_EQUAL, 5, False),
    # Large numbers are compared by their digits, whether they are written as whole ones or not.
    (9223372036854776000, Operator.EQUALS, 9.223372036854776e18, True),
    (9223372036854775900, Operator.LESS_THAN, 9.223372036854776e18, True),
    (9007199254740993, Operator.EQUALS, 9007199254740992.0, False),
    (2, Operator.GREATER_THAN, 2, False),
    (2, Operator.LESS_THAN, 3, True),
    ("3", Operator.GREATER_THAN, 2, False),
    ("b", Operator.GREATER_THAN, "a", False),
    (True, Operator.GREATER_THAN, False, False),
    ("2030-02-01", Operator.GREATER_THAN, "2030-01-31", True),
    ("2030-01-31", Operator.LESS_THAN, "2030-01-31T00:00:01Z", True),
    ("2030-01-31", Operator.LESS_THAN, "2030-01-31T00:00:00Z", False),
    ("2030-01-31T01:00:00+02:00", Operator.LESS_THAN, "2030-01-31", True),
    ("2030-02-30", Operator.GREATER_THAN, "2030-01-31", False),
    (None, Operator.LESS_THAN, 5, False),
    (0, Operator.EXISTS, None, True),
    (False, Operator.EXISTS, None, True),
    ("", Operator.EXISTS, None, True),
    ([], Operator.EXISTS, None, True),
    (None, Operator.EXISTS, None, False),
    (None, Operator.NOT_EXISTS, None, True),
]


@pytest.mark.parametrize(("found", "operator", "value", "expected"), TABLE)
def test_each_row_of_the_table_holds(found: Json, operator: Operator, value: Json, expected: bool) -> None:
    assert holds(operator, found, value) is expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_OPPOSITES), ANY_JSON, ANY_JSON)
def test_negations_are_exact_opposites(pair: tuple[Operator, Operator], found: Json, value: Json) -> None:
    negation, claim = pair

    assert holds(negation, found, value) is not holds(claim, found, value)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Operator), ANY_JSON)
def test_missing_is_true_only_of_the_negations(operator: Operator, value: Json) -> None:
    expected = operator in (Operator.NOT_EQUALS, Operator.NOT_CONTAINS, Operator.NOT_EXISTS)

    assert holds(operator, None, value) is expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Operator), ANY_JSON, ANY_JSON)
def test_every_pair_of_values_is_decided(operator: Operator, found: Json, value: Json) -> None:
    assert holds(operator, found, value) in (True, False)


@settings(max_examples=200, deadline=None)
@given(ANY_JSON, ANY_JSON)
def test_nothing_is_both_greater_and_less(found: Json, value: Json) -> None:
    greater, less = (holds(operator, found, value) for operator in _ORDER)

    assert not (greater and less)
    assert greater is holds(Operator.LESS_THAN, value, found)
    assert not (greater and holds(Operator.GREATER_THAN, value, found))


@settings(max_examples=200, deadline=None)
@given(ANY_JSON, ANY_JSON)
def test_equality_is_the_same_from_both_sides(one: Json, other: Json) -> None:
    expected = one is not None and other is not None and holds(Operator.EQUALS, other, one)

    assert holds(Operator.EQUALS, one, other) is expected


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_a_text_contains_each_of_its_parts(before: str, part: str, after: str) -> None:
    assert holds(Operator.CONTAINS, before + part + after, part)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2030-01-31T09:30", datetime(2030, 1, 31, 9, 30, tzinfo=UTC)),
        ("2030-01-31 09:30:15", datetime(2030, 1, 31, 9, 30, 15, tzinfo=UTC)),
        ("2030-01-31T09:30:15.250z", datetime(2030, 1, 31, 9, 30, 15, 250_000, tzinfo=UTC)),
        ("2030-01-31T09:30:15.25+02:00", datetime(2030, 1, 31, 7, 30, 15, 250_000, tzinfo=UTC)),
        ("20300131", None),
        ("2030-W05-4", None),
        ("2030-01", None),
        ("2030-13-01", None),
        ("2030-01-31T24:00", None),
        ("2030-01-31 ", None),
        ("٢٠٣٠-01-31", None),
    ],
)
def test_only_iso_dates_and_times_name_a_moment(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_a_comparison_is_evaluated_against_facts() -> None:
    on_trial = Comparison("contact.properties.plan", Operator.EQUALS, "trial")

    assert evaluate(on_trial, facts(plan="trial"))
    assert not evaluate(on_trial, facts(plan="pro"))
    assert not evaluate(on_trial, NOTHING)


_AT = "2030-01-01T12:00:00Z"
_WEEK_AGO = "2029-12-25T12:00:00Z"
_WEEK_AHEAD = "2030-01-08T12:00:00Z"

DATES: list[tuple[Json, Relation, bool]] = [
    (_AT, Relation.IN_THE_LAST, True),
    ("2030-01-01T12:00:00.000001Z", Relation.IN_THE_LAST, False),
    (_WEEK_AGO, Relation.IN_THE_LAST, False),
    ("2029-12-25T12:00:00.000001Z", Relation.IN_THE_LAST, True),
    ("2029-12-26", Relation.IN_THE_LAST, True),
    (_WEEK_AGO, Relation.MORE_THAN_AGO, True),
    ("2029-12-25T12:00:00.000001Z", Relation.MORE_THAN_AGO, False),
    (_AT, Relation.IN_THE_NEXT, False),
    ("2030-01-01T12:00:00.000001Z", Relation.IN_THE_NEXT, True),
    (_WEEK_AHEAD, Relation.IN_THE_NEXT, True),
    ("2030-01-08T12:00:00.000001Z", Relation.IN_THE_NEXT, False),
    (_WEEK_AHEAD, Relation.MORE_THAN_AHEAD, False),
    ("2030-01-09", Relation.MORE_THAN_AHEAD, True),
    *((found, relation, False) for found in (None, "soon", 20300101, ["2030-01-01"]) for relation in Relation),
]


@pytest.mark.parametrize(("found", "relation", "expected"), DATES)
def test_a_date_lies_on_one_side_of_each_boundary(found: Json, relation: Relation, expected: bool) -> None:
    test = DateTest("contact.properties.renewsAt", relation, "7d")

    assert evaluate(test, facts(renewsAt=found)) is expected


def test_of_no_conditions_none_is_true() -> None:
    assert not evaluate(All(()), NOTHING)
    assert not evaluate(AnyOf(()), NOTHING)
    assert evaluate(Not(All(())), NOTHING)


def test_comparisons_with_1_and_with_true_are_two_conditions() -> None:
    one, true, point = (Comparison("event.n", Operator.EQUALS, value) for value in (1, True, 1.0))

    assert len({one, true, point}) == 3
    assert one == Comparison("event.n", Operator.EQUALS, 1)
