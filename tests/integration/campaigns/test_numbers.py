"""The numbers of a campaign are those of all its sequences, and of no other."""

from dripline.campaigns import grouping, store
from dripline.campaigns.model import Numbers
from dripline.delivery.counting import Counted, Counts, count_mail
from tests.makers.world import World

TWO_MAILS = """
trigger: { event: signed.up }
steps:
  - { action: email, template: hello }
  - { action: delay, duration: 1d }
  - { action: email, template: goodbye }
"""


async def a_campaign(world: World, *sequences: str) -> str:
    now = await world.now()
    async with world.database.work() as tx:
        campaign = await grouping.create(tx, world.workspace_id, name="launch", description=None, now=now)
        for sequence in sequences:
            await grouping.add_sequence(tx, world.workspace_id, "launch", sequence, now=now)
    return campaign.name


async def numbers(world: World, ref: str) -> Numbers:
    async with world.database.front_door(world.workspace_id) as tx:
        campaign = await grouping.find(tx, world.workspace_id, ref)
        return await store.numbers(tx, world.workspace_id, campaign)


async def test_a_campaign_without_sequences_counts_nothing(world: World) -> None:
    ref = await a_campaign(world)

    assert await numbers(world, ref) == Numbers(0, 0, 0, 0, 0, 0, 0, 0)


async def test_the_numbers_of_all_sequences_are_added_up(world: World) -> None:
    await world.sequence(TWO_MAILS, slug="one", templates=("hello", "goodbye"))
    await world.sequence(TWO_MAILS, slug="two")
    await world.sequence(TWO_MAILS, slug="not-in-it")
    ref = await a_campaign(world, "one", "two")
    await world.advance("0m")
    for name in ("ann", "ben"):
        await world.track(f"{name}@example.com", "signed.up")
    await world.work()
    assert await numbers(world, ref) == Numbers(4, 4, 0, 0, 0, sent=4, skipped=0, failed=0)

    await world.pause("two")
    await world.advance("2d")

    assert await numbers(world, ref) == Numbers(4, 2, 2, 0, 0, sent=6, skipped=0, failed=0)
    await world.archive("two")
    assert await numbers(world, ref) == Numbers(4, 0, 2, 2, 0, sent=6, skipped=0, failed=0)


async def test_conversions_and_refused_mails_are_counted(world: World) -> None:
    with_goal = "conversion: { event: paid }\n" + TWO_MAILS.lstrip()
    sequence = await world.sequence(with_goal, slug="one", templates=("hello", "goodbye"))
    ref = await a_campaign(world, "one")
    await world.advance("0m")
    for name in ("ann", "ben"):
        await world.track(f"{name}@example.com", "signed.up")
    await world.work()

    await world.track("ann@example.com", "paid")
    async with world.database.work() as tx:
        counts = Counts("example.com", None, (sequence.id, 1, "email-1"))
        await count_mail(tx, world.workspace_id, [(counts, Counted.REJECTED)], now=await world.now())

    assert await numbers(world, ref) == Numbers(2, 1, 0, 1, converted=1, sent=2, skipped=0, failed=1)
