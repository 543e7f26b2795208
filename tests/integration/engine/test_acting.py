"""Steps that change something: tags, lists, properties, other sequences, and what these changes start."""

from dripline.contacts.store import find_contact_by_email
from dripline.durable.jobs import find
from dripline.engine.runs.enrolling import find_active
from dripline.engine.runs.enrolling_many import Audience, AudienceKind, enroll_later
from dripline.kernel.addresses import parse_address
from dripline.segments.company import companies
from tests.integration.engine.test_triggers import ANN, a_list, join
from tests.makers.world import World


async def test_each_kind_of_change_is_made_and_seen_by_the_steps_behind_it(world: World) -> None:
    list_id = await a_list(world)
    await world.sequence(
        "trigger: { api: true }\nsteps: [ { action: email, id: other, template: hello } ]\n",
        slug="other",
        templates=("hello",),
    )
    await world.sequence(
        """
trigger: { event: signed.up }
steps:
  - { action: tag, tag: VIP User }
  - { action: tag, tag: gone }
  - { action: untag, tag: gone }
  - { action: addToList, list: newsletter }
  - { action: setProperty, property: plan, value: pro }
  - action: condition
    all:
      - { tag: vip-user }
      - { list: newsletter }
      - { property: contact.properties.plan, operator: equals, value: pro }
    then: [ { action: enroll, sequence: other } ]
  - { action: exit, reason: done with }
""",
    )

    await world.track(ANN, "signed.up")
    await world.work()

    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, parse_address(ANN).key)
        assert contact is not None
        company = (await companies(tx, world.workspace_id, [contact.id]))[contact.id]
    assert contact.properties == {"plan": "pro"}
    assert (company.tags, company.lists) == (frozenset({"vip-user"}), frozenset({list_id}))
    assert [mail.step for mail in await world.inbox(ANN)] == ["other"]
    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "step")]


async def test_a_step_may_end_its_own_run_by_what_it_changes(world: World) -> None:
    await world.sequence(
        "trigger: { event: signed.up }\nstopCondition: { type: has_tag, value: done }\nsteps:\n"
        "  - { action: tag, tag: done }\n  - { action: email, template: hello }\n",
        templates=("hello",),
    )

    await world.track(ANN, "signed.up")
    await world.work()

    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "stop_condition")]
    assert await world.inbox() == []


async def test_everybody_on_a_list_is_enrolled_by_a_job_that_counts(world: World) -> None:
    list_id = await a_list(world)
    await world.sequence("trigger: { api: true }\nsteps: [ { action: delay, duration: 9d } ]\n")
    await join(world, list_id, *(f"person{number}@example.com" for number in range(7)))
    await world.enroll("a-sequence", "person3@example.com")

    async with world.database.work() as tx:
        sequence = await find_active(tx, world.workspace_id, "a-sequence")
        audience = Audience(AudienceKind.LIST, str(list_id))
        job = await enroll_later(tx, world.workspace_id, sequence, audience, via="manual:")
    await world.work()

    async with world.database.work() as tx:
        found = await find(tx, world.workspace_id, job)
    assert (found.status, found.total, found.done) == ("done", 7, 7)
    assert found.result == {"enrolled": 6, "skipped": 1, "reasons": {"already_active": 1}}
    assert len(await world.enrollments()) == 7
