"""Edits of the text lead to the tree that the same edits of the tree lead to, and leave all other comments alone."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.values import Json
from dripline.sequences.editing.drafts import open_draft
from dripline.sequences.editing.steps import (
    After,
    Place,
    Position,
    change_step,
    insert_steps,
    move_step,
    remove_step,
    rows_of,
)
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json
from tests.makers.layouts import layouts
from tests.makers.published import TRIAL_EXPIRY

NEW: list[Mapping[str, Json]] = [
    {"action": "delay", "duration": "2d"},
    {"action": "email", "name": "The tips!", "template": "tips"},
]


def tree_of(text: str) -> Any:
    return deepcopy(to_json(name_steps(read_definition(text))))


class Tree:
    """The tree of a definition as JSON, edited by hand."""

    def __init__(self, text: str) -> None:
        self.document = tree_of(text)
        self.changed: set[str] = set()

    def lists(self) -> Iterator[list[Any]]:
        waiting = [self.document["steps"]]
        while waiting:
            steps = waiting.pop()
            yield steps
            for step in steps:
                waiting += [step[key] for key in ("then", "else") if key in step]
                waiting += [branch["steps"] for branch in step.get("branches", [])]

    def ids(self) -> list[str]:
        return [step["id"] for steps in self.lists() for step in steps]

    def find(self, step_id: str) -> tuple[list[Any], int]:
        places = ((steps, place) for steps in self.lists() for place in range(len(steps)))
        return next((steps, place) for steps, place in places if steps[place]["id"] == step_id)

    def run(self, step_id: str) -> tuple[list[Any], int, int]:
        """The list of a step, and from where to where it reaches with the delay that belongs to it."""
        steps, place = self.find(step_id)
        with_delay = place > 0 and steps[place]["action"] == "email" and "duration" in steps[place - 1]
        return steps, place - with_delay, place + 1

    def holds(self, step_id: str, other: str) -> bool:
        """Whether a step, or the delay that belongs to it, is another one or has it inside."""
        steps, first, behind = self.run(step_id)
        return any(f"'id': '{other}'" in str(step) for step in steps[first:behind])

    def is_alone(self, step_id: str) -> bool:
        steps, first, behind = self.run(step_id)
        return len(steps) == behind - first

    def remove(self, step_id: str) -> list[Any]:
        steps, first, behind = self.run(step_id)
        removed = steps[first:behind]
        del steps[first:behind]
        return removed

    def insert(self, new: list[Any], *, after: str) -> None:
        steps, place = self.find(after)
        steps[place + 1 : place + 1] = new

    def change(self, step_id: str, step: Any) -> None:
        steps, place = self.find(step_id)
        steps[place] = {**step, "id": step_id}
        self.changed.add(step_id)


@settings(max_examples=150, deadline=None)
@given(text=layouts(), data=st.data())
def test_edits_of_the_text_are_edits_of_its_tree(text: str, data: st.DataObject) -> None:
    tree, edited = Tree(text), text

    for _ in range(data.draw(st.integers(1, 4))):
        edited = make_some_edit(edited, tree, data)

    assert tree_of(edited) == tree.document
    left = set(tree.ids()) - tree.changed
    numbers = {str(number) for number, step_id in enumerate(open_draft(text).steps, 1) if step_id in left}
    comments = [(number, comment) for comment, number in re.findall(r"(# (\d+) \w+)", text)]
    assert [comment for number, comment in comments if number in numbers and comment not in edited] == []


def make_some_edit(text: str, tree: Tree, data: st.DataObject) -> str:
    draft = open_draft(text)
    step_id, other = (data.draw(st.sampled_from(tree.ids())) for _ in range(2))
    match data.draw(st.sampled_from(["insert", "move", "remove", "change"])):
        case "insert":
            text, ids = insert_steps(draft, NEW, After(other))
            tree.insert([{**step, "id": new} for step, new in zip(NEW, ids, strict=True)], after=other)
            tree.changed.update(ids)
        case "move" if not tree.holds(step_id, other) and not tree.is_alone(step_id):
            text = move_step(draft, step_id, After(other))
            tree.insert(tree.remove(step_id), after=other)
        case "remove" if not tree.is_alone(step_id):
            text = remove_step(draft, step_id)
            tree.remove(step_id)
        case "change":
            text = change_step(draft, step_id, {"action": "tag", "tag": "new"})
            tree.change(step_id, {"action": "tag", "tag": "new"})
        case _:
            pass
    return text


STEPS = """\
trigger: {event: a}
steps:
  - action: delay  # one
    duration: 1d
  - action: email
    template: a
  - action: delay  # two
    duration: 2d
  - action: email
    template: b
  - action: delay  # three
    duration: 3d
"""


def test_a_delay_belongs_to_the_email_behind_it() -> None:
    rows = rows_of(open_draft(TRIAL_EXPIRY))

    assert [(row.step.step.id, row.delay and row.delay.step.id) for row in rows] == [
        ("trial-welcome", None),
        ("trial-tips", "delay-1"),
        ("delay-2", None),
        ("condition-1", None),
        ("trial-feature-prompt", None),
        ("trial-expiring-soon", "delay-3"),
        ("trial-expired", "delay-4"),
    ]


def test_a_step_without_an_id_keeps_the_one_it_goes_by() -> None:
    edited = remove_step(open_draft(STEPS), "a")

    assert edited == (
        "trigger: {event: a}\nsteps:\n  - action: delay  # two\n    id: delay-2\n    duration: 2d\n"
        "  - action: email\n    template: b\n  - action: delay  # three\n    id: delay-3\n    duration: 3d\n"
    )


def test_only_a_step_that_moves_gets_its_id_written_down() -> None:
    edited = move_step(open_draft(STEPS), "delay-3", Position(1))

    assert edited.count("id:") == 1
    assert [*open_draft(edited).steps] == ["delay-3", "delay-1", "a", "delay-2", "b"]


@pytest.mark.parametrize(
    ("place", "order"),
    [
        (Position(1), ["x", "delay-1", "a", "delay-2", "b", "delay-3"]),
        (Position(2), ["delay-1", "a", "x", "delay-2", "b", "delay-3"]),
        (Position(4), ["delay-1", "a", "delay-2", "b", "delay-3", "x"]),
        (None, ["delay-1", "a", "delay-2", "b", "delay-3", "x"]),
        (After("delay-2"), ["delay-1", "a", "delay-2", "x", "b", "delay-3"]),
    ],
)
def test_a_step_is_put_among_the_rows_or_behind_a_step(place: Place, order: list[str]) -> None:
    edited, _ = insert_steps(open_draft(STEPS), [{"action": "exit", "id": "x"}], place)

    assert [*open_draft(edited).steps] == order


@pytest.mark.parametrize(
    ("step", "place", "order"),
    [
        ("a", Position(2), ["delay-2", "b", "delay-1", "a", "delay-3"]),
        ("a", Position(3), ["delay-2", "b", "delay-3", "delay-1", "a"]),
        ("b", Position(1), ["delay-2", "b", "delay-1", "a", "delay-3"]),
        ("b", After("a"), ["delay-1", "a", "delay-2", "b", "delay-3"]),
        ("delay-3", After("delay-1"), ["delay-1", "delay-3", "a", "delay-2", "b"]),
    ],
)
def test_a_step_is_moved_with_its_delay(step: str, place: Place, order: list[str]) -> None:
    assert [*open_draft(move_step(open_draft(STEPS), step, place)).steps] == order


@pytest.mark.parametrize(
    ("delay", "durations"), [("", ["1d", "3d"]), ("5h", ["1d", "5h", "3d"]), (None, ["1d", "2d", "3d"])]
)
def test_a_delay_is_changed_with_its_email(delay: str | None, durations: list[str]) -> None:
    edited = change_step(open_draft(STEPS), "b", {"action": "email", "template": "c"}, delay=delay)

    assert [step["duration"] for step in tree_of(edited)["steps"] if step["action"] == "delay"] == durations
    assert "# two" in edited if delay != "" else "# two" not in edited


def test_a_delay_is_put_before_an_email_that_had_none() -> None:
    edited = change_step(open_draft(TRIAL_EXPIRY), "trial-welcome", {"action": "email", "template": "x"}, delay="1d")

    assert [(step["id"], step.get("duration")) for step in tree_of(edited)["steps"]][:3] == [
        ("delay-5", "1d"),
        ("trial-welcome", None),
        ("delay-1", "3d"),
    ]


def test_the_last_steps_can_be_removed_and_new_ones_put_in_their_place() -> None:
    text = "trigger: {event: a}\nsteps:  # none yet\n- action: exit\n"

    emptied = remove_step(open_draft(text), "exit-1")
    filled, ids = insert_steps(open_draft(emptied), NEW, None)

    assert emptied == "trigger: {event: a}\nsteps: []  # none yet\n"
    assert ids == ("delay-1", "the-tips")
    assert filled.startswith("trigger: {event: a}\nsteps:  # none yet\n  - action: delay\n    id: delay-1\n")


SHORT = """\
steps:
  - send: welcome  # at once
  # later
  - type: email
    templateId: tips
    delay: 2d
  - delay: 3d
"""


def test_steps_in_a_shorter_form_are_edited_too() -> None:
    edited = change_step(open_draft(SHORT), "welcome", {"action": "email", "template": "hello"})

    assert edited == (
        "trigger:\n  api: true\nsteps:\n  - action: email\n    id: welcome\n    template: hello  # at once\n"
        "  - action: delay\n    duration: 2d\n  # later\n  - type: email\n    templateId: tips\n  - delay: 3d\n"
    )


def test_a_new_step_gets_an_id_that_no_other_has_or_had() -> None:
    new = [{"action": "email", "template": "a"}, {"action": "email", "template": "new"}]

    edited, ids = insert_steps(open_draft(STEPS), new, Position(1), reserved={"a-1", "new"})

    assert ids == ("a-2", "new-1")
    assert "    id: a-2\n    template: a\n" in edited


@pytest.mark.parametrize(
    ("place", "path"), [(Position(5), "position"), (After("b"), "after"), (After("delay-2"), "after")]
)
def test_a_place_that_cannot_be_is_refused(place: Place, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        move_step(open_draft(STEPS), "b", place)

    assert [problem.path for problem in refused.value.problems] == [path]


def test_a_step_that_is_not_there_is_not_found() -> None:
    draft = open_draft(STEPS)

    for act in (lambda: remove_step(draft, "c"), lambda: move_step(draft, "a", After("c")), lambda: draft.find("c")):
        with pytest.raises(NotFound, match="'c'"):
            act()


def test_an_id_is_not_given_twice() -> None:
    with pytest.raises(Invalid, match="taken"):
        insert_steps(open_draft(STEPS), [{"action": "exit", "id": "delay-2"}], None)


def test_the_last_step_of_a_branch_stays() -> None:
    text = "trigger: {api: true}\nsteps:\n- action: condition\n  tag: a\n  then:\n  - action: exit\n"

    with pytest.raises(Invalid, match="'then' has no steps"):
        remove_step(open_draft(text), "exit-1")
