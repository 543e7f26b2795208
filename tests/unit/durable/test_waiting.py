import asyncio

import pytest

from dripline.durable.waiting import Patience, within


async def test_what_comes_in_time_is_given() -> None:
    async def work() -> str:
        return "done"

    assert await within(5, work()) == "done"


async def test_what_goes_wrong_in_time_is_raised() -> None:
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await within(5, work())


async def test_work_that_takes_longer_goes_on_alone() -> None:
    may_go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()
        done.set()
        raise ValueError("nobody hears this")

    with pytest.raises(TimeoutError, match=r"no answer within 0.01 seconds"):
        await within(0.01, work())
    may_go_on.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_patience_gives_up_only_what_is_not_done() -> None:
    loop = asyncio.get_running_loop()
    answered, late, later = (loop.create_future() for _ in range(3))
    patience = Patience(0.02)

    for future in (answered, late):
        patience.watch(future)
    answered.set_result("answer")
    outcomes = await asyncio.gather(answered, late, return_exceptions=True)
    patience.watch(later)

    assert outcomes[0] == "answer"
    assert isinstance(outcomes[1], TimeoutError)
    with pytest.raises(TimeoutError):
        await later
