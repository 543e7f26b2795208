"""Whatever happens to people, following it comes to the same as looking at everybody anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.contacts.lists import add_list
from dripline.contacts.model import ContactChanges
from dripline.contacts.store import find_contact_by_email
from dripline.durable.jobs import find as find_job
from dripline.engine.audience import belonging
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import iso, real_now
from dripline.kernel.ids import ContactId, ListId
from dripline.kernel.values import Json
from dripline.segments.building import build_page
from tests.makers.segments import add, alter, find, members, moves, recompute, save
from tests.makers.world import World

SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PEOPLE = ("ann@example.com", "ben@example.com", "carl@example.com")
RULES: dict[str, Json] = {
    "plan": {"property": "properties.plan", "operator": "notEquals", "value": "pro"},
    "tag": {"tag": "vip"},
    "list": {"not": {"list": "news"}},
    "bought": {"event": "purchase", "where": [{"property": "event.amount", "operator": "greaterThan", "value": 10}]},
    "lately": {"event": "purchase", "within": "2d", "atLeast": 2},
    "new": {"property": "createdAt", "operator": "inTheLast", "value": "3d"},
    "soon": {"property": "properties.ends", "operator": "inTheNext", "value": "2d"},
    "late": {"property": "properties.ends", "operator": "moreThanAgo", "value": "1d"},
    "consent": {"property": "unsubscribed", "operator": "equals", "value": True},
    "nested": {"any": [{"all": [{"segment": "soon"}, {"segment": "plan"}]}, {"segment": "consent"}]},
    "hot": {"all": [{"segment": "lately"}, {"not": {"segment": "tag"}}]},
}
HOURS = st.integers(-60, 60)

ACTS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(PEOPLE), st.just(0)),
    st.tuples(st.just("plan"), st.sampled_from(PEOPLE), st.sampled_from(["pro", "free", None])),
    st.tuples(st.just("ends"), st.sampled_from(PEOPLE), HOURS),
    st.tuples(st.just("ends at no time"), st.sampled_from(PEOPLE), st.sampled_from(["soon", None, 5, "9999-12-31"])),
    st.tuples(st.just("tag"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("list"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("consent"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("purchase"), st.sampled_from(PEOPLE), st.integers(0, 80)),
    st.tuples(st.just("advance"), st.just(""), st.integers(1, 70)),
    st.tuples(st.just("follow"), st.just(""), st.just(0)),
    st.tuples(st.just("rebuild"), st.just(""), st.sampled_from(sorted(RULES))),
)


@SOME
@given(acts=st.lists(ACTS, min_size=1, max_size=14))
async def test_nobody_is_missed_and_nobody_is_forgotten(world: World, acts: Sequence[tuple[str, str, object]]) -> None:
    async with world.database.work() as tx:
        workspace = await create_workspace(tx, name="a world", mode=Mode.TEST, now=real_now())
    here = replace(world, workspace_id=workspace.id)
    await here.advance("0m")
    async with here.database.front_door(here.workspace_id) as tx:
        news = await add_list(tx, here.workspace_id, slug="news", name="News", description=None, now=await here.now())
    await add(here, PEOPLE[0], plan="pro", ends=iso(await here.now() + timedelta(days=3)))
    for slug, rules in RULES.items():
        await save(here, rules, slug=slug)
    await here.work()
    at_first = {slug: await members(here, slug) for slug in RULES}

    for act in acts:
        await _do(here, act, news.id)

    for email in PEOPLE:
        await _someone(here, email)
    await here.work()

    followed = {slug: await members(here, slug) for slug in RULES}
    told = {email: await _told(here, email) for email in PEOPLE}
    for slug in RULES:
        await recompute(here, slug)
    await here.work()
    assert followed == {slug: await members(here, slug) for slug in RULES}
    # What was told leads from the first members to the last, one step at a time.
    for slug in RULES:
        for email in PEOPLE:
            steps = [email in at_first[slug], *(entered for where, entered in told[email] if where == slug)]
            assert all(one != other for one, other in pairwise(steps))
            assert steps[-1] == (email in followed[slug])


async def _do(world: World, act: tuple[str, str, object], news: ListId) -> None:
    kind, email, value = act
    now = await world.now()
    match kind, value:
        case "add", _:
            await _someone(world, email)
        case "plan", _:
            await _someone(world, email)
            await alter(world, email, ContactChanges(properties={"plan": value}))  # type: ignore[dict-item]
        case "ends", int(hours):
            await _someone(world, email)
            await alter(world, email, ContactChanges(properties={"ends": iso(now + timedelta(hours=hours))}))
        case "ends at no time", _:
            await _someone(world, email)
            await alter(world, email, ContactChanges(properties={"ends": value}))  # type: ignore[dict-item]
        case "consent", bool(out):
            await _someone(world, email)
            await alter(world, email, ContactChanges(unsubscribed=out))
        case "tag", bool(on):
            person = await _someone(world, email)
            async with world.database.front_door(world.workspace_id) as tx:
                await (belonging.tag if on else belonging.untag)(tx, world.workspace_id, [person], ["vip"], now=now)
        case "list", bool(on):
            person = await _someone(world, email)
            move = belonging.add_to_list if on else belonging.remove_from_list
            async with world.database.front_door(world.workspace_id) as tx:
                await move(tx, world.workspace_id, news, [person], now=now)
        case "purchase", int(ago):
            await world.track(email, "purchase", {"amount": ago}, timestamp=now - timedelta(hours=ago))
        case "advance", int(hours):
            while await world.parts.jobs.run_one(world.workspace_id):
                pass
            await world.advance(f"{hours}h")
        case "follow", _:
            await world.parts.reacting.once()
        case "rebuild", str(slug):
            await recompute(world, slug)
            await _do_some_pages(world, slug)
        case _:
            raise AssertionError(act)


async def _do_some_pages(world: World, slug: str) -> None:
    """Leave a build in the middle: whoever goes on with it is another worker."""
    found = await find(world, slug)
    assert found.job_id is not None
    async with world.database.work() as tx:
        job = await find_job(tx, world.workspace_id, found.job_id)
    turn = build_page(world.database, first=1)
    for _ in range(3):
        job = replace(job, cursor=(await turn(job)).cursor)


async def _someone(world: World, email: str) -> ContactId:
    async with world.database.work() as tx:
        found = await find_contact_by_email(tx, world.workspace_id, parse_address(email).key)
    return found.id if found is not None else await add(world, email)


async def _told(world: World, email: str) -> list[tuple[str, bool]]:
    return [(move.segment, move.entered) for move in await moves(world, email)]
