"""Conditions ask the same of a table as of one contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from dripline.accounts.model import Mode
from dripline.contacts.facts import Company, ContactFacts
from dripline.contacts.model import Contact
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.events.counting import count_events, events_since
from dripline.events.model import Seen
from dripline.kernel.addresses import Address
from dripline.kernel.durations import parse_duration
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import Comparison, EventTest, Operator, Predicate
from dripline.predicates.parameters import Parameters
from dripline.predicates.sql import compile_sql
from dripline.predicates.truth import holds
from dripline.predicates.walking import events_in
from tests.integration.conftest import a_workspace
from tests.makers.conditions import (
    EVENTS,
    LISTS,
    PROPERTIES,
    SEGMENTS,
    TAGS,
    TEXTS,
    TIMES,
    event_tests,
    pairs,
    predicates,
)
from tests.makers.programs import NOON

IDS: Mapping[str, UUID] = {name: new_uuid() for name in (*LISTS, *SEGMENTS)}
NAMED_LISTS = {name: IDS[name] for name in LISTS}
NAMED_SEGMENTS = {name: IDS[name] for name in SEGMENTS}
# The generation that counts, and one that was or will be.
CURRENT, OTHER = 3, 4
_LONG_AGO = NOON - timedelta(days=365)


@dataclass(frozen=True)
class Occurred:
    name: str
    properties: Mapping[str, Json]
    at: datetime


@dataclass(frozen=True)
class Person:
    properties: Mapping[str, Json]
    user_id: str | None
    timezone: str | None
    unsubscribed: bool
    suppressed: bool
    created_at: datetime
    tags: frozenset[str]
    lists: frozenset[str]
    segments: frozenset[str]
    events: Sequence[Occurred]


def some(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names))


_STAMPS = st.sampled_from(TIMES)
_OCCURRED = st.builds(Occurred, st.sampled_from(EVENTS), PROPERTIES, _STAMPS)
_PEOPLE = st.builds(
    Person,
    PROPERTIES,
    st.none() | TEXTS.filter(bool),
    st.none() | st.just("Europe/Berlin"),
    st.booleans(),
    st.booleans(),
    _STAMPS,
    some(TAGS),
    some(LISTS),
    some(SEGMENTS),
    st.lists(_OCCURRED, max_size=4),
)


_NOBODY = Person({}, None, None, False, False, NOON, frozenset(), frozenset(), frozenset(), ())


async def given_people(tx: Tx, workspace: WorkspaceId, people: Sequence[Person]) -> list[Contact]:
    contacts = []
    for name, segment_id in NAMED_SEGMENTS.items():
        await tx.run(_ADD_SEGMENT, workspace, segment_id, name, CURRENT, NOON)
    for number, person in enumerate(people):
        contact = a_contact(number, person)
        contacts.append(contact)
        await tx.run(
            _ADD_CONTACT,
            workspace,
            contact.id,
            contact.address.text,
            contact.user_id,
            contact.properties,
            contact.timezone,
            contact.unsubscribed_at,
            contact.created_at,
        )
        if person.suppressed:
            await tx.run(_SUPPRESS, workspace, contact.address.key, NOON)
        await tx.run(_ADD_TAGS, workspace, contact.id, sorted(person.tags), NOON)
        await tx.run(_ADD_TO_LISTS, workspace, contact.id, [IDS[name] for name in person.lists], NOON)
        for segment in SEGMENTS:
            generation = CURRENT if segment in person.segments else OTHER
            await tx.run(_ADD_TO_SEGMENT, workspace, IDS[segment], generation, contact.id, NOON)
        for event in person.events:
            await tx.run(_ADD_EVENT, workspace, EventId(new_uuid()), contact.id, event.name, event.properties, event.at)
    # Numbers may come back in another form.
    kept = {row["id"]: row["properties"] for row in await tx.rows(_PROPERTIES, workspace)}
    return [replace(contact, properties=kept[contact.id]) for contact in contacts]


def a_contact(number: int, person: Person) -> Contact:
    text = f"Ann.{number}@example.com"
    return Contact(
        id=ContactId(new_uuid()),
        address=Address(text, text.lower()),
        user_id=f"{number} {person.user_id}" if person.user_id is not None else None,
        properties=person.properties,
        timezone=person.timezone,
        unsubscribed_at=NOON if person.unsubscribed else None,
        suppressed=person.suppressed,
        created_at=person.created_at,
        updated_at=person.created_at,
    )


def seen(person: Person, contact: Contact, test: EventTest) -> Seen:
    """What the events of a person say of a test, counted one by one."""
    facts = [(event, ContactFacts(contact, event.properties, NOON, company(person))) for event in person.events]
    passing = [
        event.at
        for event, known in facts
        if event.name == test.event
        and all(evaluate(comparison, known) for comparison in test.where)
        and (test.within is None or NOON - parse_duration(test.within) < event.at <= NOON)
    ]
    return Seen(len(passing), min(passing, default=None))


def company(person: Person) -> Company:
    lists, segments = (frozenset(IDS[name] for name in names) for names in (person.lists, person.segments))
    return Company(person.tags, lists, segments)


def facts_of(person: Person, contact: Contact, predicate: Predicate) -> ContactFacts:
    return ContactFacts(
        contact,
        None,
        NOON,
        company(person),
        NAMED_LISTS,
        NAMED_SEGMENTS,
        {test: seen(person, contact, test) for test in events_in(predicate)},
    )


async def ask(
    tx: Tx, workspace: WorkspaceId, predicate: Predicate, *, among: Sequence[ContactId] | None = None
) -> dict[ContactId, object]:
    """What the table says of each contact, or of each of some."""
    parameters = Parameters(fixed=3)
    sql = compile_sql(
        predicate,
        parameters=parameters,
        lists=NAMED_LISTS,
        segments=NAMED_SEGMENTS,
        people=(lambda column: f"{column} = ANY ($3::uuid[])") if among is not None else None,
    )
    asked = f"SELECT c.id, {sql} AS holds, $2::timestamptz FROM contact AS c WHERE c.workspace_id = $1"
    query = Query("ask", "Asks a condition.", f"{asked} AND ($3::uuid[] IS NULL OR c.id = ANY ($3::uuid[]))")
    return {row["id"]: row["holds"] for row in await tx.rows(query, workspace, NOON, among, *parameters.values)}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_PEOPLE, min_size=1, max_size=4), st.lists(predicates(), min_size=1, max_size=8))
async def test_a_condition_holds_in_the_table_exactly_where_it_holds_of_the_contact(
    database: Database, people: Sequence[Person], asked: Sequence[Predicate]
) -> None:
    workspace = (await a_workspace(database, Mode.TEST)).id
    async with database.work() as tx:
        contacts = await given_people(tx, workspace, people)
        note(f"{people}")
        for predicate in asked:
            note(f"{predicate}")
            expected = {
                contact.id: evaluate(predicate, facts_of(person, contact, predicate))
                for person, contact in zip(people, contacts, strict=True)
            }

            assert await ask(tx, workspace, predicate) == expected
            among = [contact.id for contact in contacts[::2]]
            assert await ask(tx, workspace, predicate, among=among) == {each: expected[each] for each in among}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(pairs(), min_size=5, max_size=25))
@example([("0001-01-01T00:00:00+14:00", "0001-01-01"), ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z")])
async def test_each_operator_says_the_same_of_values_that_are_nearly_alike(
    database: Database, asked: Sequence[tuple[Json, Json]]
) -> None:
    workspace = (await a_workspace(database, Mode.TEST)).id
    async with database.work() as tx:
        people = [replace(_NOBODY, properties={"plan": found}) for found, _ in asked]
        contacts = await given_people(tx, workspace, people)
        for value, operator in product([value for _, value in asked], Operator):
            comparison = Comparison("contact.properties.plan", operator, value if operator.takes_value else None)
            found = [each.properties.get("plan") for each in contacts]

            answers = await ask(tx, workspace, comparison)

            expected = [(each, operator, value, holds(operator, each, value)) for each in found]
            asked_of = zip(found, contacts, strict=True)
            assert [(each, operator, value, answers[contact.id]) for each, contact in asked_of] == expected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_PEOPLE, min_size=1, max_size=4), st.lists(event_tests(), min_size=1, max_size=6))
async def test_events_are_counted_as_they_are_seen_one_by_one(
    database: Database, people: Sequence[Person], asked: Sequence[EventTest]
) -> None:
    workspace = (await a_workspace(database, Mode.TEST)).id
    async with database.work() as tx:
        contacts = await given_people(tx, workspace, people)
        ids = [contact.id for contact in contacts]
        for test in asked:
            note(f"{people} {test}")
            both = list(zip(people, contacts, strict=True))
            expected = [seen(person, contact, test) for person, contact in both]

            counts = await count_events(tx, workspace, test, ids, now=NOON)
            runs = [(contact.id, contact.id, _LONG_AGO, contact.id) for contact in contacts]
            since = await events_since(tx, workspace, test, runs, now=NOON)

            assert counts == {each: one.count for each, one in zip(ids, expected, strict=True)}
            assert since == dict(zip(ids, expected, strict=True))


def _query(text: str) -> Query:
    return Query("given", "Makes what a test needs.", text)


_PROPERTIES = _query("SELECT id, properties FROM contact WHERE workspace_id = $1")
_ADD_CONTACT = _query(
    "INSERT INTO contact (workspace_id, id, email, email_key, user_id, properties, timezone, unsubscribed_at,"
    " created_at, updated_at) VALUES ($1, $2, $3, lower($3), $4, $5, $6, $7, $8, $8)"
)
_SUPPRESS = _query("INSERT INTO suppression VALUES ($1, $2, 'manual', NULL, $3)")
_ADD_TAGS = _query("INSERT INTO contact_tag SELECT $1, $2, tag, $4 FROM unnest($3::text[]) AS tag")
_ADD_TO_LISTS = _query("INSERT INTO list_member SELECT $1, list_id, $2, $4 FROM unnest($3::uuid[]) AS list_id")
_ADD_SEGMENT = _query(
    "INSERT INTO segment (workspace_id, id, slug, name, rules, tree, whole, generation, created_at, updated_at)"
    " VALUES ($1, $2, $3, $3, '{}', '{}', '{}', $4, $5, $5)"
)
_ADD_TO_SEGMENT = _query("INSERT INTO segment_member VALUES ($1, $2, $3, $4, $5)")
_ADD_EVENT = _query(
    "INSERT INTO event (workspace_id, id, contact_id, name, properties, occurred_at, recorded_at, origin)"
    " VALUES ($1, $2, $3, $4, $5, $6, $6, 'api')"
)
