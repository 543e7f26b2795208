"""What a test looks at, and the facts by which a value changes while a run lasts."""

from typing import TypeAlias

from dripline.predicates.model import Comparison, DateTest, EventTest
from dripline.predicates.walking import Test

FactKey: TypeAlias = tuple[str, str]
"""Kind and key of a fact: `("event", "trial.started")`, `("property", "renewsAt")`, `("field", "timezone")`."""


def paths(test: Test) -> tuple[str, ...]:
    """The paths that a test looks at."""
    match test:
        case Comparison(path=path) | DateTest(path=path):
            return (path,)
        case EventTest(where=where):
            return tuple(comparison.path for comparison in where)
        case _:
            return ()


def key_of(path: str) -> FactKey | None:
    """The fact by which the value at a path changes; None when it does not change while a run lasts."""
    match path.split("."):
        case ["contact", "properties", name, *_]:
            return "property", name
        case ["contact", "createdAt"]:
            return None
        case ["contact", field]:
            return "field", field
        case _:
            return None
