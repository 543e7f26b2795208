"""Why a condition was true or false, in plain words."""

import json

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison
from dripline.predicates.truth import holds

_LONGEST = 80

# Not msgspec: it refuses numbers beyond 64 bits, which a contact may have.
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def explain(comparison: Comparison, found: Json) -> str:
    """One sentence, such as `contact.properties.plan is missing: notEquals "trial" holds`."""
    verdict = "holds" if holds(comparison.operator, found, comparison.value) else "does not hold"
    fact = "is missing" if found is None else f"is {show_value(found)}"
    return f"{comparison.path} {fact}: {_test(comparison)} {verdict}"


def describe(comparison: Comparison) -> str:
    """The condition as its author wrote it, on one line."""
    return f"{comparison.path} {_test(comparison)}"


def show_value(value: Json) -> str:
    """The value as JSON, cut when it is long."""
    if value is True or value is False:
        return "true" if value else "false"
    # A number is written for every condition that is passed; the encoder takes ten times as long for it.
    text = repr(value) if isinstance(value, int | float) else _encode(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _test(comparison: Comparison) -> str:
    if not comparison.operator.takes_value:
        return str(comparison.operator)
    return f"{comparison.operator} {show_value(comparison.value)}"
