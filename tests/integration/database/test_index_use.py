"""What a statement reads does not grow with the history of a workspace: each finds its rows by an index."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dripline.database.pool import connect
from dripline.database.queries import Query
from dripline.database.work import Connection
from tests.makers.filling import FEW, WORKSPACE, fill
from tests.unit.database.test_queries import ALL

READS_ALL = {
    "dripline.api.dialects.sequenzy find_subscribers": "its answer says how many match",
    "dripline.api.dialects.sequenzy count_list": "it counts them",
    "dripline.delivery clear_inbox": "it empties it",
    "dripline.delivery forget_hosts": "once an hour, and the domains of people are far fewer than they",
    "dripline.delivery.webhooks forget_old": "it takes so many of every workspace at once",
    "dripline.durable forget_hours": "it is kept for some days only",
    "dripline.engine.runs count_everybody": "it counts them",
    "dripline.segments count_contacts": "it counts them",
    "dripline.segments count_rest": "it counts them",
}
"""Statements that read all of a table that grows, each with why it may."""

# An id is taken wherever text is. What is not here is left out of the question, as a filter is that nobody asks for.
VALUES = {
    "uuid": f"'{WORKSPACE}'",
    "text": f"'{WORKSPACE}'",
    "integer": "50",
    "bigint": "50",
    "boolean": "false",
    "jsonb": "'{}'",
    "timestamp with time zone": "now() - interval '1 year'",
}


@pytest.fixture
async def history(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    await fill(connection)
    yield connection
    await transaction.rollback()
    await connection.close()


async def test_no_statement_reads_all_of_what_grows(history: Connection) -> None:
    statements = [(package, query) for package, query in ALL if _is_whole(query)]

    scanned = {f"{package} {query.name}": _scans(await _plan(history, query)) for package, query in statements}

    assert len(scanned) > 400
    assert {name: tables for name, tables in scanned.items() if tables and name not in READS_ALL} == {}
    assert set(READS_ALL) <= set(scanned)


def _is_whole(query: Query) -> bool:
    """Whether it is a statement about rows, and none with room for a condition that is made elsewhere."""
    return query.text.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")) and "{" not in query.text


async def _plan(connection: Connection, query: Query) -> Mapping[str, Any]:
    """How a statement runs that nothing is found by but what it must be given."""
    await connection.execute(f"PREPARE statement AS {query.text}")
    types = await connection.fetchval(
        "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'statement'"
    )
    values = [_value(query, number, type_) for number, type_ in enumerate(types, start=1)]
    asked = f"EXPLAIN (FORMAT JSON) EXECUTE statement{'(' + ', '.join(values) + ')' if values else ''}"
    plan = json.loads(await connection.fetchval(asked))
    await connection.execute("DEALLOCATE statement")
    root: Mapping[str, Any] = plan[0]["Plan"]
    return root


def _value(query: Query, number: int, type_: str) -> str:
    if re.search(rf"\${number}(::[a-z\[\]]+)? IS NULL|\${number}::text::xid8", query.text):
        return "NULL"
    if type_.endswith("[]"):
        inner = VALUES.get(type_.removesuffix("[]"), "NULL")
        return f"ARRAY[{inner}]::{type_}"
    return VALUES.get(type_, "NULL")


def _scans(node: Mapping[str, Any]) -> list[str]:
    """The tables that grow and are read from one end to the other."""
    here = [node["Relation Name"]] if node.get("Node Type") == "Seq Scan" else []
    inner = [table for each in node.get("Plans", ()) for table in _scans(each)]
    return [table for table in (*here, *inner) if table not in FEW]
