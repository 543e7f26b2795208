"""The frequency cap: no contact gets more mail than it allows in any span, whichever sequences ask for it."""

import asyncio
from datetime import timedelta

from dripline.delivery import capping
from dripline.delivery.capping import FrequencyCap
from tests.integration.engine.test_triggers import ANN
from tests.makers.world import World


async def cap(world: World, most: int, within: timedelta) -> None:
    async with world.database.work() as tx:
        await capping.set_cap(tx, world.workspace_id, FrequencyCap(most, within))


async def two_sequences(world: World) -> None:
    for slug in ("one", "two", "three"):
        definition = f"trigger: {{ event: signed.up }}\nsteps: [ {{ action: email, id: {slug}, template: hello }} ]\n"
        await world.sequence(definition, slug=slug, templates=("hello",))


async def test_three_sequences_at_once_do_not_take_the_last_place_together(world: World) -> None:
    await two_sequences(world)
    await cap(world, 1, timedelta(days=1))
    await world.track(ANN, "signed.up")
    await world.parts.running.once()

    await asyncio.gather(*(world.deliver() for _ in range(3)))

    statuses = sorted((each.status, each.reason) for each in await world.messages())
    assert statuses == [("deferred", "frequency_cap"), ("deferred", "frequency_cap"), ("sent", None)]


async def test_capped_mail_goes_out_when_the_span_has_rolled_on_and_not_at_midnight(world: World) -> None:
    await world.advance("0m")
    await two_sequences(world)
    await cap(world, 1, timedelta(days=2))
    began = await world.now()
    await world.track(ANN, "signed.up")

    await world.advance("10d")

    waited = [each for _, each in await world.mailed(ANN, since=began)]
    assert waited == [timedelta(), timedelta(days=2), timedelta(days=4)]


async def test_the_cap_of_one_contact_holds_nobody_else(world: World) -> None:
    await two_sequences(world)
    await cap(world, 1, timedelta(days=2))

    for number in range(5):
        await world.track(f"person{number}@example.com", "signed.up")
    await world.parts.running.once()
    await world.deliver()

    assert len(await world.inbox()) == 5
