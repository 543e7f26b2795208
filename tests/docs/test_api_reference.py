"""Everything that the API can say stands in its reference."""

import re
from pathlib import Path
from typing import Any

import pytest

from dripline.api.app import create_app
from dripline.api.documents import document_of
from dripline.delivery.sends import STATUSES
from dripline.kernel import errors
from dripline.kernel.errors import DriplineError
from dripline.sequences.enrollments.model import ExitReason

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
# Our own API, and another wire form of it, name every route. What is in an answer may stand on a page of its own.
ROUTES = "\n".join((FOLDER / page).read_text("utf-8") for page in ("api.md", "sequenzy.md"))
REFERENCE = "\n".join(page.read_text("utf-8") for page in sorted(FOLDER.glob("*.md")))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    # Its routes are described without being run, so nothing is needed to run them.
    return document_of(create_app(None))  # type: ignore[arg-type]


def test_every_route_is_there(document: dict[str, Any]) -> None:
    routes = {
        f"{method.upper()} {path.replace('{', ':').replace('}', '')}"
        for path, operations in document["paths"].items()
        for method in operations
    }

    assert {route for route in routes if f"`{route}`" not in ROUTES} == set()


def test_every_parameter_and_field_is_there(document: dict[str, Any]) -> None:
    fields = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    parameters = {
        parameter["name"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "path"
    }

    without_examples = re.sub(r"```.*?```", "", REFERENCE, flags=re.DOTALL)
    said = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`[^`]+`", without_examples))))
    assert (fields | parameters) - said == set()


def test_every_error_code_and_value_is_there() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DriplineError)]
    codes = {kind.code for kind in kinds}

    assert {word for word in codes | STATUSES | set(ExitReason) if f"`{word}`" not in REFERENCE} == set()
