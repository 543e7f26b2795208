"""Tags and lists: what counts as new, whom it starts and ends, and what the timeline keeps of it."""

import asyncio

import pytest

from dripline.contacts.changes import changes_before
from dripline.contacts.lists import ContactList, add_list, find_list, lists_of
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.engine.audience import belonging
from dripline.engine.audience.belonging import Joining, Tagging
from dripline.engine.audience.people import delete_contact
from dripline.engine.insight.timeline import END, Kind
from dripline.events.listening import Role, listen
from dripline.events.model import SegmentsTouched
from dripline.events.store import take_reactions
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, new_uuid, show
from dripline.sequences import lifecycle
from tests.makers.world import World

ANN, BOB = "ann@example.com", "bob@example.com"
STEPS = "steps:\n  - { action: delay, duration: 1d }\n"
ON_LIST = "trigger: { list: news }\nenrollment: { mode: unlimited }\n" + STEPS
ON_TAG = "trigger: { tag: vip }\nenrollment: { mode: unlimited }\n" + STEPS


async def contacts(world: World, *emails: str) -> list[ContactId]:
    return [(await world.track(email, "was.made")).event.contact_id for email in emails]


async def a_list(world: World, slug: str = "news") -> ContactList:
    async with world.database.work() as tx:
        return await add_list(tx, world.workspace_id, slug=slug, name=slug, description=None, now=await world.now())


async def kept(tx: Tx, world: World, contact: ContactId) -> list[tuple[str, object]]:
    found = await changes_before(tx, world.workspace_id, contact, END.bound(Kind.CHANGE)[:2], limit=100)
    return [(change.what, dict(change.detail)) for change in reversed(found)]


async def test_tags_are_taken_in_every_form_and_kept_in_one(world: World) -> None:
    [ann] = await contacts(world, ANN)

    async with world.database.work() as tx:
        told = await belonging.tag(tx, world.workspace_id, [ann], ["VIP_User", "vip-user", "!"], now=await world.now())
        found = await tags_of(tx, world.workspace_id, [ann])

    assert (told, found) == (Tagging(changed=1, enrolled=0), {ann: ["vip-user"]})


async def test_a_tag_that_is_there_already_enrolls_nobody_again(world: World) -> None:
    ann, bob = await contacts(world, ANN, BOB)
    await world.sequence(ON_TAG)

    async with world.database.work() as tx:
        now = await world.now()
        first = await belonging.tag(tx, world.workspace_id, [ann], ["vip"], now=now)
        second = await belonging.tag(tx, world.workspace_id, [ann, bob], ["vip"], now=now)
        changes = await kept(tx, world, ann)

    assert (first, second) == (Tagging(1, 1), Tagging(1, 1))
    assert changes == [("tagged", {"tag": "vip"})]


async def test_what_is_untagged_may_be_tagged_anew(world: World) -> None:
    [ann] = await contacts(world, ANN)
    await world.sequence(ON_TAG)

    async with world.database.work() as tx:
        now = await world.now()
        await belonging.tag(tx, world.workspace_id, [ann], ["vip"], now=now, enroll=False)
        removed = await belonging.untag(tx, world.workspace_id, [ann], ["vip", "unknown"], now=now)
        again = await belonging.untag(tx, world.workspace_id, [ann], ["vip"], now=now)
        told = await belonging.tag(tx, world.workspace_id, [ann], ["vip"], now=now)

    assert (removed, again, told) == (Tagging(1, 0), Tagging(0, 0), Tagging(1, 1))


async def test_who_is_on_a_list_already_is_skipped_and_enters_nothing_again(world: World) -> None:
    ann, bob = await contacts(world, ANN, BOB)
    news = await a_list(world)
    await world.sequence(ON_LIST)
    nobody = ContactId(new_uuid())

    async with world.database.work() as tx:
        now = await world.now()
        first = await belonging.add_to_list(tx, world.workspace_id, news.id, [ann, ann, nobody], now=now)
        second = await belonging.add_to_list(tx, world.workspace_id, news.id, [ann, bob], now=now)

    assert first == Joining(added=1, enrolled=1, skipped=2)
    assert second == Joining(added=1, enrolled=1, skipped=1)
    assert [each.email for each in await world.enrollments()] == [ANN, BOB]


async def test_two_who_add_the_same_contact_at_once_make_one_fact(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    await world.sequence(ON_LIST)
    now = await world.now()

    async def add() -> Joining:
        async with world.database.front_door(world.workspace_id) as tx:
            return await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now)

    told = await asyncio.gather(*(add() for _ in range(6)))

    assert sorted((each.added, each.enrolled) for each in told) == [(0, 0)] * 5 + [(1, 1)]
    async with world.database.work() as tx:
        assert [what for what, _ in await kept(tx, world, ann)] == ["list_joined"]
    assert len(await world.enrollments()) == 1


async def test_a_list_can_be_filled_without_starting_anything(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    await world.sequence(ON_LIST)

    async with world.database.work() as tx:
        now = await world.now()
        told = await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now, enroll=False)

    assert told == Joining(added=1, enrolled=0, skipped=0)
    assert await world.enrollments() == []


async def test_leaving_a_list_is_kept_and_runs_go_on(world: World) -> None:
    ann, bob = await contacts(world, ANN, BOB)
    news = await a_list(world)
    await world.sequence(ON_LIST)

    async with world.database.work() as tx:
        now = await world.now()
        await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now)
        removed = await belonging.remove_from_list(tx, world.workspace_id, news.id, [ann, bob], now=now)
        changes = await kept(tx, world, ann)

    named = {"list": "news", "listId": show("list", news.id), "name": "news"}
    assert (removed, changes) == (1, [("list_joined", named), ("list_left", named)])
    assert [each.status for each in await world.enrollments()] == ["active"]


async def test_whoever_listens_to_a_tag_or_a_list_hears_of_it(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    tagged, joined, left = (new_uuid() for _ in range(3))
    async with world.database.work() as tx:
        for segment, key in (
            (tagged, ("tag", "vip")),
            (joined, ("list", str(news.id))),
            (left, ("unlist", str(news.id))),
        ):
            await listen(tx, world.workspace_id, segment, 0, [(key, Role.SEGMENT)])

    async with world.database.work() as tx:
        now = await world.now()
        await belonging.tag(tx, world.workspace_id, [ann], ["vip"], now=now, depth=3)
        await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now)
        await belonging.remove_from_list(tx, world.workspace_id, news.id, [ann], now=now)
        facts = await take_reactions(tx, world.workspace_id, [ann])

    assert facts == [
        SegmentsTouched(ann, (tagged,), depth=3),
        SegmentsTouched(ann, (joined,)),
        SegmentsTouched(ann, (left,)),
    ]


async def test_a_list_that_is_named_is_not_deleted(world: World) -> None:
    news = await a_list(world)
    await world.sequence(ON_LIST)

    async with world.database.work() as tx:
        with pytest.raises(Conflict, match="The list 'news' is named by the sequence a-sequence"):
            await belonging.delete_list(tx, world.workspace_id, news)


@pytest.mark.parametrize(
    "draft",
    [
        "trigger: { event: e }\nsteps: [ { action: addToList, list: news } ]",
        "trigger:\n  event: e\nsteps:\n  - action: condition\n    list: 'news'\n    onTrue: skip\n  - { action: exit }",
        '{"trigger": {"list": "news"}, "steps": [{"action": "exit"}]}',
    ],
)
async def test_a_list_that_a_draft_names_is_not_deleted(world: World, draft: str) -> None:
    news = await a_list(world)
    other = await a_list(world, "new")
    async with world.database.work() as tx:
        await lifecycle.create(tx, world.workspace_id, name="a-draft", definition=draft, now=await world.now())

    async with world.database.work() as tx:
        await belonging.delete_list(tx, world.workspace_id, other)
        with pytest.raises(Conflict, match="the sequence a-draft"):
            await belonging.delete_list(tx, world.workspace_id, news)


async def test_deleting_a_list_keeps_its_contacts_and_their_runs(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    await world.sequence(ON_LIST)
    async with world.database.work() as tx:
        await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=await world.now())
    await world.archive("a-sequence")

    async with world.database.work() as tx:
        await belonging.delete_list(tx, world.workspace_id, news)

    async with world.database.work() as tx:
        assert await lists_of(tx, world.workspace_id, ann) == []
        told = await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=await world.now())
    assert told == Joining(added=0, enrolled=0, skipped=1)


async def test_nobody_joins_a_list_while_it_is_deleted(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    now = await world.now()

    async def add() -> Joining:
        async with world.database.work() as tx:
            return await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now)

    async with world.database.work() as tx:
        await belonging.delete_list(tx, world.workspace_id, await find_list(tx, world.workspace_id, "news"))
        adding = asyncio.create_task(add())
        await asyncio.wait([adding], timeout=0.2)
    told = await adding

    assert told == Joining(added=0, enrolled=0, skipped=1)


async def test_nothing_of_what_somebody_belonged_to_outlives_them(world: World) -> None:
    [ann] = await contacts(world, ANN)
    news = await a_list(world)
    async with world.database.work() as tx:
        now = await world.now()
        await belonging.tag(tx, world.workspace_id, [ann], ["vip"], now=now)
        await belonging.add_to_list(tx, world.workspace_id, news.id, [ann], now=now)

    async with world.database.work() as tx:
        await delete_contact(tx, world.workspace_id, ann, now=await world.now())

    async with world.database.work() as tx:
        assert await tags_of(tx, world.workspace_id, [ann]) == {ann: []}
        assert await lists_of(tx, world.workspace_id, ann) == []
        assert await kept(tx, world, ann) == []
