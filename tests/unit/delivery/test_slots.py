"""Places of a transport: never too many, urgent ones first, none lost, whoever gives up waiting."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.delivery.slots import Slots

Orders = st.lists(st.tuples(st.sampled_from(["urgent", "bulk", "leave", "give up"]), st.integers(0, 20)), max_size=40)


async def settle_down() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Crowd:
    """Letters that come, wait, have a place and leave, as they are told."""

    def __init__(self, most: int) -> None:
        self.slots = Slots(most)
        self.inside: list[str] = []
        self.entered: list[str] = []
        self.tasks: list[tuple[str, asyncio.Task[None], asyncio.Event]] = []

    async def come(self, name: str, *, urgent: bool) -> None:
        leave = asyncio.Event()
        self.tasks.append((name, asyncio.create_task(self._visit(name, leave, urgent=urgent)), leave))
        await settle_down()

    async def leave(self, name: str) -> None:
        next(leave for each, _, leave in self.tasks if each == name).set()
        await settle_down()

    async def give_up(self, name: str) -> None:
        next(task for each, task, _ in self.tasks if each == name).cancel()
        await settle_down()

    async def end(self) -> None:
        for _, _, leave in self.tasks:
            leave.set()
        await asyncio.gather(*(task for _, task, _ in self.tasks), return_exceptions=True)

    async def _visit(self, name: str, leave: asyncio.Event, *, urgent: bool) -> None:
        async with self.slots.taken(urgent=urgent):
            self.inside.append(name)
            self.entered.append(name)
            try:
                await leave.wait()
            finally:
                self.inside.remove(name)


async def test_bulk_leaves_a_place_for_what_somebody_waits_for() -> None:
    crowd = Crowd(3)

    for number in range(5):
        await crowd.come(f"bulk {number}", urgent=False)
    await crowd.come("urgent", urgent=True)

    assert crowd.inside == ["bulk 0", "bulk 1", "urgent"]
    await crowd.end()


async def test_what_is_urgent_goes_before_what_waited_longer() -> None:
    crowd = Crowd(1)
    for name in ("first bulk", "second bulk"):
        await crowd.come(name, urgent=False)
    await crowd.come("urgent", urgent=True)

    await crowd.leave("first bulk")
    await crowd.leave("urgent")

    assert crowd.entered == ["first bulk", "urgent", "second bulk"]
    await crowd.end()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), Orders)
def test_places_are_never_overbooked_and_never_lost(most: int, orders: list[tuple[str, int]]) -> None:
    async def live() -> None:
        crowd = Crowd(most)
        for number, (order, which) in enumerate(orders):
            match order:
                case "urgent" | "bulk":
                    await crowd.come(f"{order} {number}", urgent=order == "urgent")
                case "leave" if crowd.inside:
                    await crowd.leave(crowd.inside[which % len(crowd.inside)])
                case "give up" if crowd.tasks:
                    await crowd.give_up(crowd.tasks[which % len(crowd.tasks)][0])
            assert len(crowd.inside) <= most
            assert sum(name.startswith("bulk") for name in crowd.inside) <= max(1, most - 1)
            waiting = [name for name, task, _ in crowd.tasks if not task.done() and name not in crowd.inside]
            assert len(crowd.inside) == most or not any(name.startswith("urgent") for name in waiting)
        await crowd.end()
        for number in range(most):
            await crowd.come(f"urgent {number} afterwards", urgent=True)
        assert len(crowd.inside) == most
        await crowd.end()

    asyncio.run(live())
