"""Every named query of the product: it says what it does, and it stays in one workspace."""

import re
from importlib import resources
from pathlib import Path

import pytest

from dripline.database.queries import Query, queries


def packages() -> list[str]:
    """Every package that has a queries.sql."""
    root = Path(str(resources.files("dripline")))
    found = (".".join(("dripline", *file.parent.relative_to(root).parts)) for file in root.rglob("queries.sql"))
    return sorted(found)


ALL = [(package, query) for package in packages() for query in queries(package).values()]


def test_there_are_queries() -> None:
    assert {package for package, _ in ALL} >= {"dripline.events", "dripline.delivery", "dripline.sequences.enrollments"}


EXEMPT = re.compile(r"\(all workspaces\b[^)]*: [^)]+\)")


@pytest.mark.parametrize(("package", "query"), ALL, ids=lambda value: value.name if isinstance(value, Query) else "")
def test_a_query_names_its_workspace_or_says_why_not(package: str, query: Query) -> None:
    reads_one = "workspace_id = $1" in query.text
    writes_one = query.text.startswith("INSERT") and ("SELECT $1," in query.text or "VALUES ($1," in query.text)
    tables = set(re.findall(r"(?:FROM|UPDATE|INTO|JOIN)\s+([a-z_]+)", query.text)) - {"unnest", "set", "lateral"}
    # The workspace itself and its keys are looked up before the workspace is known.
    stands_outside = tables <= {"workspace", "api_key"}

    assert reads_one or writes_one or stands_outside or EXEMPT.search(query.about), f"{package}: {query.name}"


@pytest.mark.parametrize(("package", "query"), ALL, ids=lambda value: value.name if isinstance(value, Query) else "")
def test_a_query_names_its_columns_and_its_literals(package: str, query: Query) -> None:
    assert "SELECT *" not in query.text.upper()
    assert "DELETE FROM" not in query.text or "WHERE" in query.text
