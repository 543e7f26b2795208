"""Taking in many people at once: contacts made and changed, tags, a list, suppression, and what follows from it.

All of it is written first and then told to the engine in one go, so that what starts sees people as they have become.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dripline.contacts import lists, tags
from dripline.contacts.changes import Change, What, append_changes, facts_of, rows_of
from dripline.contacts.changing import apply_changes
from dripline.contacts.importing.model import Person
from dripline.contacts.lists import ContactList
from dripline.contacts.model import Changed, Contact, ContactChanges, Suppression
from dripline.contacts.store import Found, delete_contacts, insert_missing, lock_contacts, suppress_all
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.engine.audience.belonging import named
from dripline.engine.audience.suppressing import EXIT_REASONS
from dripline.engine.facts.pending import react_once
from dripline.engine.facts.reacting import react
from dripline.events.model import (
    AddressSuppressed,
    ContactAdded,
    ContactChanged,
    Fact,
    ListJoined,
    OptedOut,
    Tagged,
)
from dripline.kernel.errors import NotFound, Refused
from dripline.kernel.ids import ContactId, EnrollmentId, ListId, WorkspaceId, show

_sql = queries(__package__)

_DETAIL = "import"
_ENDINGS = (OptedOut, AddressSuppressed)


class Outcome(StrEnum):
    """What taking somebody in came to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Into:
    """What happens to everybody besides what their row says.

    Who is a contact already is not changed without `changes`, but that a row may opt them out.
    """

    list_id: ListId | None = None
    tags: tuple[str, ...] = ()
    enroll: bool = True
    changes: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of each person, or why nothing did; and how many were enrolled, by the slugs of sequences."""

    outcomes: Sequence[Outcome | Refused]
    enrolled: Mapping[str, int]


async def take_in(tx: Tx, workspace: WorkspaceId, people: Sequence[Person], into: Into, *, now: datetime) -> Taken:
    """Take in at most 500 people, in their order; somebody may come twice. Nobody is made who is refused.

    Those who want no mail, or must not get any, are enrolled in nothing.

    Raises:
        NotFound: the list is gone.
    """
    onto = await _kept_list(tx, workspace, into)
    found = await insert_missing(tx, workspace, [person.address for person in people], now)
    present = await lock_contacts(tx, workspace, set(found.ids.values()))
    # What waits from before is reacted to as ever: without `enroll` it is what comes of this that starts nothing.
    while await react_once(tx, workspace, present, now=now) is not None:
        pass
    page = _Page(people if into.changes else _left_alone(people, found), found, into)
    page.note(await apply_changes(tx, workspace, page.changes(), now))
    await delete_contacts(tx, workspace, found.new.intersection(present) - page.latest.keys())
    await _belong(tx, workspace, page, onto, now=now)
    await _suppress(tx, workspace, page, now=now)
    await append_changes(tx, workspace, list(page.kept_changes(onto, now=now)))
    enrolled = await _react(tx, workspace, page, present, now=now)
    counts = await tx.rows(_sql["count_by_sequence"], workspace, list(enrolled)) if enrolled else []
    return Taken(page.outcomes(), {row["slug"]: row["count"] for row in counts})


class _Page:
    """People who are taken in together, and what has become of them so far."""

    def __init__(self, people: Sequence[Person], found: Found, into: Into) -> None:
        self.people = people
        self.into = into
        self.ids = [found.ids.get(person.address.key) for person in people]
        self.answers: list[Changed | Refused] = []
        self.latest: dict[ContactId, Contact] = {}
        self.new: frozenset[ContactId] = frozenset()
        self.tagged: list[tuple[ContactId, str]] = []
        self.joined: list[ContactId] = []
        self.suppressed: list[tuple[ContactId, Suppression]] = []
        self._found = found

    def changes(self) -> list[tuple[ContactId, ContactChanges]]:
        """The changes of those who are there."""
        return [(id_, person.changes) for id_, person in zip(self.ids, self.people, strict=True) if id_ is not None]

    def note(self, answers: Sequence[Changed | Refused]) -> None:
        """Keep what came of the changes."""
        told = iter(answers)
        self.answers = [_going(person) if id_ is None else next(told) for id_, person in self._pairs()]
        self.latest = {each.contact.id: each.contact for each in self.answers if isinstance(each, Changed)}
        self.new = self._found.new & self.latest.keys()

    def accepted(self) -> Iterator[tuple[Person, Changed]]:
        """Those who were not refused."""
        for person, answer in zip(self.people, self.answers, strict=True):
            if isinstance(answer, Changed):
                yield person, answer

    def tags_of(self, person: Person) -> set[str]:
        """The tags that somebody gets."""
        return {*person.tags, *self.into.tags}

    def facts(self) -> list[Fact]:
        """What has happened: first what ends runs, so that nothing is begun only to be ended."""
        facts: list[Fact] = [ContactAdded(contact) for contact in sorted(self.new)]
        facts += [fact for _, changed in self.accepted() for fact in facts_of(changed)]
        facts += [Tagged(contact, tag) for contact, tag in self.tagged]
        facts += [ListJoined(contact, self.into.list_id) for contact in self.joined if self.into.list_id]
        for contact, suppression in self.suppressed:
            facts.append(AddressSuppressed(contact, EXIT_REASONS[suppression.reason]))
            facts.append(ContactChanged(contact, fields=("suppressed",)))
        return sorted(facts, key=lambda fact: not isinstance(fact, _ENDINGS))

    def may_start(self) -> dict[ContactId, Contact]:
        """Those who may be enrolled."""
        gone = {contact for contact, _ in self.suppressed}
        return {
            id_: contact
            for id_, contact in self.latest.items()
            if contact.unsubscribed_at is None and not contact.suppressed and id_ not in gone
        }

    def kept_changes(self, onto: ContactList | None, *, now: datetime) -> Iterator[Change]:
        """What the timelines are to say. That somebody was made is said by the contact."""
        for _, changed in self.accepted():
            if changed.contact.id not in self.new:
                yield from rows_of(changed, now=now)
        for contact, tag in self.tagged:
            yield Change(contact, What.TAGGED, {"tag": tag}, now)
        if onto is not None:
            for contact in self.joined:
                yield Change(contact, What.LIST_JOINED, named(onto), now)
        for contact, suppression in self.suppressed:
            yield Change(contact, What.SUPPRESSED, {"reason": suppression.reason, "detail": suppression.detail}, now)

    def outcomes(self) -> list[Outcome | Refused]:
        """What came of each person. What is the same for all of somebody's rows counts for the first of them."""
        new, tagged = set(self.new), set(self.tagged)
        others = {*self.joined, *(contact for contact, _ in self.suppressed)}
        outcomes: list[Outcome | Refused] = []
        for person, answer in zip(self.people, self.answers, strict=True):
            if isinstance(answer, Refused):
                outcomes.append(answer)
                continue
            contact = answer.contact.id
            gained = tagged & {(contact, tag) for tag in self.tags_of(person)}
            is_changed = bool(answer.fields or gained or contact in others)
            otherwise = Outcome.UPDATED if is_changed else Outcome.UNCHANGED
            outcomes.append(Outcome.CREATED if contact in new else otherwise)
            tagged -= gained
            others.discard(contact)
            new.discard(contact)
        return outcomes

    def _pairs(self) -> Iterator[tuple[ContactId | None, Person]]:
        return zip(self.ids, self.people, strict=True)


async def _kept_list(tx: Tx, workspace: WorkspaceId, into: Into) -> ContactList | None:
    if into.list_id is None:
        return None
    kept = await lists.keep_list(tx, workspace, into.list_id)
    if kept is None:
        raise NotFound.of("list", show("list", into.list_id))
    return kept


def _left_alone(people: Sequence[Person], found: Found) -> list[Person]:
    """The people, with nothing to change about those who were contacts already but their wish."""
    return [person if found.ids.get(person.address.key) in found.new else _only_wish(person) for person in people]


def _only_wish(person: Person) -> Person:
    return replace(person, changes=ContactChanges(unsubscribed=person.changes.unsubscribed), tags=())


def _going(person: Person) -> Refused:
    return NotFound(f"The contact with the address {person.address.text} is being deleted. Try again.")


async def _belong(tx: Tx, workspace: WorkspaceId, page: _Page, onto: ContactList | None, *, now: datetime) -> None:
    owns = {(changed.contact.id, tag) for person, changed in page.accepted() for tag in page.tags_of(person)}
    page.tagged = sorted(await tags.add_own_tags(tx, workspace, owns, now=now))
    if onto is not None and page.latest:
        page.joined = sorted(await lists.add_members(tx, workspace, onto.id, sorted(page.latest), now=now))


async def _suppress(tx: Tx, workspace: WorkspaceId, page: _Page, *, now: datetime) -> None:
    wanted = {
        changed.contact.id: Suppression(person.address.key, person.suppression, _DETAIL, now)
        for person, changed in page.accepted()
        if person.suppression is not None
    }
    fresh = await suppress_all(tx, workspace, wanted.values())
    page.suppressed = [(contact, each) for contact, each in sorted(wanted.items()) if each.email_key in fresh]


async def _react(
    tx: Tx, workspace: WorkspaceId, page: _Page, contacts: Sequence[ContactId], *, now: datetime
) -> set[EnrollmentId]:
    """Tell the engine, and let who has entered segments by this be enrolled here too, or not."""
    enroll = page.into.enroll
    reaction = await react(tx, workspace, page.facts(), page.may_start(), now=now, enroll=enroll)
    enrolled = set(reaction.enrolled)
    while (more := await react_once(tx, workspace, contacts, now=now, enroll=enroll)) is not None:
        enrolled |= more.enrolled
    return enrolled
