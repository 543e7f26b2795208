import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.documents.editing import Change, Edit, Insert, Move, Remove, edit, edited_values, values_of
from dripline.kernel.values import Json
from tests.makers.layouts import layouts

STEPS = ("steps",)
_TAG = re.compile(r"# (\d+) \w+")
_NEW = [{"action": "delay", "duration": "9d"}, {"action": "email", "subject": "New", "html": "<p>1</p>\n<p>2</p>"}]
_VALUES: list[Mapping[str, Json]] = [{"note": "x"}, {"action": "email", "text": "a\nb\n"}, {"duration": [1, {}]}]
_CHANGES: list[Mapping[str, Json]] = [{"note": "x"}, {"action": "email", "text": "a\nb\n"}, {"duration": [1, {}]}]


@st.composite
def edits(draw: st.DrawFn, count: int) -> Edit:
    first = draw(st.integers(0, count - 1))
    behind = draw(st.integers(first + 1, count))
    match draw(st.sampled_from(["insert", "remove", "move", "change"])):
        case "insert":
            return Insert(STEPS, draw(st.integers(0, count)), _NEW[: draw(st.integers(1, 2))])
        case "remove":
            return Remove(STEPS, first, behind)
        case "move":
            target = draw(st.integers(0, count).filter(lambda index: not first <= index <= behind) | st.just(first))
            return Move(STEPS, first, behind, STEPS, target) if target != first else Remove(STEPS, first, behind)
        case _:
            return Change(
                (*STEPS, first),
                draw(st.sampled_from(_CHANGES)),
                draw(st.sampled_from([frozenset(), frozenset({"template"})])),
            )


def touched(one: Edit) -> range:
    """The elements that an edit may rewrite."""
    match one:
        case Remove(_, first, behind):
            return range(first, behind)
        case Change(path=(_, int(index))):
            return range(index, index + 1)
        case _:
            return range(0)


@settings(max_examples=300, deadline=None)
@given(text=layouts(), data=st.data())
def test_an_edit_changes_the_values_and_keeps_every_other_comment(text: str, data: st.DataObject) -> None:
    values = values_of(text)
    one = data.draw(edits(len(values["steps"])))

    edited = edit(text, [one])

    assert values_of(edited) == edited_values(values, [one])
    assert comments_of(text, touched(one)) <= set(re.findall(r"# .*\w", edited))
    assert edited.startswith(text[: text.index("steps:")])
    assert ("# The tail" in edited) == ("# The tail" in text)
    assert ("\r\n" in edited) == ("\r\n" in text)


def comments_of(text: str, gone: range) -> set[str]:
    """The comments of all steps but those that an edit may rewrite; of a comment in a literal it does not matter."""
    starts = [match.start() for match in re.finditer(r"^(?:# \d+ above\r?\n)?-", _outdented(text), re.MULTILINE)]
    bounds = [*zip(starts, [*starts[1:], len(text)], strict=True)]
    kept = "".join(_outdented(text)[start:end] for place, (start, end) in enumerate(bounds) if place not in gone)
    return {match[0] for match in _TAG.finditer(kept)}


def _outdented(text: str) -> str:
    column = len(re.search(r"^( *)-", text, re.MULTILINE)[1])  # type: ignore[index]
    return re.sub(rf"^ {{{column}}}", "", text, flags=re.MULTILINE)


YAML = """\
trigger:   # how
  event: a  # what

steps:
  # first
  - action: email   # kind
    template: "a"   # which

  - {action: delay, duration: 3d}   # wait
"""


def test_a_new_element_is_set_apart_as_the_others_are() -> None:
    edited = edit(YAML, [Insert(STEPS, 1, [{"action": "delay", "duration": "1d"}])])

    assert edited == YAML.replace("  - {", "  - action: delay\n    duration: 1d\n\n  - {")


def test_an_element_takes_its_comments_along() -> None:
    edited = edit(YAML, [Move(STEPS, 0, 1, STEPS, 2)])

    assert edited == (
        "trigger:   # how\n  event: a  # what\n\nsteps:\n  - {action: delay, duration: 3d}   # wait\n\n"
        '  # first\n  - action: email   # kind\n    template: "a"   # which\n'
    )


def test_a_value_is_changed_and_the_comment_beside_it_stays() -> None:
    edited = edit(YAML, [Change((*STEPS, 0), {"template": "b", "id": "x"}, after="action")])

    assert edited == YAML.replace('template: "a"', "template: b").replace("# kind\n", "# kind\n    id: x\n")


def test_a_value_of_several_lines_takes_the_place_of_one() -> None:
    edited = edit(YAML, [Change((*STEPS, 0), {"template": "b\nc"})])

    assert edited == YAML.replace('template: "a"   # which', "template: |-   # which\n      b\n      c")


def test_a_text_of_several_lines_at_an_end_without_a_line_end_stays_as_it_is() -> None:
    text = "steps:\n- html: |\n    <p>1</p>\n    <p>2</p>"

    edited = edit(text, [Insert(STEPS, 1, ["b"])])

    assert edited == "steps:\n- html: |-\n    <p>1</p>\n    <p>2</p>\n- b\n"


def test_the_last_element_leaves_an_empty_list() -> None:
    emptied = edit(YAML, [Remove(STEPS, 0, 2)])

    assert emptied == "trigger:   # how\n  event: a  # what\n\nsteps: []\n"
    assert edit(emptied, [Insert(STEPS, 0, [{"action": "exit"}])]) == emptied.replace(" []", "\n  - action: exit")


JSON = """\
{
  "trigger": {"api": true},
  "steps": [
    {
      "action": "delay",
      "duration": "1d"
    },
    {
      "action": "exit"
    }
  ]
}"""


def test_json_stays_json() -> None:
    added: list[Edit] = [Insert(STEPS, 2, [{"action": "tag", "tag": "a"}]), Change((), {"trigger": {"tag": "b"}})]

    assert edit(JSON, added) == JSON.replace('{"api": true}', '{\n    "tag": "b"\n  }').replace(
        '"exit"\n    }', '"exit"\n    },\n    {\n      "action": "tag",\n      "tag": "a"\n    }'
    )


def test_a_mapping_in_braces_is_written_anew_when_several_keys_go() -> None:
    template = Change((*STEPS, 0), {"action": "email", "subject": "A"}, frozenset({"duration", "id"}))
    text = JSON.replace('"1d"', '"1d",\n      "id": "a"')

    assert edit(text, [template]) == JSON.replace('"delay"', '"email"').replace('"duration": "1d"', '"subject": "A"')


@pytest.mark.parametrize(("first", "behind"), [(0, 1), (1, 2), (0, 2)])
def test_elements_in_brackets_go_with_their_commas(first: int, behind: int) -> None:
    text = "steps: [a, # about a\n  b, # about b\n  c] # about all\n"

    edited = edit(text, [Remove(STEPS, first, behind)])

    assert values_of(edited) == edited_values(values_of(text), [Remove(STEPS, first, behind)])
    assert "# about all" in edited
    assert ("# about a\n" in edited, "# about b\n" in edited) == (first > 0, behind < 2)


@pytest.mark.parametrize(
    "text",
    ["? steps\n: - a\n  - b\n", "steps: [a, b]", "steps: [\n  a, b,\n]", "{steps: [a, b], }", "steps:\n- a\n-   b"],
)
@pytest.mark.parametrize(
    "one", [Insert(STEPS, 2, ["c"]), Insert(STEPS, 0, ["c"]), Remove(STEPS, 0, 2), Change((), {"x": 1})]
)
def test_any_layout_is_edited(text: str, one: Edit) -> None:
    values: Any = values_of(text)

    assert values_of(edit(text, [one])) == edited_values(values, [one])
