"""The JSON Schema says of a definition what reading says."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.documents.emitting import emit
from dripline.documents.faults import Faults
from dripline.documents.fields import plain
from dripline.documents.parsing import parse
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.sequences.language import model
from dripline.sequences.language.reading import read_document
from dripline.sequences.language.schema import TRIGGERS, language_schema
from dripline.sequences.language.writing import to_json
from tests.makers import published
from tests.makers.definitions import DEFINITIONS

# As an editor gets it: by way of JSON.
SCHEMA: dict[str, Any] = json.loads(json.dumps(language_schema()))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)

HEAD = "trigger: {api: true}\nsteps: []\n"


def _document(text: str) -> Json:
    node = parse(text, Faults())
    assert node is not None
    return plain(node)


def _reads(document: Json) -> bool:
    assert isinstance(document, dict)
    try:
        read_document(document)
    except Invalid:
        return False
    return True


def test_it_is_a_schema() -> None:
    jsonschema_rs.meta.validate(SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        published.ONBOARDING,
        published.TRIAL_EXPIRY,
        published.PURCHASE,
        "steps:\n  - send: welcome\n  - delay: 3d\n  - {send: tips, id: tips}\n",
        '{"steps": [{"type": "email", "templateId": "a", "delay": "0d"}, {"type": "delay", "duration": "3d"}]}',
        "trigger: {event: a, where: null}\nenrollment: {mode: matching_field, field: order.id}\nsteps: []",
        "trigger: {tag: VIP}\nsteps: [{type: exit}, {action: exit, reason: null}]",
        "trigger: {api: true}\nsteps: [{action: email, subject: Hi, text: Hi, template: null}]",
        "trigger: {api: true}\nsteps: [{action: setProperty, property: a, value: null}]",
    ],
)
def test_what_reads_is_accepted(text: str) -> None:
    document = _document(text)

    assert _reads(document)
    assert VALIDATOR.is_valid(document)


@settings(max_examples=150, deadline=None)
@given(DEFINITIONS)
def test_every_definition_is_accepted(definition: model.Definition) -> None:
    document = json.loads(json.dumps(to_json(definition)))

    assert VALIDATOR.is_valid(document)


def _one(step: str) -> str:
    return f"trigger: {{api: true}}\nsteps: [{{{step}}}]"


BROKEN = [
    "trigger: {evnt: x}\nsteps: []",
    "trigger: {event: a, api: true}\nsteps: []",
    "trigger: {api: false}\nsteps: []",
    "trigger: {event: a, where: []}\nsteps: []",
    "trigger: {tag: a, where: [{property: event.a, operator: exists}]}\nsteps: []",
    "trigger: {inactivity: {event: a, days: 0}}\nsteps: []",
    "trigger: {api: true}",
    "steps: []",
    "steps: [{action: exit}]",
    "trigger: {api: true}\nsteps: {}",
    f"{HEAD}sendr: x",
    f"{HEAD}enrollment: {{mode: once}}",
    f"{HEAD}enrollment: {{field: a}}",
    f"{HEAD}enrollment: {{mode: matching_field}}",
    f"{HEAD}window: {{from: '09:00'}}",
    f"{HEAD}window: {{from: '9', to: '10:00'}}",
    f"{HEAD}window: {{from: '09:00', to: '10:00', days: [monday]}}",
    f"{HEAD}window: {{from: '09:00', to: '10:00', days: []}}",
    f"{HEAD}stopCondition: {{type: has_tag}}",
    f"{HEAD}stopCondition: {{type: has_tga, value: x}}",
    f"{HEAD}conversion: {{within: 3d}}",
    f"{HEAD}exitConditions: [{{tag: a, list: b}}]",
    f"{HEAD}exitConditions: [{{all: []}}]",
    _one("action: emial"),
    _one("acton: email"),
    _one("action: email"),
    _one("action: email, template: x, html: y"),
    _one("action: email, subject: x"),
    _one("action: email, html: x"),
    _one("action: email, subject: x, html: a, mjml: b"),
    _one("action: email, template: ' '"),
    _one("action: email, templateId: x"),
    _one("action: email, id: a b, template: x"),
    _one("action: email, template: x, delay: 1d"),
    _one("type: email, templateId: x, template: y"),
    _one("send: x, delay: 3d"),
    _one("send: x, template: y"),
    _one("send: null"),
    _one("action: delay, duration: 3 days"),
    _one("action: delay, duration: 1d2d"),
    _one("action: delay"),
    _one("action: delay, duration: 1d, until: event.at"),
    _one("action: delay, duration: 1d, onPast: skip"),
    _one("action: delay, until: at"),
    _one("action: delay, until: contact..a"),
    _one("action: delay, until: event.at, at: '25:00'"),
    _one("action: condition, tag: a"),
    _one("action: condition, onTrue: exit"),
    _one("action: condition, tag: a, onTrue: leave"),
    _one("action: condition, tag: a, onTrue: exit, then: [{action: exit}]"),
    _one("action: condition, tag: a, then: []"),
    _one("action: condition, tag: a, operator: equals, onTrue: exit"),
    _one("action: condition, property: event.a, onTrue: exit"),
    _one("action: condition, property: event.a, operator: exists, value: 1, onTrue: exit"),
    _one("action: condition, property: event.a, operator: equals, onTrue: exit"),
    _one("action: condition, property: event.a, operator: equals, value: [1], onTrue: exit"),
    _one("action: condition, property: event.a, operator: inTheLast, value: soon, onTrue: exit"),
    _one("action: condition, property: event.a, operator: is, value: 1, onTrue: exit"),
    _one("action: condition, event: a, atLeast: 0, onTrue: exit"),
    _one("action: condition, tag: a, within: 1d, onTrue: exit"),
    _one("action: wait, event: a"),
    _one("action: wait, event: a, timeout: 1d, where: []"),
    _one("action: split, branches: [{weight: 1, steps: []}]"),
    _one("action: split, branches: [{weight: 0, steps: []}, {weight: 1, steps: []}]"),
    _one("action: tag"),
    _one("action: setProperty, property: a"),
    _one("action: discount"),
    _one("action: discount, percentOff: 101"),
    _one("action: discount, percentOff: 5, amountOff: 5"),
    _one("action: discount, amountOff: 5"),
    _one("action: discount, percentOff: 5, duration: repeating"),
    _one("action: webhook, url: ftp://example.com"),
    _one("action: webhook, url: 'https://user:secret@example.com/in'"),
    _one("action: exit, when: now"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_does_not_read_is_refused(text: str) -> None:
    document = _document(text)

    assert not _reads(document)
    assert not VALIDATOR.is_valid(document)


_ODD: st.SearchStrategy[Json] = st.sampled_from([None, "", "a", 0, 1, True, [], {}, "1d", "09:00", "event.a", "exit"])

_ADDED = st.sampled_from(["template", "tag", "where", "value", "at", "type", "onTrue", "id", "delay", "send"])


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Json]:
    """A definition in which one value, or one key, was changed to something else, or taken away."""
    document: dict[str, Json] = json.loads(json.dumps(to_json(draw(DEFINITIONS))))
    holder: Any = document
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = draw(st.sampled_from(keys))
        inner = holder[key]
        if not (isinstance(inner, dict | list) and inner and draw(st.booleans())):
            break
        holder = inner
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            holder[key] = draw(_ODD)
        case "remove":
            del holder[key]
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from(["template", "tag", "where", "value", "at", "type", "onTrue", "id"]))] = draw(
                _ODD
            )
        case _:
            holder.append(draw(_ODD))
    return document


@settings(max_examples=200, deadline=None)
@given(changed())
def test_an_editor_never_marks_what_reads(document: dict[str, Json]) -> None:
    if _reads(document):
        assert VALIDATOR.is_valid(document), emit(document)


def _keys(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), {"otherwise": "else"}.get(name, name))


_IN_A_CONDITION = {*_keys(SCHEMA["$defs"]["predicate"])}
_BESIDE = {"action", "type"}


@pytest.mark.parametrize("kind", model.ACTIONS, ids=str)
def test_every_key_of_a_step_is_in_the_schema_and_no_other(kind: type[model.Step]) -> None:
    fields = {_camel(name) for name in kind.__struct_fields__}

    keys = _keys(SCHEMA["$defs"][model.ACTIONS[kind]]) - _BESIDE

    match kind:
        case model.Condition:
            assert keys == fields - {"test"} | _IN_A_CONDITION
        case model.Email:
            assert keys == fields | {"templateId", "delay"}
        case _:
            assert keys == fields


def test_every_key_beside_the_steps_is_in_the_schema_and_no_other() -> None:
    assert _keys(SCHEMA) == {_camel(name) for name in model.Definition.__struct_fields__}
    assert len(TRIGGERS) == len(model.Trigger.__args__)
