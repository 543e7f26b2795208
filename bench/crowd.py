"""A large workspace for segments: contacts with twenty properties, tags and lists, and what they did in a year.

Made by the database itself, of numbers alone, so that every run has the same people. Its clock stands still.
"""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from bench.people import opened
from bench.stage import Stage
from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace, find_workspace
from dripline.contacts.lists import add_list
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.segments import saving

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEMPLATE = "bench_crowd"
_ONCE = "crowd is there"
_AT_ONCE = 500_000

RULES: dict[str, Json] = {
    "pros": {"property": "properties.plan", "operator": "equals", "value": "pro"},
    "big-teams": {
        "all": [
            {"property": "properties.plan", "operator": "notEquals", "value": "free"},
            {"property": "properties.seats", "operator": "greaterThanOrEquals", "value": 90},
        ]
    },
    "around-lisbon": {
        "any": [
            {"property": "properties.city", "operator": "equals", "value": "City 3"},
            {"property": "properties.company", "operator": "contains", "value": "company 77"},
        ]
    },
    "vips": {"all": [{"tag": "vip"}, {"property": "subscribed", "operator": "equals", "value": True}]},
    "readers": {"all": [{"list": "newsletter"}, {"not": {"tag": "churned"}}]},
    "new": {"property": "createdAt", "operator": "inTheLast", "value": "30d"},
    "ending": {"property": "properties.trialEnds", "operator": "inTheNext", "value": "7d"},
    "buyers": {"event": "purchase", "where": [{"property": "event.amount", "operator": "greaterThan", "value": 50}]},
    "active": {"event": "login", "atLeast": 3, "within": "30d"},
    "asleep": {
        "all": [
            {"not": {"event": "login", "within": "90d"}},
            {"property": "createdAt", "operator": "moreThanAgo", "value": "90d"},
        ]
    },
    "never-bought": {
        "all": [
            {"not": {"event": "purchase"}},
            {"property": "properties.plan", "operator": "equals", "value": "free"},
        ]
    },
    "best": {"all": [{"segment": "pros"}, {"segment": "active"}, {"not": {"segment": "vips"}}]},
}
"""Twelve definitions: properties, tags, lists, consent, dates, events that happened or did not, and other segments."""

_ACTIVE = (
    "SELECT e.contact_id FROM event e WHERE e.workspace_id = $1 AND e.name = 'login' "
    "AND e.occurred_at > $2::timestamptz - interval '30 days' AND e.occurred_at <= $2 "
    "GROUP BY e.contact_id HAVING count(*) >= 3"
)
_VIP = "SELECT t.contact_id FROM contact_tag t WHERE t.workspace_id = $1 AND t.tag = 'vip'"
_CONTACT = "SELECT c.id FROM contact c WHERE c.workspace_id = $1 AND $2::timestamptz IS NOT NULL"

BY_HAND: dict[str, str] = {
    "pros": f"{_CONTACT} AND c.properties ->> 'plan' = 'pro'",
    "big-teams": f"{_CONTACT} AND c.properties ->> 'plan' IS DISTINCT FROM 'free' "
    "AND (c.properties ->> 'seats')::numeric >= 90",
    "around-lisbon": f"{_CONTACT} AND (c.properties ->> 'city' = 'City 3' "
    "OR c.properties ->> 'company' ILIKE '%company 77%')",
    "vips": f"{_CONTACT} AND c.unsubscribed_at IS NULL AND c.id IN ({_VIP})",
    "readers": "SELECT m.contact_id FROM list_member m JOIN list l ON l.workspace_id = $1 AND l.id = m.list_id "
    "WHERE m.workspace_id = $1 AND l.slug = 'newsletter' AND $2::timestamptz IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM contact_tag t WHERE t.workspace_id = $1 AND t.contact_id = m.contact_id AND t.tag = 'churned')",
    "new": f"{_CONTACT} AND c.created_at > $2 - interval '30 days' AND c.created_at <= $2",
    "ending": f"{_CONTACT} AND (c.properties ->> 'trialEnds')::timestamptz > $2 "
    "AND (c.properties ->> 'trialEnds')::timestamptz <= $2 + interval '7 days'",
    "buyers": "SELECT DISTINCT e.contact_id FROM event e WHERE e.workspace_id = $1 AND e.name = 'purchase' "
    "AND (e.properties ->> 'amount')::numeric > 50 AND $2::timestamptz IS NOT NULL",
    "active": _ACTIVE,
    "asleep": f"{_CONTACT} AND c.created_at <= $2 - interval '90 days' AND NOT EXISTS (SELECT 1 FROM event e "
    "WHERE e.workspace_id = $1 AND e.contact_id = c.id AND e.name = 'login' "
    "AND e.occurred_at > $2 - interval '90 days' AND e.occurred_at <= $2)",
    "never-bought": f"{_CONTACT} AND c.properties ->> 'plan' = 'free' AND NOT EXISTS (SELECT 1 FROM event e "
    "WHERE e.workspace_id = $1 AND e.contact_id = c.id AND e.name = 'purchase')",
    "best": f"{_CONTACT} AND c.properties ->> 'plan' = 'pro' AND c.id IN ({_ACTIVE}) "
    f"AND NOT (c.unsubscribed_at IS NULL AND c.id IN ({_VIP}))",
}
"""The same twelve as somebody would write them who knows the tables: $1 is the workspace, $2 is now."""

_CONTACTS = """
INSERT INTO contact (workspace_id, id, email, email_key, properties, unsubscribed_at, created_at, updated_at)
SELECT $1, lpad(to_hex(n), 32, '0')::uuid, 'person' || n || '@example.net', 'person' || n || '@example.net',
    jsonb_build_object(
        'plan', (ARRAY['free', 'free', 'trial', 'basic', 'pro'])[1 + h % 5], 'seats', h % 100,
        'city', 'City ' || h % 20, 'company', 'Company ' || h % 1000, 'firstName', 'Ann' || n,
        'lastName', 'Example' || h % 500, 'country', 'C' || h % 30, 'language', 'l' || h % 9, 'role', 'r' || h % 7,
        'source', 's' || h % 11, 'score', h % 1000, 'projects', h % 13, 'mrr', h % 300, 'beta', h % 2 = 0,
        'phone', '+351 ' || h, 'industry', 'i' || h % 17, 'size', 'z' || h % 5, 'campaign', 'k' || h % 40,
        'signedUpAt', to_char($4::timestamptz - h % 700 * interval '1 day', 'YYYY-MM-DD'),
        'trialEnds', to_char($4::timestamptz + (h % 120 - 60) * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
    CASE WHEN h % 20 = 0 THEN $4::timestamptz - interval '1 day' END,
    $4::timestamptz - h % 730 * interval '1 day', $4::timestamptz - interval '1 day'
FROM (SELECT n, abs(hashint8(n)::bigint) AS h FROM generate_series($2::bigint, $3::bigint) AS n) AS people
"""
_TAGS = """
INSERT INTO contact_tag (workspace_id, contact_id, tag, added_at)
SELECT $1, lpad(to_hex(n), 32, '0')::uuid, tag, $4
FROM generate_series($2::bigint, $3::bigint) AS n,
    LATERAL (VALUES ('vip', 10), ('churned', 12), ('customer', 4)) AS t (tag, share)
WHERE abs(hashtextextended(tag, n)) % share = 0
"""
_MEMBERS = """
INSERT INTO list_member (workspace_id, list_id, contact_id, added_at)
SELECT $1, l.id, lpad(to_hex(n), 32, '0')::uuid, $4
FROM generate_series($2::bigint, $3::bigint) AS n, list l
WHERE l.workspace_id = $1 AND abs(hashtextextended(l.slug, n)) % 5 = 0
"""
_EVENTS = """
INSERT INTO event (workspace_id, id, contact_id, name, properties, occurred_at, recorded_at, origin)
SELECT $1, lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(1 + h % $5), 32, '0')::uuid,
    (ARRAY['login', 'login', 'login', 'login', 'page.viewed', 'page.viewed', 'purchase', 'support.opened', 'invited',
        'exported'])[1 + (h / 7) % 10],
    jsonb_build_object('amount', (h / 11) % 100, 'source', 's' || h % 11), at, at, 'api'
FROM (
    SELECT n, abs(hashint8extended(n, 7)) AS h, $4::timestamptz - ($6 - n) * (interval '365 days' / $6) AS at
    FROM generate_series($2::bigint, $3::bigint) AS n
) AS events
"""
_LISTS = "newsletter", "product-news"


def contacts_in(stage: Stage) -> int:
    """How many contacts there are."""
    return stage.size(1_000_000, quick=20_000)


def events_in(stage: Stage) -> int:
    """How many events there are."""
    return 20 * contacts_in(stage)


async def prepare(stage: Stage) -> None:
    """The crowd as a template, with its segments saved and not built. Made once."""
    if stage.memory.get(_ONCE):
        return

    async def fill(url: str) -> None:
        workspace = await _a_workspace(url)
        connection = await asyncpg.connect(url, server_settings={"search_path": "dripline", "jit": "off"})
        try:
            indexes = await _without_indexes(connection, "event")
            contacts, events = contacts_in(stage), events_in(stage)
            for statement in (_CONTACTS, _TAGS, _MEMBERS):
                await _in_parts(connection, statement, workspace, contacts)
            await _in_parts(connection, _EVENTS, workspace, events, contacts, events)
            for index in indexes:
                await connection.execute(index)
        finally:
            await connection.close()
        async with opened(url) as database:
            for slug, rules in RULES.items():
                async with database.work() as tx:
                    await saving.create_segment(tx, workspace, name=slug, slug=slug, rules=rules, now=NOW)

    await stage.template(TEMPLATE, fill)
    stage.memory[_ONCE] = 1


async def the_workspace(url: str) -> Workspace:
    """The workspace of the crowd."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "dripline"})
    try:
        found: UUID = await connection.fetchval("SELECT id FROM workspace")
    finally:
        await connection.close()
    async with opened(url) as database, database.work() as tx:
        return await find_workspace(tx, WorkspaceId(found))


async def _a_workspace(url: str) -> WorkspaceId:
    async with opened(url) as database, database.work() as tx:
        workspace = await create_workspace(tx, name="Crowd", mode=Mode.TEST, now=real_now())
        for slug in _LISTS:
            await add_list(tx, workspace.id, slug=slug, name=slug, description=None, now=NOW)
    connection = await asyncpg.connect(url, server_settings={"search_path": "dripline"})
    try:
        await connection.execute("UPDATE workspace SET frozen_at = $1", NOW)
    finally:
        await connection.close()
    return workspace.id


async def _without_indexes(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> list[str]:
    """Drop the indexes of a table but its key; gives the statements that make them again."""
    rows = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'dripline' AND tablename = $1 "
        "AND indexdef NOT LIKE 'CREATE UNIQUE%'",
        table,
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['indexname']}")
    return [row["indexdef"] for row in rows]


async def _in_parts(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: str, workspace: WorkspaceId, count: int, *more: int
) -> None:
    for first in range(1, count + 1, _AT_ONCE):
        last = min(first + _AT_ONCE - 1, count)
        await connection.execute(statement, workspace, first, last, NOW, *more)
