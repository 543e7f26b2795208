"""Faults are shown where they are in the file."""

import pytest

from dripline.cli.excerpts import excerpt, placed
from dripline.kernel.errors import Problem

TEXT = """\
trigger: {api: true}
steps:
  - action: condition
    property: contact.properties.plan
    operator: exists
    then:
      - action: email
        template: hello
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("trigger", 1, 10),
        ("trigger.api", 1, 16),
        ("steps[0]", 3, 5),
        ("steps[0].then[0].template", 8, 19),
        ("steps[0].then[0].sender", 7, 9),
        ("steps[7]", 3, 3),
        ("window", 1, 1),
        ("", 1, 1),
    ],
)
def test_a_path_leads_to_its_value_or_to_the_last_place_on_the_way(path: str, line: int, column: int) -> None:
    (problem,) = placed([Problem(path, "is wrong")], TEXT)

    assert (problem.line, problem.column) == (line, column)


def test_a_problem_that_has_a_place_keeps_it() -> None:
    problem = Problem("steps", "is wrong", line=5, column=7)

    assert placed([problem], TEXT) == (problem,)


def test_an_excerpt_is_the_place_the_fault_and_the_line() -> None:
    problem = Problem("steps[0].then[0].template", "there is no such template.", 8, 19)

    assert excerpt(problem, "a.yaml", TEXT) == (
        "a.yaml:8:19: steps[0].then[0].template: there is no such template.\n"
        "    8 |         template: hello\n"
        "      |                   ^"
    )


def test_the_caret_stands_under_its_letter_behind_tabs() -> None:
    assert excerpt(Problem("", "is odd", 1, 3), "a.json", "\t\t7").splitlines()[1:] == [
        "    1 | \t\t7",
        "      | \t\t^",
    ]


def test_a_line_that_would_not_fit_is_left_out() -> None:
    assert excerpt(Problem("", "is long", 1, 900), "a.json", "x" * 1000) == "a.json:1:900: is long"


def test_a_problem_without_a_place_is_told_all_the_same() -> None:
    assert placed([Problem("", "is broken")], "a: [") == (Problem("", "is broken"),)
    assert excerpt(Problem("", "is broken"), "a.yaml", "a: [") == "a.yaml: is broken"
