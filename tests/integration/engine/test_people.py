"""Contacts made and changed: the facts, what the timeline keeps, and suppression apart from the wish."""

from uuid import UUID

import pytest

from dripline.contacts.changes import changes_before
from dripline.contacts.model import Changed, Contact, ContactChanges, SuppressionReason
from dripline.contacts.store import find_contact, find_contact_by_email, find_suppression
from dripline.engine.audience import people
from dripline.engine.audience.people import Upserted
from dripline.engine.insight.timeline import END, Kind
from dripline.events.listening import FactKey, Role, listen
from dripline.events.model import SegmentsTouched
from dripline.events.store import take_reactions
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import ContactId, new_uuid
from tests.makers.world import World

ANN, BOB = "ann@example.com", "bob@example.com"
STEPS = "steps:\n  - { action: delay, duration: 1d }\n"
NOTHING = ContactChanges()


async def a_contact(world: World, email: str = ANN) -> Contact:
    async with world.database.work() as tx:
        return await people.create_contact(tx, world.workspace_id, parse_address(email), NOTHING, now=await world.now())


async def kept(world: World, contact: ContactId) -> list[tuple[str, object]]:
    async with world.database.work() as tx:
        found = await changes_before(tx, world.workspace_id, contact, END.bound(Kind.CHANGE)[:2], limit=100)
    return [(change.what, dict(change.detail)) for change in reversed(found)]


async def heard(world: World, contact: ContactId) -> list[object]:
    async with world.database.work() as tx:
        return list(await take_reactions(tx, world.workspace_id, [contact]))


async def a_listener(world: World, key: FactKey) -> UUID:
    target = new_uuid()
    async with world.database.work() as tx:
        await listen(tx, world.workspace_id, target, 0, [(key, Role.SEGMENT)])
    return target


async def test_a_new_contact_starts_what_waits_for_contacts_once(world: World) -> None:
    await world.sequence("trigger: { contact: added }\n" + STEPS)

    ann = await a_contact(world)
    async with world.database.work() as tx:
        again, is_new = await people.upsert_contact(
            tx, world.workspace_id, ann.address, ContactChanges({"plan": "pro"}), now=await world.now()
        )

    assert (again.id, is_new) == (ann.id, False)
    assert [each.email for each in await world.enrollments()] == [ANN]


async def test_many_are_made_sure_of_and_one_refusal_leaves_the_others(world: World) -> None:
    await world.sequence("trigger: { contact: added }\nenrollment: { mode: unlimited }\n" + STEPS)
    ann = await a_contact(world)
    zoe = parse_address("zoe@example.com")
    rows = [
        (ann.address, ContactChanges({"plan": "pro"})),
        (parse_address(BOB), ContactChanges(user_id="u-1")),
        (zoe, ContactChanges(user_id="u-1")),
        (parse_address("BOB@example.com"), ContactChanges({"seats": 2})),
        (parse_address("eve@example.com"), ContactChanges(timezone="nowhere")),
    ]

    async with world.database.work() as tx:
        outcomes = await people.upsert_contacts(tx, world.workspace_id, rows, now=await world.now())

    assert [each.is_new if isinstance(each, Upserted) else type(each) for each in outcomes] == [
        False,
        True,
        Conflict,
        False,
        Invalid,
    ]
    assert sorted(str(each.email) for each in await world.enrollments()) == [ANN, BOB]
    async with world.database.work() as tx:
        assert await find_contact_by_email(tx, world.workspace_id, zoe.key) is None
        bob = await find_contact_by_email(tx, world.workspace_id, BOB)
    assert bob is not None
    assert (bob.user_id, bob.properties) == ("u-1", {"seats": 2})


async def test_nobody_is_enrolled_by_a_change_that_may_not_enroll(world: World) -> None:
    await world.sequence("trigger: { contact: added }\n" + STEPS)

    async with world.database.work() as tx:
        await people.upsert_contacts(
            tx, world.workspace_id, [(parse_address(ANN), NOTHING)], now=await world.now(), enroll=False
        )

    assert await world.enrollments() == []


async def test_a_change_is_heard_by_property_and_by_field_and_kept(world: World) -> None:
    ann = await a_contact(world)
    listeners = [
        await a_listener(world, key)
        for key in (("property", "plan"), ("field", "timezone"), ("field", "updatedAt"), ("property", "seats"))
    ]

    async with world.database.work() as tx:
        changes = ContactChanges({"plan": "pro"}, timezone="UTC")
        await people.change_contacts(tx, world.workspace_id, [(ann.id, changes)], now=await world.now(), depth=2)

    assert await heard(world, ann.id) == [SegmentsTouched(ann.id, tuple(sorted(listeners[:3])), depth=2)]
    assert await kept(world, ann.id) == [
        (
            "properties",
            {"properties": {"plan": {"from": None, "to": "pro"}}, "timezone": {"from": None, "to": "UTC"}},
        )
    ]


async def test_properties_are_given_to_many_and_one_refusal_leaves_the_others(world: World) -> None:
    ann, bob = await a_contact(world), await a_contact(world, BOB)
    async with world.database.work() as tx:
        large = ContactChanges({"a": "x" * 30_000})
        await people.change_contact(tx, world.workspace_id, ann.id, large, now=await world.now())

    async with world.database.work() as tx:
        outcomes = await people.set_properties(
            tx, world.workspace_id, [bob.id, ann.id], {"b": "x" * 5_000}, now=await world.now()
        )

    assert [type(each) for each in outcomes] == [Invalid, Changed]
    async with world.database.work() as tx:
        found = await find_contact(tx, world.workspace_id, bob.id)
    assert found is not None
    assert found.properties == {"b": "x" * 5_000}


async def test_opting_out_ends_every_run_and_is_kept_once(world: World) -> None:
    await world.sequence("trigger: { contact: added }\n" + STEPS)
    ann = await a_contact(world)

    for _ in range(2):
        async with world.database.work() as tx:
            await people.opt_out(tx, world.workspace_id, ann.id, now=await world.now())

    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "unsubscribed")]
    assert await kept(world, ann.id) == [("unsubscribed", {})]


@pytest.mark.parametrize(
    ("reason", "exit_reason"), [("bounced", "bounced"), ("complained", "complained"), ("manual", "suppressed")]
)
async def test_suppressing_an_address_ends_every_run_with_its_reason(
    world: World, reason: str, exit_reason: str
) -> None:
    await world.sequence("trigger: { contact: added }\n" + STEPS)
    ann = await a_contact(world)
    await a_listener(world, ("field", "suppressed"))

    async with world.database.work() as tx:
        now = await world.now()
        first = await people.suppress(tx, world.workspace_id, ann.address, SuppressionReason(reason), "why", now=now)
        again = await people.suppress(tx, world.workspace_id, ann.address, SuppressionReason.MANUAL, now=now)
        found = await find_contact(tx, world.workspace_id, ann.id)

    assert (first, again) == (True, False)
    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", exit_reason)]
    assert found is not None
    assert (found.suppressed, found.unsubscribed_at) == (True, None)
    assert await kept(world, ann.id) == [("suppressed", {"reason": reason, "detail": "why"})]
    assert len(await heard(world, ann.id)) == 1


async def test_letting_an_address_be_mailed_again_does_not_undo_an_opt_out(world: World) -> None:
    ann = await a_contact(world)
    async with world.database.work() as tx:
        now = await world.now()
        await people.opt_out(tx, world.workspace_id, ann.id, now=now)
        await people.suppress(tx, world.workspace_id, ann.address, SuppressionReason.MANUAL, now=now)

    async with world.database.work() as tx:
        now = await world.now()
        first = await people.unsuppress(tx, world.workspace_id, ann.address, now=now)
        again = await people.unsuppress(tx, world.workspace_id, ann.address, now=now)
        found = await find_contact(tx, world.workspace_id, ann.id)

    assert (first, again) == (True, False)
    assert found is not None
    assert (found.suppressed, found.unsubscribed_at is not None) == (False, True)
    assert [what for what, _ in await kept(world, ann.id)] == ["unsubscribed", "suppressed", "unsuppressed"]


async def test_an_address_that_nobody_has_can_be_suppressed(world: World) -> None:
    address = parse_address("nobody@example.com")

    async with world.database.work() as tx:
        fresh = await people.suppress(
            tx, world.workspace_id, address, SuppressionReason.COMPLAINED, now=await world.now()
        )
        found = await find_suppression(tx, world.workspace_id, address.key)

    assert fresh
    assert found is not None
    assert found.reason is SuppressionReason.COMPLAINED
