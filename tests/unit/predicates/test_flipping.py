"""Between its boundaries a condition stays as it is, whatever time it is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.boundaries import DateBoundary, boundaries
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import DateTest, Relation
from dripline.predicates.truth import moment
from tests.makers.conditions import DURATIONS, TEXTS
from tests.makers.programs import NOON, KnownFacts, make

_PATH = "contact.properties.at"
_TESTS = make(DateTest, st.just(_PATH), st.sampled_from(Relation), st.sampled_from(DURATIONS))
_SPANS = st.timedeltas(timedelta(), timedelta(days=9))


@settings(max_examples=300, deadline=None)
@given(_TESTS, TEXTS, _SPANS, _SPANS)
def test_a_test_of_a_date_flips_only_where_a_boundary_lies(
    test: DateTest, date: str, before: timedelta, after: timedelta
) -> None:
    known: Mapping[str, Json] = {_PATH: date}
    first, last = KnownFacts(known, now=NOON - before), KnownFacts(known, now=NOON + after)

    if evaluate(test, first) is not evaluate(test, last):
        assert _is_crossed(test, date, first.now, last.now)


@pytest.mark.parametrize("relation", Relation)
def test_a_test_of_a_date_flips_exactly_at_its_boundaries(relation: Relation) -> None:
    test, known = DateTest(_PATH, relation, "7d"), KnownFacts({_PATH: NOON.isoformat()})

    for boundary in boundaries(test):
        then = replace(known, now=NOON + boundary.shift)
        before = replace(then, now=then.now - timedelta(microseconds=1))

        assert evaluate(test, before) is not evaluate(test, then)


def _is_crossed(test: DateTest, date: str, start: datetime, end: datetime) -> bool:
    at = moment(date)
    shifts = [boundary.shift for boundary in boundaries(test) if isinstance(boundary, DateBoundary)]
    return at is not None and any(start < at + shift <= end for shift in shifts)
