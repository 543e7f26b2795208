"""People and segments in a world, and who is in which."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from dripline.contacts.changes import What, changes_before
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.store import find_contact_by_email
from dripline.database.queries import Query
from dripline.engine.audience import people
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId
from dripline.kernel.values import Json
from dripline.segments import saving
from dripline.segments.model import Segment
from dripline.segments.store import find_segment
from tests.makers.world import World

PRO: Json = {"property": "properties.plan", "operator": "equals", "value": "pro"}
"""Everybody on the plan `pro`."""

_MEMBERS = Query(
    "members",
    "Gives the addresses of the members that count.",
    "SELECT c.email FROM segment s JOIN segment_member m ON m.workspace_id = s.workspace_id AND m.segment_id = s.id "
    "AND m.generation = s.generation LEFT JOIN contact c ON c.workspace_id = s.workspace_id AND c.id = m.contact_id "
    "WHERE s.workspace_id = $1 AND s.slug = $2 ORDER BY c.email",
)


_END = datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1)


class Move(NamedTuple):
    """That somebody entered (True) or left a segment."""

    email: str
    segment: str
    entered: bool
    at: datetime


async def add(world: World, email: str, **properties: Json) -> ContactId:
    """A new contact."""
    async with world.database.front_door(world.workspace_id) as tx:
        changes = ContactChanges(properties=properties)
        contact = await people.create_contact(
            tx, world.workspace_id, parse_address(email), changes, now=await world.now()
        )
    return contact.id


async def change(world: World, email: str, **properties: Json) -> None:
    """Change properties of a contact."""
    await alter(world, email, ContactChanges(properties=properties))


async def alter(world: World, email: str, changes: ContactChanges) -> None:
    """Change a contact."""
    contact, now = await contact_of(world, email), await world.now()
    async with world.database.front_door(world.workspace_id) as tx:
        await people.change_contact(tx, world.workspace_id, contact.id, changes, now=now)


async def segment(world: World, rules: Json, *, slug: str = "a-segment", name: str | None = None) -> Segment:
    """A segment that has been built."""
    await save(world, rules, slug=slug, name=name)
    await world.work()
    return await find(world, slug)


async def save(world: World, rules: Json, *, slug: str = "a-segment", name: str | None = None) -> Segment:
    """A segment that has not been built."""
    now = await world.now()
    async with world.database.front_door(world.workspace_id) as tx:
        return await saving.create_segment(tx, world.workspace_id, name=name or slug, slug=slug, rules=rules, now=now)


async def edit(world: World, rules: Json, *, slug: str = "a-segment") -> Segment:
    """Give a segment other rules, which are not built."""
    now = await world.now()
    async with world.database.front_door(world.workspace_id) as tx:
        return await saving.change_segment(tx, world.workspace_id, slug, name=None, rules=rules, now=now)


async def recompute(world: World, slug: str = "a-segment") -> None:
    """Let a segment be built anew, later."""
    async with world.database.front_door(world.workspace_id) as tx:
        await saving.recompute(tx, world.workspace_id, slug)


async def find(world: World, slug: str = "a-segment") -> Segment:
    async with world.database.work() as tx:
        return await find_segment(tx, world.workspace_id, slug)


async def members(world: World, slug: str = "a-segment") -> list[str]:
    """Who is in a segment, by address."""
    async with world.database.work() as tx:
        return [row["email"] for row in await tx.rows(_MEMBERS, world.workspace_id, slug)]


async def moves(world: World, *emails: str) -> list[Move]:
    """How people moved between segments, as their timeline has it, person by person."""
    return [move for email in emails for move in await _moves_of(world, email)]


async def _moves_of(world: World, email: str) -> list[Move]:
    contact = await contact_of(world, email)
    async with world.database.work() as tx:
        changes = await changes_before(tx, world.workspace_id, contact.id, _END, limit=1000)
    kinds = {What.SEGMENT_ENTERED: True, What.SEGMENT_LEFT: False}
    return [
        Move(email, str(change.detail["segment"]), kinds[What(change.what)], change.at)
        for change in reversed(changes)
        if change.what in kinds
    ]


async def contact_of(world: World, email: str) -> Contact:
    """The contact with an address."""
    async with world.database.work() as tx:
        found = await find_contact_by_email(tx, world.workspace_id, parse_address(email).key)
    assert found is not None
    return found
