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


def test_every_query_is_run_by_somebody() -> None:
    sources = "\n".join(file.read_text() for file in Path(str(resources.files("dripline"))).rglob("*.py"))
    said = set(re.findall(r'"([a-z_]+)"', sources))
    # Names that are put together, such as _sql[f"count_{kind}"].
    made = re.findall(r'_sql\[f"([a-z_]*)\{[^}]+\}([a-z_]*)"\]', sources)
    put_together = re.compile("|".join(f"{before}[a-z_]+{behind}" for before, behind in made))

    idle = [name for name in (query.name for _, query in ALL) if name not in said and not put_together.fullmatch(name)]

    assert idle == []
