"""A condition that is decided in parts: whatever is known first, the end is the same, and nothing is asked in vain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates import walking
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import All, AnyOf, Comparison, EventTest, Not, Operator, Predicate, TagTest
from dripline.predicates.narrowing import narrow
from dripline.predicates.walking import Test
from tests.makers.conditions import predicates

VIP, CHURNED = TagTest("vip"), TagTest("churned")
PRO = Comparison("contact.properties.plan", Operator.EQUALS, "pro")
BOUGHT = EventTest("purchase")


@dataclass(frozen=True, slots=True)
class Said:
    """Facts in which each tag, list, segment and event test simply has an answer."""

    values: Mapping[str, Json] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    now: datetime = datetime(2026, 6, 1, tzinfo=UTC)

    def look_up(self, path: str) -> Json:
        """The value of a path."""
        return self.values.get(path)

    def has_tag(self, tag: str) -> bool:
        """Whether the tag is named."""
        return tag in self.named

    def is_on_list(self, name: str) -> bool:
        """Whether the list is named."""
        return name in self.named

    def is_in_segment(self, name: str) -> bool:
        """Whether the segment is named."""
        return name in self.named

    def count(self, test: EventTest) -> int:
        """As many as it asks for where the event is named, else none."""
        return test.at_least if test.event in self.named else 0


def is_apart(test: Test) -> bool:
    return not isinstance(test, Comparison)


def test_what_is_known_settles_a_condition_that_it_decides() -> None:
    pro, free = Said({"contact.properties.plan": "pro"}), Said()
    either, both = AnyOf((BOUGHT, PRO)), All((BOUGHT, PRO))

    left = [narrow(tree, facts, is_apart) for tree in (either, both) for facts in (pro, free)]

    assert left == [True, BOUGHT, BOUGHT, False]


def test_what_is_left_names_only_what_is_open() -> None:
    tree = All((PRO, AnyOf((VIP, BOUGHT)), Not(CHURNED)))

    left = narrow(tree, Said({"contact.properties.plan": "pro"}), is_apart)

    assert left == All((AnyOf((VIP, BOUGHT)), Not(CHURNED)))


def test_an_empty_condition_is_settled_as_it_is_evaluated() -> None:
    left = [narrow(tree, Said(), is_apart) for tree in (All(()), AnyOf(()), Not(All(())))]

    assert left == [False, False, True]


@given(tree=predicates(), named=st.frozensets(st.text(max_size=3)), opened=st.sets(st.integers(0, 12)))
def test_deciding_in_parts_comes_to_the_same_as_deciding_at_once(
    tree: Predicate, named: frozenset[str], opened: set[int]
) -> None:
    tests = list(walking.tests_in(tree))
    facts = Said({"contact.properties.plan": "pro"}, named | {"vip"})
    is_open = {tests[place] for place in opened if place < len(tests)}.__contains__

    left = narrow(tree, facts, is_open)

    assert (left if isinstance(left, bool) else evaluate(left, facts)) is evaluate(tree, facts)
    assert isinstance(left, bool) or all(is_open(test) for test in walking.tests_in(left))
