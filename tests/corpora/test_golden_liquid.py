"""Our Liquid is the reference implementation's, but for what we leave out and for what our library does not do."""

import json
from pathlib import Path
from typing import Any

import pytest
from liquid.exceptions import LiquidError

from dripline.templates.liquid.environment import environment, render

FILE = Path(__file__).parents[3] / "shared" / "data" / "golden-liquid" / "golden_liquid.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the corpora are not here")

# The library accepts or prints these otherwise.
KNOWN_DIFFERENCES = {
    "blank and empty, false is equal to blank",
    "blank and empty, nil is equal to blank",
    "blank and empty, null is equal to blank",
    "blank and empty, undefined is equal to blank",
    "tags, case, unexpected when token, strict2",
    "tags, comment, incomplete tags are not parsed",
}

# Templates are one text here, and know no time but that of the mail.
LEFT_OUT = ("include tag", "render tag")


def passes(case: dict[str, Any]) -> bool:
    try:
        shown = render(environment(autoescape=False).from_string(case["template"]), case.get("data", {}))
    except LiquidError:
        return bool(case.get("invalid"))
    return not case.get("invalid") and shown in case.get("results", [case.get("result")])


def test_only_the_known_cases_differ() -> None:
    cases = [case for case in json.loads(FILE.read_text())["tests"] if not set(case.get("tags", [])) & set(LEFT_OUT)]

    assert {case["name"] for case in cases if not passes(case)} == KNOWN_DIFFERENCES
