"""A trigger given beside a definition becomes part of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.documents.emitting import emit
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.language.beside import read_triggers, with_trigger
from dripline.sequences.language.model import ApiTrigger, Definition, EventTrigger, TagTrigger, Trigger
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json
from tests.makers.definitions import DEFINITIONS

SIGNUP = EventTrigger("signup")
PRO = Comparison("event.plan", Operator.EQUALS, "pro")
BIG = Comparison("event.total", Operator.GREATER_THAN, 10)
BIG_TEXT: dict[str, Json] = {"property": "event.total", "operator": "greaterThan", "value": 10}


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"event": "signup"}, SIGNUP),
        ({"type": "event", "eventName": "signup"}, SIGNUP),
        ({"event": "signup", "conditions": None}, SIGNUP),
        ({"event": "signup", "conditions": {"plan": "pro"}}, EventTrigger("signup", (PRO,))),
        ({"event": "signup", "conditions": {"event.plan": "pro"}}, EventTrigger("signup", (PRO,))),
        ({"event": "signup", "conditions": BIG_TEXT}, EventTrigger("signup", (BIG,))),
        ({"eventName": "signup", "conditions": [BIG_TEXT]}, EventTrigger("signup", (BIG,))),
        ({"event": "signup", "where": [BIG_TEXT]}, EventTrigger("signup", (BIG,))),
        ({"tag": "VIP"}, TagTrigger("vip")),
        ({"api": True}, ApiTrigger()),
    ],
)
def test_a_trigger_reads_in_every_form(trigger: Json, expected: Trigger) -> None:
    assert read_triggers([trigger]) == expected


def test_no_trigger_is_none() -> None:
    assert read_triggers([]) is None


@pytest.mark.parametrize(
    ("triggers", "path"),
    [
        ([{"event": "a"}, {"event": "b"}], "triggers"),
        (["signup"], "triggers[0]"),
        ([{}], "triggers[0]"),
        ([{"type": "tag", "eventName": "a"}], "triggers[0].type"),
        ([{"type": "event"}], "triggers[0].eventName"),
        ([{"event": "a", "eventName": "a"}], "triggers[0].eventName"),
        ([{"event": "a", "conditions": {}}], "triggers[0].conditions"),
        ([{"event": "a", "conditions": []}], "triggers[0].conditions"),
        ([{"event": "a", "conditions": "all"}], "triggers[0].conditions"),
        ([{"event": "a", "conditions": {"plan": [1]}}], "triggers[0].conditions.plan"),
        ([{"event": "a", "conditions": {"plan": None}}], "triggers[0].conditions.plan"),
        ([{"event": "a", "condition": {"plan": "pro"}}], "triggers[0].condition"),
    ],
)
def test_a_trigger_that_is_none_is_refused_at_its_place(triggers: list[Json], path: str) -> None:
    with pytest.raises(Invalid) as error:
        read_triggers(triggers)

    assert [problem.path for problem in error.value.problems] == [path]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps:\n  - send: hi\n", "trigger:\n  event: signup\nsteps:\n  - send: hi\n"),
        (
            "# ours\n---\n# what it does\nsteps: # all\n  - send: hi",
            "# ours\n---\n# what it does\ntrigger:\n  event: signup\nsteps: # all\n  - send: hi",
        ),
        ("  sender: a@b.example\n  steps: []", "  trigger:\n    event: signup\n  sender: a@b.example\n  steps: []"),
        ("steps:\r\n  - send: hi\r\n", "trigger:\r\n  event: signup\r\nsteps:\r\n  - send: hi\r\n"),
        ('{"steps": []}', '{"trigger": {"event": "signup"}, "steps": []}'),
        ('{\n  "steps": []\n}', '{\n  "trigger": {"event": "signup"}, "steps": []\n}'),
    ],
)
def test_a_trigger_is_written_into_the_text_and_all_else_stays(text: str, expected: str) -> None:
    assert with_trigger(text, SIGNUP) == expected


def test_a_text_that_says_the_same_trigger_stays_as_it_is() -> None:
    text = "trigger: { event: signup }\nsteps: []"

    assert with_trigger(text, SIGNUP) == text


def test_a_text_that_says_another_trigger_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        with_trigger("trigger: {event: login}\nsteps: []", SIGNUP)

    (problem,) = error.value.problems
    assert (problem.path, problem.found, problem.expected) == (
        "triggers",
        '{"event": "signup"}',
        '{"event": "login"}',
    )


@settings(max_examples=60, deadline=None)
@given(DEFINITIONS, st.booleans())
def test_the_trigger_of_any_definition_may_stand_beside_it(definition: Definition, as_yaml: bool) -> None:
    document = {key: value for key, value in to_json(definition).items() if key != "trigger"}
    text = emit(document) if as_yaml else json.dumps(document)

    assert read_definition(with_trigger(text, definition.trigger)) == definition
