import asyncio
from collections.abc import Sequence

import pytest

from dripline.durable.group_commit import GroupCommit


class Ledger:
    """Commits when it may; knows what was committed together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def commit(self, _: str, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        await self.open.wait()
        if -1 in items:
            raise ValueError("a bad one")
        return [item * 10 for item in items]


async def test_what_comes_during_a_transaction_shares_the_next_one() -> None:
    ledger = Ledger()
    together = GroupCommit(ledger.commit, most=3)

    futures = together.add("a", [1])
    await asyncio.sleep(0)
    futures += together.add("a", [2, 3, 4, 5])
    ledger.open.set()

    assert await asyncio.gather(*futures) == [10, 20, 30, 40, 50]
    assert ledger.batches == [[1], [2, 3, 4], [5]]


async def test_a_bad_item_stops_nobody_but_itself() -> None:
    ledger = Ledger()
    ledger.open.set()

    outcomes = await asyncio.gather(
        *GroupCommit(ledger.commit, most=10).add("a", [1, 2, -1, 4]), return_exceptions=True
    )

    assert [outcomes[place] for place in (0, 1, 3)] == [10, 20, 40]
    with pytest.raises(ValueError, match="a bad one"):
        raise outcomes[2]  # type: ignore[misc]  # the test fails where it is an answer


async def test_what_nobody_waits_for_any_more_is_left_out() -> None:
    ledger = Ledger()
    together = GroupCommit(ledger.commit, most=10)

    first = together.add("a", [1])
    await asyncio.sleep(0)
    given_up, waited_for = together.add("a", [2, 3])
    given_up.cancel()
    ledger.open.set()

    assert await asyncio.gather(*first, waited_for) == [10, 30]
    assert ledger.batches == [[1], [3]]
