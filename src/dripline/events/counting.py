"""Counting the events that conditions ask about: for many contacts, or many runs, in one statement for each test."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.events.model import STARTS_NOTHING_AFTER, Seen
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.predicates.model import ANY, EventTest
from dripline.predicates.parameters import Parameters
from dripline.predicates.sql import compile_where, compile_within

NOTHING_SEEN = Seen(0, None)

_FRESH = int(STARTS_NOTHING_AFTER.total_seconds())


async def count_events(
    tx: Tx, workspace: WorkspaceId, test: EventTest, contacts: Sequence[ContactId], *, now: datetime
) -> dict[ContactId, int]:
    """How many events of each of these contacts pass the test, whatever number it asks for. `occurred_at` counts."""
    query, values = _of_contacts(test)
    rows = await tx.rows(query, workspace, now, contacts, *values) if contacts else []
    return dict.fromkeys(contacts, 0) | {ContactId(row["contact_id"]): row["count"] for row in rows}


async def events_since(
    tx: Tx,
    workspace: WorkspaceId,
    test: EventTest,
    runs: Sequence[tuple[UUID, ContactId, datetime, UUID]],
    *,
    now: datetime,
) -> dict[UUID, Seen]:
    """How many events pass the test that came after the start of each run, and when the first was recorded.

    A run is its id, its contact, and the time and id of the event that it began with: `(recorded_at, id)` of those
    that count are greater. What is history by the time it is recorded counts where it happened since that time.
    """
    if not runs:
        return {}
    ids, contacts, since, anchors = zip(*runs, strict=True)
    query, values = _of_runs(test)
    rows = await tx.rows(query, workspace, now, list(ids), list(contacts), list(since), list(anchors), *values)
    return dict.fromkeys(ids, NOTHING_SEEN) | {row["run"]: Seen(row["count"], row["first_at"]) for row in rows}


@lru_cache(maxsize=1024)
def _of_contacts(test: EventTest) -> tuple[Query, tuple[object, ...]]:
    parameters = Parameters(fixed=3)
    rows = _rows(test, "e.contact_id = ANY ($3::uuid[])", parameters)
    text = f"SELECT e.contact_id, count(*) {rows} GROUP BY e.contact_id"
    return Query("count_events", "Counts the events of contacts that pass a test.", text), parameters.values


@lru_cache(maxsize=1024)
def _of_runs(test: EventTest) -> tuple[Query, tuple[object, ...]]:
    parameters = Parameters(fixed=6)
    theirs = (
        "e.contact_id = r.contact_id AND (e.recorded_at, e.id) > (r.since, r.anchor)"
        # History that came late counts only where it happened during the run.
        f" AND (e.recorded_at - e.occurred_at <= interval '{_FRESH} seconds' OR e.occurred_at >= r.since)"
    )
    rows = _rows(test, theirs, parameters, _RUNS)
    text = f"SELECT r.run, count(*), min(e.recorded_at) AS first_at {rows} GROUP BY r.run"
    return Query(
        "events_since", "Counts the events since the starts of runs that pass a test.", text
    ), parameters.values


_RUNS = "CROSS JOIN unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::uuid[]) AS r(run, contact_id, since, anchor)"
_CONTACT = "JOIN contact AS c ON c.workspace_id = $1 AND c.id = e.contact_id"


def _rows(test: EventTest, theirs: str, parameters: Parameters, runs: str = "") -> str:
    """The events that pass the test. A filter may ask about the contact too."""
    contact = _CONTACT if any(comparison.path.startswith("contact.") for comparison in test.where) else ""
    asked = [
        theirs,
        f"e.name = {parameters.text(test.event)}" if test.event != ANY else "true",
        compile_within(test, "e.occurred_at"),
        compile_where(test.where, "e.properties", parameters),
        # Every argument has to be named somewhere.
        "$2::timestamptz IS NOT NULL",
    ]
    return f"FROM event AS e {runs} {contact} WHERE e.workspace_id = $1 AND {' AND '.join(asked)}"
