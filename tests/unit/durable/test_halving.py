"""Work on many is done for all but those who are at fault, and stops where the fault is nobody's."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.durable.halving import in_halves


class AwayError(Exception):
    """The database cannot be reached."""


class Worker:
    """Works on numbers, of which some are bad."""

    def __init__(self, bad: set[int], *, away_at: int | None = None) -> None:
        self.bad = bad
        self.away_at = away_at
        self.tries: list[list[int]] = []
        self.at_fault: list[int] = []

    async def work(self, items: Sequence[int]) -> list[int]:
        self.tries.append(list(items))
        if self.away_at in items:
            raise AwayError
        if found := self.bad.intersection(items):
            raise ValueError(f"bad: {sorted(found)}")
        return list(items)

    async def note(self, item: int, error: Exception) -> None:
        assert str(error) == f"bad: [{item}]"
        self.at_fault.append(item)

    async def run(self, items: Sequence[int]) -> list[list[int]]:
        return await in_halves(
            items, self.work, at_fault=self.note, is_nobodys=lambda error: isinstance(error, AwayError)
        )


@settings(max_examples=50, deadline=None)
@given(count=st.integers(0, 40), bad=st.sets(st.integers(0, 39)))
async def test_all_but_those_at_fault_are_done_in_their_order(count: int, bad: set[int]) -> None:
    worker = Worker(bad)

    done = await worker.run(range(count))

    assert [item for some in done for item in some] == [item for item in range(count) if item not in bad]
    assert worker.at_fault == [item for item in range(count) if item in bad]


async def test_where_nobody_is_at_fault_all_are_done_together() -> None:
    worker = Worker(set())

    done = await worker.run(range(500))

    assert done == worker.tries == [list(range(500))]


async def test_one_at_fault_costs_two_tries_for_each_halving() -> None:
    worker = Worker({77})

    await worker.run(range(512))

    assert len(worker.tries) == 1 + 2 * 9


async def test_a_fault_of_nobody_ends_it_and_is_not_laid_at_an_item() -> None:
    worker = Worker({1}, away_at=3)

    with pytest.raises(AwayError):
        await worker.run(range(4))

    assert (worker.tries, worker.at_fault) == ([[0, 1, 2, 3]], [])
