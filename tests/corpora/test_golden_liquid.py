"""Our Liquid is the reference implementation's, but for what we leave out and for what our library does not do."""

import json
from pathlib import Path
from typing import Any

import pytest
from liquid.exceptions import LiquidError

from dripline.kernel.errors import Invalid
from dripline.templates.liquid.environment import environment, render
from dripline.templates.liquid.inlining import Partials

FILE = Path(__file__).parents[3] / "shared" / "data" / "golden-liquid" / "golden_liquid.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the corpora are not here")

KNOWN_DIFFERENCES = {
    # The library accepts or prints these otherwise.
    "blank and empty, false is equal to blank",
    "blank and empty, nil is equal to blank",
    "blank and empty, null is equal to blank",
    "blank and empty, undefined is equal to blank",
    "tags, case, unexpected when token, strict2",
    "tags, comment, incomplete tags are not parsed",
    # Partials are put in when a template is saved: their names must be known then.
    "tags, include, name from identifier",
}


def passes(case: dict[str, Any]) -> bool:
    try:
        source = Partials(case.get("templates", {})).expand(case["template"], "template")
        shown = render(environment(autoescape=False).from_string(source), case.get("data", {}))
    except (LiquidError, Invalid):
        return bool(case.get("invalid"))
    return not case.get("invalid") and shown in case.get("results", [case.get("result")])


def test_only_the_known_cases_differ() -> None:
    cases = json.loads(FILE.read_text())["tests"]

    assert {case["name"] for case in cases if not passes(case)} == KNOWN_DIFFERENCES
    assert len(cases) > 1_000
