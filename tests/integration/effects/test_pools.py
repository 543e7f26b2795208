"""Codes from a pool: each is given once, to one visit, and an empty pool holds the runs."""

import asyncio

import pytest

from dripline.database.work import Tx
from dripline.delivery.discounts.pools import add_codes, add_pool, find_pool
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unprocessable
from tests.integration.effects.conftest import Shop

FROM_POOL = """
trigger: {api: true}
steps:
  - {action: discount, id: code, provider: pool, pool: spring, percentOff: 15}
  - {action: delay, id: pause, duration: 1d}
"""


async def fill(shop: Shop, *codes: str) -> None:
    async def act(tx: Tx) -> None:
        try:
            pool = await find_pool(tx, shop.world.workspace_id, "spring")
        except Exception:
            pool = await add_pool(tx, shop.world.workspace_id, name="Spring", slug="spring", low_at=1, now=real_now())
        await add_codes(tx, shop.world.workspace_id, pool, codes)

    await shop.world.database.transact(act)


async def given(shop: Shop) -> list[str]:
    return sorted(str(each["code"]) for each in await shop.discounts() if each is not None)


async def test_every_run_gets_another_code_in_the_order_of_the_file(unconnected: Shop) -> None:
    await fill(unconnected, "AAA", "BBB", "CCC")
    await unconnected.world.sequence(FROM_POOL)
    await unconnected.world.enroll("a-sequence", "ada@example.com", "bob@example.com")

    await unconnected.carry_out()

    assert await given(unconnected) == ["AAA", "BBB"]
    discount = (await unconnected.discounts())[0]
    assert discount is not None
    assert (discount["percentOff"], discount["value"], discount["provider"]) == (15, "15% off", "pool")


async def test_an_empty_pool_holds_the_runs_until_there_are_codes(unconnected: Shop) -> None:
    await fill(unconnected, "AAA")
    await unconnected.world.sequence(FROM_POOL)
    await unconnected.world.enroll("a-sequence", "ada@example.com", "bob@example.com")

    await unconnected.carry_out()
    [held] = [effect for effect in await unconnected.effects() if effect["phase"] == "ready"]
    await fill(unconnected, "BBB")
    await unconnected.carry_out()

    assert (held["reason"], held["detail"]) == ("pool_exhausted", "the pool 'spring' has no codes left")
    assert await given(unconnected) == ["AAA", "BBB"]


async def test_two_workers_never_give_the_same_code(unconnected: Shop) -> None:
    people = [f"p{number}@example.com" for number in range(40)]
    await fill(unconnected, *(f"C{number:02}" for number in range(40)))
    await unconnected.world.sequence(FROM_POOL)
    await unconnected.world.enroll("a-sequence", *people)
    await unconnected.world.parts.running.once()

    for _ in range(3):
        await asyncio.gather(*(unconnected.world.parts.carrying.once() for _ in range(3)))
        await unconnected.world.parts.carrying.finish()

    assert await given(unconnected) == [f"C{number:02}" for number in range(40)]


async def test_a_pool_that_is_not_there_keeps_a_live_sequence_from_being_activated(unconnected: Shop) -> None:
    with pytest.raises(Unprocessable) as refused:
        await unconnected.world.sequence(FROM_POOL)

    assert refused.value.message == "steps[0].pool: step 'code': there is no pool of codes 'spring'."
