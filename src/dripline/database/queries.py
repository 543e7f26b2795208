"""Named SQL: one `queries.sql` a slice, loaded once, run only by that slice's `store.py`.

A query is written as

    -- name: find_contact
    -- Gives one contact by id.
    SELECT … WHERE workspace_id = $1 AND id = $2

A query without a sentence about it is refused, and so is one that does not name `workspace_id = $1`, unless its
sentence says `(all workspaces)` and why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z_]+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with its name and what it does."""

    name: str
    about: str
    text: str


@cache
def queries(package: str) -> Mapping[str, Query]:
    """The named queries of a package, by name.

    Raises:
        ValueError: a query has no sentence, or a name is taken twice.
    """
    source = resources.files(package).joinpath("queries.sql").read_text("utf-8")
    found: dict[str, Query] = {}
    pieces = _NAME.split(source)[1:]
    for name, body in zip(pieces[::2], pieces[1::2], strict=True):
        if name in found:
            raise ValueError(f"{package}: two queries are called {name}")
        found[name] = _read(package, name, body)
    return found


def _read(package: str, name: str, body: str) -> Query:
    lines = body.strip().splitlines()
    head = [line for line in lines if line.startswith("--")]
    about = " ".join(line.removeprefix("--").strip() for line in head)
    if not about:
        raise ValueError(f"{package}: the query {name} has no sentence that says what it does")
    text = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    return Query(name, about, text)
