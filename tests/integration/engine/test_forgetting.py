"""Erasing a person: the run ends, the mail is not sent, and no table knows the address any more."""

from dripline.contacts.store import find_contact_by_email
from dripline.database.queries import Query
from dripline.engine.audience.people import delete_contact
from dripline.kernel.clock import real_now
from tests.makers.world import World

SEQUENCE = """
trigger: { event: ordered }
steps:
  - { action: email, template: hello }
  - { action: condition, property: contact.properties.secret, operator: exists, onTrue: skip }
  - { action: delay, duration: 1d }
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""
_TABLES = Query(
    "tables",
    "Gives all tables.",
    "SELECT relname FROM pg_class WHERE relnamespace = 'dripline'::regnamespace AND relkind = 'r'",
)


async def test_nothing_knows_an_erased_person(world: World) -> None:
    await world.sequence(SEQUENCE, templates=("hello",))
    await world.track("zelda.hyrule@example.com", "ordered", {"note": "triforce"}, contact={"secret": "triforce"})
    await world.work()

    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, "zelda.hyrule@example.com")
        assert contact is not None
        await delete_contact(tx, world.workspace_id, contact.id, now=real_now())
    await world.work()

    async with world.database.work() as tx:
        names = [row["relname"] for row in await tx.rows(_TABLES)]
        rows = {
            name: await tx.rows(Query(name, "Gives rows.", f"SELECT t::text AS row FROM {name} AS t")) for name in names
        }
    known = {name for name, found in rows.items() if any("zelda" in r["row"] or "triforce" in r["row"] for r in found)}
    assert known == set()
    assert [(e.status, e.exit_reason) for e in await world.enrollments()] == [("exited", "contact_deleted")]
    assert [message.status for message in await world.messages()] == ["sent"]


async def test_mail_that_waits_for_an_erased_person_is_not_sent(world: World) -> None:
    await world.sequence(SEQUENCE, templates=("hello",))
    await world.track("zelda@example.com", "ordered")
    await world.parts.running.once()

    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, "zelda@example.com")
        assert contact is not None
        await delete_contact(tx, world.workspace_id, contact.id, now=real_now())
    await world.work()

    assert [(message.status, message.reason) for message in await world.messages()] == [("skipped", "contact_deleted")]
    assert await world.inbox() == []
