"""The reference of conditions is complete, and its examples and tables hold."""

import json
import re

import pytest

from dripline.documents.condition_writing import predicate_to_json
from dripline.kernel.tags import normal_tag
from dripline.kernel.values import Json
from dripline.predicates import paths
from dripline.predicates.model import Operator, Relation
from dripline.predicates.truth import holds
from dripline.segments.formats import fields, read_rules
from tests.makers.installation import ROOT

PAGE = (ROOT / "docs" / "reference" / "conditions.md").read_text()
_WORDS = {
    *map(str, (*Operator, *Relation)),
    *paths.FIXED,
    *fields.FIELDS,
    *(operator for operators in fields.FIELDS.values() for operator in operators),
    *("property", "tag", "list", "segment", "event", "all", "any", "not", "where", "atLeast", "within"),
}
_EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("word", sorted(_WORDS))
def test_every_word_of_conditions_is_in_the_reference(word: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(word)}\b[^`\n]*`", PAGE)


@pytest.mark.parametrize("example", _EXAMPLES)
def test_each_example_is_read_and_means_what_is_written_from_it(example: str) -> None:
    rules: Json = json.loads(example)

    predicate = read_rules(rules)

    assert read_rules(predicate_to_json(predicate)) == predicate


def _table(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return [rows[0], *rows[2:]]


# Something of each kind, and a value that it is compared with. Dates, so that there is an order.
_FOUND: dict[str, tuple[Json, Json]] = {
    "nothing, or null": (None, "2030-01-01"),
    "a text": ("2030-01-01", "2031-01-01"),
    "a number": (2, 5),
    "`true`, `false`": (True, False),
    "a list": (["2029-01-01"], "2030-01-01"),
    "a mapping": ({"a": 1}, "a"),
}


@pytest.mark.parametrize("row", _table("What is missing")[1:], ids=lambda row: row[0])
def test_each_row_of_the_table_of_what_is_missing_holds(row: list[str]) -> None:
    found, value = _FOUND[row[0]]

    for cell, head in zip(row[1:], _table("What is missing")[0][1:], strict=True):
        operators = [Operator(word) for word in re.findall(r"`(\w+)`", head) if word in list(Operator)]
        if cell in ("true", "false"):
            assert [holds(operator, found, value) for operator in operators] == [cell == "true"] * len(operators)


def test_the_examples_of_tags_are_right() -> None:
    assert [normal_tag(text) for text in ("VIP_User", "Newsletter!", "saas.monthly")] == [
        "vip-user",
        "newsletter",
        "saas.monthly",
    ]
