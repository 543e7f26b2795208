"""Trees are kept and given back, with ids for names and rules for the segments in them."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.ids import ListId, SegmentId, new_uuid, show
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
from dripline.segments.trees import expand, list_ids, read_tree, refs_of, with_ids, write_tree

TEXTS = st.text(max_size=5)
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS | st.lists(st.integers(0, 3), max_size=2)
COMPARISONS = st.tuples(TEXTS, st.sampled_from(Operator), VALUES).map(lambda each: Comparison(*each))
TESTS = st.one_of(
    COMPARISONS,
    st.builds(DateTest, TEXTS, st.sampled_from(Relation), st.just("7d")),
    st.builds(TagTest, TEXTS),
    st.builds(ListTest, TEXTS),
    st.builds(SegmentTest, TEXTS),
    st.builds(
        EventTest,
        TEXTS,
        st.lists(COMPARISONS, max_size=2).map(tuple),
        at_least=st.integers(1, 5),
        within=st.none() | st.just("3d"),
    ),
)
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)
PRO = Comparison("contact.properties.plan", Operator.EQUALS, "pro")


@settings(max_examples=200)
@given(tree=TREES)
def test_a_tree_is_given_back_as_it_was_kept(tree: Predicate) -> None:
    assert read_tree(json.loads(json.dumps(write_tree(tree)))) == tree


def test_names_become_ids_wherever_they_stand() -> None:
    news, vips = ListId(new_uuid()), SegmentId(new_uuid())
    tree = Not(All((AnyOf((ListTest("News"), TagTest("vip"))), SegmentTest("vips"), ListTest("*"))))

    found = with_ids(tree, {"News": news}, {"vips": vips})

    texts = show("list", news), show("segment", vips)
    assert found == Not(All((AnyOf((ListTest(texts[0]), TagTest("vip"))), SegmentTest(texts[1]), ListTest("*"))))
    assert list_ids(found) == {texts[0]: news}
    assert refs_of(found) == frozenset([vips])


def test_the_rules_of_a_segment_take_the_place_of_its_id() -> None:
    vips = SegmentId(new_uuid())
    tree = AnyOf((Not(SegmentTest(show("segment", vips))), TagTest("vip")))

    assert expand(tree, {vips: PRO}) == AnyOf((Not(PRO), TagTest("vip")))
