"""The numbers of sequences: mail by mail, version by version, several beside each other."""

from datetime import UTC, datetime
from decimal import Decimal

from dripline.analytics.model import SequenceNumbers, SequenceTotals
from dripline.analytics.sequences import sequence_numbers, totals_of
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.plan import Plan
from dripline.durable.tallies import fold
from dripline.sequences.programs import published
from tests.makers.lives import publish
from tests.makers.world import World

EVER = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(3000, 1, 1, tzinfo=UTC)}
TWO_MAILS = """
trigger: { event: signed.up }
conversion: { event: paid }
steps:
  - { action: email, id: welcome, template: a-mail }
  - { action: delay, id: pause, duration: 1d }
  - { action: email, id: tips, template: a-mail }
  - { action: delay, id: end, duration: 9d }
"""
OTHER_TIPS = TWO_MAILS.replace("id: tips", "id: other-tips")


async def numbers(world: World, *, version: int | None = None) -> SequenceNumbers:
    sequence, now = await world.sequence_now("a-sequence"), await world.now()
    async with world.database.work() as tx:
        key = (sequence.id, sequence.version)
        definition = (await published(tx, world.workspace_id, [key]))[key].definition
        return await sequence_numbers(tx, world.workspace_id, sequence.id, definition, version=version, now=now, **EVER)


async def totals(world: World, *slugs: str) -> list[SequenceTotals]:
    sequences = [(await world.sequence_now(slug)).id for slug in slugs]
    async with world.database.front_door(world.workspace_id) as tx:
        return await totals_of(tx, world.workspace_id, sequences, now=await world.now(), **EVER)


async def enter(world: World, *people: str) -> None:
    for person in people:
        await world.track(f"{person}@example.org", "signed.up")
    await world.work()


async def test_a_goal_counts_for_the_last_mail_before_it(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    await world.advance("0m")
    await enter(world, "ann", "ben", "cid")

    await world.track("ann@example.org", "paid")
    await world.advance("2d")
    await world.track("ben@example.org", "paid")
    await world.track("ben@example.org", "paid")

    found = await numbers(world)
    assert [(each.step, each.numbers.of("sent"), each.numbers.of("converted")) for each in found.steps] == [
        ("welcome", 3, 1),
        ("tips", 2, 1),
    ]
    assert (found.totals.of("converted"), found.waiting, found.standing) == (2, 1, {"end": 1})


async def test_a_goal_before_the_first_mail_counts_for_the_sequence_alone(world: World) -> None:
    late = TWO_MAILS.replace("steps:", "steps:\n  - { action: delay, id: first, duration: 1d }")
    await world.sequence(late, templates=("a-mail",))
    await world.advance("0m")
    await enter(world, "ann")

    await world.track("ann@example.org", "paid")

    found = await numbers(world)
    assert [each.numbers.of("converted") for each in found.steps] == [0, 0]
    assert (found.totals.of("converted"), found.standing) == (1, {})


async def test_the_numbers_of_versions_add_up_to_those_of_all(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    await world.advance("0m")
    await enter(world, "ann", "ben")
    await publish(world, OTHER_TIPS)
    await enter(world, "cid")
    await world.advance("2d")
    await world.track("ann@example.org", "paid")
    await fold(world.database)
    await world.track("cid@example.org", "paid")

    first, second, all_of_it = await numbers(world, version=1), await numbers(world, version=2), await numbers(world)

    assert [(each.step, each.number, each.numbers.sent) for each in all_of_it.steps] == [
        ("welcome", 1, 3),
        ("other-tips", 2, 1),
        ("tips", None, 2),
    ]
    assert [(each.totals.sent, each.totals.of("converted"), each.waiting) for each in (first, second, all_of_it)] == [
        (4, 1, 1),
        (2, 1, 0),
        (6, 2, 1),
    ]


async def test_sequences_beside_each_other_have_what_each_has_alone(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    await world.sequence(TWO_MAILS, slug="another")
    await world.advance("0m")
    await enter(world, "ann", "ben")
    await fold(world.database)
    await enter(world, "cid")

    [one, other] = await totals(world, "a-sequence", "another")

    alone = await numbers(world)
    assert (one.numbers.counts, one.waiting, one.deferred) == (alone.totals.counts, alone.waiting, alone.deferred)
    assert (one.numbers.sent, one.waiting) == (3, 3)
    assert (other.numbers.counts, other.waiting) == (one.numbers.counts, one.waiting)


async def test_what_a_limit_keeps_waiting_is_deferred_and_sent_later(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    now = await world.now()
    await world.advance("0m")
    async with world.database.work() as tx:
        await moving.plan(tx, world.workspace_id, "example.com", Plan(2, 10, Decimal(5)), now=now)
        await moving.start(tx, world.workspace_id, "example.com", now=now)
    await enter(world, "ann", "ben", "cid")

    before = await numbers(world)
    listed = [message.status for message in await world.messages()]
    await world.advance("1d")
    after = await numbers(world)

    assert [(each.step, each.numbers.sent, each.deferred, each.waiting) for each in before.steps] == [
        ("welcome", 2, 1, 1),
        ("tips", 0, 0, 0),
    ]
    assert (before.deferred, listed.count("deferred"), before.waiting) == (1, 1, 3)
    assert (after.steps[0].numbers.sent, after.deferred) == (3, 0)
