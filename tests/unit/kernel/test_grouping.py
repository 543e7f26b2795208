"""Grouping keeps everything, and its order."""

from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.grouping import grouped


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())))
def test_every_item_is_in_its_group_in_the_order_in_which_it_came(items: list[tuple[int, int]]) -> None:
    groups = grouped(items, key=lambda item: item[0])

    assert groups == {name: [item for item in items if item[0] == name] for name, _ in items}
    assert list(groups) == list(dict.fromkeys(name for name, _ in items))
