"""The reference of the sequence language is complete, and its examples read."""

import re
from pathlib import Path

import pytest

from dripline.predicates.model import Operator
from dripline.sequences.compiler.checking import check
from dripline.sequences.language import model, paths
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sequence-language.md").read_text()

_KINDS = (model.EnrollmentMode, model.StopKind, model.Day, model.OnTrue, model.Onward)
_OFFERS = (model.DiscountProvider, model.DiscountType, model.DiscountDuration)
_WORDS = [
    *(str(word) for kind in (*_KINDS, *_OFFERS, Operator) for word in kind),
    *model.ACTIONS.values(),
    *paths.FIXED,
]


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), {"otherwise": "else", "on_true": "onTrue"}.get(name, name))


_FIELDS = {
    _camel(name) for kind in (model.Definition, *model.ACTIONS) for name in kind.__struct_fields__ if name != "test"
}


@pytest.mark.parametrize("word", sorted({*_WORDS, *_FIELDS}))
def test_every_word_of_the_language_is_in_the_reference(word: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(word)}\b[^`\n]*`", PAGE)


def test_the_examples_of_the_reference_read_and_run() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    reports = [
        check(
            name_steps(read_definition(example)),
            templates={"trial-welcome", "trial-feature-prompt"},
            senders=lambda _: None,
        )
        for example in examples
    ]

    assert [report.problems for report in reports] == [()]
