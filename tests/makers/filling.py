"""Tables full of rows that mean nothing, so that PostgreSQL plans as it does where there is a history."""

from collections.abc import Collection
from hashlib import md5
from uuid import UUID

from dripline.database.work import Connection

ROWS = 3_000
WORKSPACE = UUID(md5(b"workspace1", usedforsecurity=False).hexdigest())
"""Whose rows they are."""

FEW = frozenset(
    (
        *("workspace", "api_key", "schema_migration", "job", "upload", "budget", "hit", "effect", "outbox"),
        *("sequence", "sequence_version", "sequence_trigger", "listener", "silence", "frequency_cap", "tally_delta"),
        *("list", "list_request", "segment", "campaign", "campaign_sequence", "campaign_template", "pending_reaction"),
        *("template", "template_version", "template_piece", "mail_defaults", "sender", "domain", "domain_key"),
        *("connection", "discount_pool", "warmup", "tracking", "webhook", "mailbox", "event_retention"),
    )
)
"""Tables that do not grow with what happens, or that are emptied as it is worked off."""

_SAID = {
    ("message", "status"): "CASE WHEN i % 100 = 0 THEN 'in_doubt' ELSE 'sent' END",
    ("enrollment", "status"): "CASE WHEN i % 10 = 0 THEN 'active' ELSE 'completed' END",
    ("enrollment", "due_at"): "CASE WHEN i % 20 = 0 THEN now() END",
    ("outbox", "phase"): "'ready'",
    ("sequence", "status"): "'active'",
    ("webhook_delivery", "status"): "CASE WHEN i % 100 = 0 THEN 'waiting' ELSE 'delivered' END",
    ("inbound", "status"): "CASE WHEN i % 100 = 0 THEN 'waiting' ELSE 'done' END",
}
"""What partial indexes look at: most of a history is over."""

_VALUES = {
    "text": "'{column}' || i",
    "smallint": "i % 5",
    "integer": "i % 5",
    "bigint": "i",
    "boolean": "i % 50 = 0",
    "jsonb": "'{{}}'",
    "bytea": "sha256(i::text::bytea)",
    "date": "current_date - i % 400",
    "timestamp with time zone": "now() - make_interval(mins => i)",
    "numeric": "i",
    "interval": "make_interval(mins => i)",
    "xid8": "(i % 7 + 1)::text::xid8",
}


async def fill(connection: Connection) -> None:
    """Fill all tables for one workspace, and let PostgreSQL look at them. In a transaction that is never committed."""
    for table, constraint in await connection.fetch(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype IN ('c', 'f') AND connamespace = 'dripline'::regnamespace AND conparentid = 0"
    ):
        await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{constraint}"')
    tables = await _columns(connection)
    for table, columns in tables.items():
        values = [_value(table, name, type_, tables) for name, type_ in columns.items()]
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM generate_series(1, {_rows(table)}) AS i ON CONFLICT DO NOTHING"
        )
    await connection.execute("ANALYZE")


async def _columns(connection: Connection) -> dict[str, dict[str, str]]:
    """The tables, and the types of their columns but for those that are computed."""
    rows = await connection.fetch(
        "SELECT relname, attname, format_type(atttypid, NULL) AS type"
        " FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid"
        " WHERE relkind = 'r' AND relnamespace = 'dripline'::regnamespace AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' AND attidentity = '' ORDER BY relname, attnum"
    )
    tables: dict[str, dict[str, str]] = {}
    for row in rows:
        tables.setdefault(row["relname"], {})[row["attname"]] = row["type"]
    return tables


def _rows(table: str) -> int:
    return 50 if table in FEW else ROWS


def _value(table: str, column: str, type_: str, tables: Collection[str]) -> str:
    if (table, column) in _SAID:
        return _SAID[table, column]
    if type_ == "uuid":
        return _id(table, column, tables)
    if type_.endswith("[]"):
        return "'{}'"
    return _VALUES[type_].format(column=column)


def _id(table: str, column: str, tables: Collection[str]) -> str:
    """An id of a row of its own, or of one of the rows that it names."""
    if column == "workspace_id":
        return _made("workspace", "1")
    named = {"id": table, "source_id": "enrollment"}.get(column, column.removesuffix("_id"))
    return _made(named, f"(i % {_rows(named)} + 1)" if named in tables else "i")


def _made(table: str, number: str) -> str:
    return f"md5('{table}' || {number})::uuid"
