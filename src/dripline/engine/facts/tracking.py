"""Tracking events: recorded, and reacted to, in one transaction; acknowledged when it has committed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import find_workspace
from dripline.contacts.changes import append_changes, facts_of, rows_of
from dripline.contacts.changing import apply_changes
from dripline.contacts.model import Changed, ContactChanges
from dripline.contacts.store import Found, find_contacts, find_ids_by_user_id, insert_missing, lock_contacts
from dripline.database.hints import Hint, Hints
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.group_commit import GroupCommit
from dripline.engine.facts.reacting import react
from dripline.events.model import FUTURE_TOLERATED, ContactAdded, Event, Fact, Happened, Origin
from dripline.events.store import record, take_keys
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Invalid, NotFound, Refused, Unavailable
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json

NOBODY_FOUND = Found({})
MOST_TOGETHER = 500
"""Events that share one transaction, at most: as many contacts as are locked together anywhere."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as a client sent it, checked. Exactly one of address, contact id and user id names the contact.

    `timestamp` None is the workspace's now; `key` makes a repeat of it harmless; `contact` is applied first.
    """

    name: str
    properties: Mapping[str, Json]
    address: Address | None = None
    contact_id: ContactId | None = None
    user_id: str | None = None
    timestamp: datetime | None = None
    key: str | None = None
    contact: ContactChanges | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """An event that is committed. `duplicate`: it was so before, under the same key."""

    event: Event
    email: str
    duplicate: bool = False


Answer = Tracked | Refused


class Ingest:
    """Takes events in, those of one workspace together."""

    def __init__(self, database: Database, hints: Hints) -> None:
        self._database = database
        self._hints = hints
        self._together = GroupCommit(self._record, most=MOST_TOGETHER)

    async def track(self, workspace: Workspace, event: IncomingEvent) -> Tracked:
        """Record one event; returns when it has been committed with all that it started.

        Raises:
            Refused: it cannot be recorded; nothing was.
            Whatever the database raises when it is out of reach.
        """
        answer = await self._together.add(workspace, [event])[0]
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def track_many(self, workspace: Workspace, events: Sequence[IncomingEvent]) -> list[Answer]:
        """Record events; one answer each, in their order. One that is refused does not stop the others."""
        return list(await asyncio.gather(*self._together.add(workspace, events)))

    async def _record(self, workspace: Workspace, events: Sequence[IncomingEvent]) -> Sequence[Answer]:
        answers, started = await self._database.transact(
            lambda tx: track(tx, workspace, events, real=real_now()), workspace=workspace.id
        )
        if started:
            self._hints.send(Hint.DUE, workspace.id)
        return answers


async def track(
    tx: Tx, workspace: Workspace, incoming: Sequence[IncomingEvent], *, real: datetime
) -> tuple[list[Answer], bool]:
    """Record events and react to them, in this transaction; one answer each, and whether anything started."""
    if workspace.mode is Mode.TEST:
        # The clock of a test workspace may have been moved since the request was let in.
        workspace = await find_workspace(tx, workspace.id)
    people, added = await _people(tx, workspace.id, incoming, now=workspace.now(real))
    # Read under the locks: of two events of one contact the later one must not have the earlier time.
    now = workspace.now(real_now())
    answers: dict[int, Answer] = {}
    new: dict[int, Event] = {}
    for place, (sent, person) in enumerate(zip(incoming, people, strict=True)):
        checked = _event(sent, person, now=now)
        if isinstance(checked, Refused):
            answers[place] = checked
        else:
            new[place] = checked
    duplicates = await _duplicates(tx, workspace.id, incoming, new, now=real)
    fresh = [place for place in new if place not in duplicates]
    changed = await _change(tx, workspace.id, incoming, {place: new[place] for place in fresh}, now=now)
    answers |= {place: outcome for place, outcome in changed.items() if isinstance(outcome, Refused)}
    recorded = {place: new[place] for place in fresh if place not in answers}
    contacts = await find_contacts(tx, workspace.id, {*added, *(event.contact_id for event in new.values())})
    await record(tx, workspace.id, list(recorded.values()))
    facts: list[Fact] = [ContactAdded(contact) for contact in sorted(added)]
    for place, event in recorded.items():
        if isinstance(outcome := changed.get(place), Changed):
            facts += facts_of(outcome)
        facts.append(Happened(event))
    started = bool((await react(tx, workspace.id, facts, contacts, now=now)).enrolled)
    for place, made in new.items():
        known = duplicates.get(place, made)
        email = contacts[made.contact_id].address.text
        answers.setdefault(place, Tracked(known, email, duplicate=place in duplicates))
    return [answers[place] for place in range(len(incoming))], started


async def _change(
    tx: Tx, workspace: WorkspaceId, incoming: Sequence[IncomingEvent], events: Mapping[int, Event], *, now: datetime
) -> dict[int, Changed | Refused]:
    """Apply what comes with events to their contacts; gives what it changed, or why not, by place."""
    wanted = [(place, changes) for place in events if (changes := incoming[place].contact) is not None]
    if not wanted:
        return {}
    outcomes = await apply_changes(
        tx, workspace, [(events[place].contact_id, changes) for place, changes in wanted], now
    )
    await append_changes(
        tx,
        workspace,
        [row for outcome in outcomes if isinstance(outcome, Changed) for row in rows_of(outcome, now=now)],
    )
    return {place: outcome for (place, _), outcome in zip(wanted, outcomes, strict=True)}


async def _people(
    tx: Tx, workspace: WorkspaceId, incoming: Sequence[IncomingEvent], *, now: datetime
) -> tuple[list[ContactId | None], frozenset[ContactId]]:
    """Whom each event is about, all of them locked (None for an id that nobody has), and those who are new."""
    addresses = {event.address.key: event.address for event in incoming if event.address is not None}
    user_ids = {event.user_id for event in incoming if event.user_id is not None}
    found = await insert_missing(tx, workspace, addresses.values(), now) if addresses else NOBODY_FOUND
    by_user_id = await find_ids_by_user_id(tx, workspace, user_ids) if user_ids else {}

    def who(event: IncomingEvent) -> ContactId | None:
        if event.contact_id is not None:
            return event.contact_id
        if event.user_id is not None:
            return by_user_id.get(event.user_id)
        assert event.address is not None
        return found.ids[event.address.key]

    people = [who(event) for event in incoming]
    present = set(await lock_contacts(tx, workspace, {person for person in people if person is not None}))
    if any(contact not in present for contact in found.ids.values()):
        raise Unavailable("A contact was deleted while its event came in.")
    return [person if person in present else None for person in people], found.new


def _event(incoming: IncomingEvent, person: ContactId | None, *, now: datetime) -> Event | Refused:
    if person is None:
        ref = show("contact", incoming.contact_id) if incoming.contact_id else str(incoming.user_id)
        return NotFound.of("contact", ref)
    at = incoming.timestamp or now
    if at > now + FUTURE_TOLERATED:
        return Invalid.at(
            "timestamp", "lies in the future", found=iso(at), expected=f"at most 5 minutes after {iso(now)}"
        )
    return Event(EventId(new_uuid()), person, incoming.name, incoming.properties, at, now, Origin.API)


async def _duplicates(
    tx: Tx, workspace: WorkspaceId, incoming: Sequence[IncomingEvent], new: Mapping[int, Event], *, now: datetime
) -> dict[int, Event]:
    """The events that are known under their key, by place: recorded before, or earlier among these."""
    first: dict[str, int] = {}
    for place in new:
        key = incoming[place].key
        if key is not None:
            first.setdefault(key, place)
    if not first:
        return {}
    known = await take_keys(tx, workspace, {key: new[place].id for key, place in first.items()}, now=now)
    duplicates: dict[int, Event] = {}
    for place in new:
        key = incoming[place].key
        if key is None:
            continue
        if key in known:
            duplicates[place] = known[key]
        elif first[key] != place:
            duplicates[place] = new[first[key]]
    return duplicates
