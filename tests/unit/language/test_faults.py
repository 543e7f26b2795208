"""Every fault names its place, what was found, what was expected, and the nearest valid word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.sequences.language.reading import read_definition, read_document
from dripline.sequences.language.writing import write_definition
from tests.makers.definitions import DEFINITIONS
from tests.makers.published import TRIAL_EXPIRY

HEAD = "trigger:\n  api: true\nsteps:\n"


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(Invalid) as error:
        read_definition(text)
    return list(error.value.problems)


def _only(text: str) -> tuple[str, int | None, int | None, str | None]:
    (problem,) = problems_of(text)
    return problem.path, problem.line, problem.column, problem.hint


def test_a_fault_says_everything_there_is_to_say() -> None:
    (problem,) = problems_of(f"{HEAD}  - action: delay\n    duration: 3 days\n")

    expected = "whole numbers with units m, h, d, w, each unit once, such as 30m, 2h, 3d, 1w or 1d12h"
    assert problem == Problem(
        path="steps[0].duration",
        message=f"expected {expected}, found '3 days'.",
        line=5,
        column=15,
        found="'3 days'",
        expected=expected,
        hint="Did you mean '3d'?",
    )


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "hint"),
    [
        ("trigger: {evnt: x}\nsteps: []", "trigger.evnt", 1, 11, "Did you mean 'event'?"),
        ("triger: {api: true}\ntrigger: {api: true}\nsteps: []", "triger", 1, 1, "Did you mean 'trigger'?"),
        (f"{HEAD}  - action: emial\n", "steps[0].action", 4, 13, "Did you mean 'email'?"),
        (f"{HEAD}  - acton: email\n", "steps[0].action", 4, 5, "Did you mean 'action' by 'acton'?"),
        (f"{HEAD}  - mail: x\n", "steps[0].action", 4, 5, None),
        (f"{HEAD}  - wait: login\n", "steps[0].action", 4, 5, "Write it as 'action: wait'."),
        (f"{HEAD}  - {{send: x, delay: 3d}}\n", "steps[0].action", 4, 5, "Write it as 'action: delay'."),
        (f"{HEAD}  - {{send: x, at: '09:00'}}\n", "steps[0].at", 4, 15, None),
        (f"{HEAD}  - {{delay: 3 days}}\n", "steps[0].duration", 4, 13, "Did you mean '3d'?"),
        (f"{HEAD}  - {{type: emial, templateId: x}}\n", "steps[0].action", 4, 12, "Did you mean 'email'?"),
        (
            f"{HEAD}  - {{action: email, templte: x, template: y}}\n",
            "steps[0].templte",
            4,
            21,
            "Did you mean 'template'?",
        ),
        (
            f"{HEAD}  - {{action: email, template: 7}}\n",
            "steps[0].template",
            4,
            31,
            "Write it in quotes to make it text.",
        ),
        (f"{HEAD}  - {{action: email, template: ''}}\n", "steps[0].template", 4, 31, None),
        (f"{HEAD}  - {{action: email}}\n", "steps[0].template", 4, 5, None),
        (f"{HEAD}  - {{action: email, id: a b, template: x}}\n", "steps[0].id", 4, 21, None),
        (f"{HEAD}  - {{action: email, template: x, html: y}}\n", "steps[0].html", 4, 34, None),
        (f"{HEAD}  - {{action: email, subject: x}}\n", "steps[0].html", 4, 5, None),
        (f"{HEAD}  - {{action: email, html: x}}\n", "steps[0].subject", 4, 5, None),
        (f"{HEAD}  - {{action: email, template: x, sender: nobody}}\n", "steps[0].sender", 4, 42, None),
        (f"{HEAD}  - {{action: delay, duration: 1y}}\n", "steps[0].duration", 4, 31, None),
        (f"{HEAD}  - {{action: delay, duration: 3}}\n", "steps[0].duration", 4, 31, None),
        (f"{HEAD}  - {{action: delay}}\n", "steps[0].duration", 4, 5, None),
        (f"{HEAD}  - {{action: delay, duration: 1d, until: event.at}}\n", "steps[0].until", 4, 35, None),
        (f"{HEAD}  - {{action: delay, until: event.at, at: 25:00}}\n", "steps[0].at", 4, 42, None),
        (f"{HEAD}  - {{action: delay, duration: 1d, onPast: skip}}\n", "steps[0].onPast", 4, 35, None),
        (f"{HEAD}  - {{action: delay, duration: 1d, onMissing: exit}}\n", "steps[0].onMissing", 4, 35, None),
        (
            f"{HEAD}  - {{action: delay, until: event.at, onPast: leave}}\n",
            "steps[0].onPast",
            4,
            46,
            None,
        ),
        (f"{HEAD}  - {{action: tag, tag: '!'}}\n", "steps[0].tag", 4, 19, None),
        (f"{HEAD}  - {{action: setProperty, property: contact.email, value: x}}\n", "steps[0].property", 4, 27, None),
        (f"{HEAD}  - {{action: setProperty, property: a, value: {'[' * 9}{']' * 9}}}\n", "steps[0].value", 4, 40, None),
        (f"{HEAD}  - {{action: exit, when: now}}\n", "steps[0].when", 4, 20, None),
        (f"{HEAD}  - 7\n", "steps[0]", 4, 5, None),
        ("trigger: {api: 1}\nsteps: []", "trigger.api", 1, 16, None),
        ("trigger: {api: false}\nsteps: []", "trigger.api", 1, 16, None),
        ("trigger: {event: a, api: true}\nsteps: []", "trigger.api", 1, 21, None),
        ("trigger: {}\nsteps: []", "trigger", 1, 10, None),
        ("trigger: signup\nsteps: []", "trigger", 1, 10, None),
        ("trigger: {event: a, where: []}\nsteps: []", "trigger.where", 1, 21, None),
        ("trigger: {tag: a, where: [{property: event.a, operator: exists}]}\nsteps: []", "trigger.where", 1, 19, None),
        (
            "trigger: {inactivity: {event: a, days: 1, baseline: x}}\nsteps: []",
            "trigger.inactivity.baseline",
            1,
            53,
            None,
        ),
        ("trigger: {api: true}", "steps", 1, 1, None),
        ("steps: []", "trigger", 1, 1, None),
        ("trigger: {api: true}\nsteps: {}", "steps", 2, 8, None),
        ("trigger: {api: true}\nsteps: []\nsender: 7", "sender", 3, 9, "Write it in quotes to make it text."),
        ("trigger: {api: true}\nsteps: []\nenrollment: {mode: once}", "enrollment.mode", 3, 20, None),
        (
            "trigger: {api: true}\nsteps: []\nenrollment: {mode: one-time}",
            "enrollment.mode",
            3,
            20,
            "Did you mean 'one_time'?",
        ),
        ("trigger: {api: true}\nsteps: []\nenrollment: {mode: matching_field}", "enrollment.mode", 3, 14, None),
        ("trigger: {api: true}\nsteps: []\nenrollment: {field: a}", "enrollment.field", 3, 14, None),
        (
            "trigger: {api: true}\nsteps: []\nenrollment: {existing: yes}",
            "enrollment.existing",
            3,
            24,
            None,
        ),
        ("trigger: {api: true}\nsteps: []\nwindow: {from: '09:00', to: '09:00'}", "window.to", 3, 25, None),
        ("trigger: {api: true}\nsteps: []\nwindow: {from: '09:00', to: '1', timezone: UTC}", "window.to", 3, 29, None),
        (
            "trigger: {api: true}\nsteps: []\nwindow: {from: '09:00', to: '10:00', timezone: Berlin}",
            "window.timezone",
            3,
            48,
            None,
        ),
        # An offset is right for half of the year.
        (
            "trigger: {api: true}\nsteps: []\nwindow: {from: '09:00', to: '10:00', timezone: '+02:00'}",
            "window.timezone",
            3,
            48,
            None,
        ),
        (
            "trigger: {api: true}\nsteps: []\nwindow: {from: '09:00', to: '10:00', days: [monday]}",
            "window.days[0]",
            3,
            45,
            "Did you mean 'mon'?",
        ),
        (
            "trigger: {api: true}\nsteps: []\nstopCondition: {type: has_tga, value: x}",
            "stopCondition.type",
            3,
            23,
            "Did you mean 'has_tag'?",
        ),
    ],
)
def test_each_fault_is_found_at_its_place(text: str, path: str, line: int, column: int, hint: str | None) -> None:
    assert _only(text) == (path, line, column, hint)


@pytest.mark.parametrize(
    ("condition", "path", "hint"),
    [
        ("property: contact.emial, operator: exists", "property", "Did you mean 'contact.email'?"),
        ("property: plan, operator: exists", "property", "Did you mean 'contact.properties.plan'?"),
        ("property: contact.plan, operator: exists", "property", "Did you mean 'contact.properties.plan'?"),
        ("property: contact.property.plan, operator: exists", "property", "Did you mean 'contact.properties.plan'?"),
        ("property: events.plan, operator: exists", "property", "Did you mean 'event.plan'?"),
        ("property: contact.properties., operator: exists", "property", None),
        ("property: user.plan, operator: exists", "property", None),
        ("property: event.a, operator: not_equals, value: 1", "operator", "Did you mean 'notEquals'?"),
        ("property: event.a, operator: '>', value: 1", "operator", None),
        ("property: event.a", "operator", None),
        ("property: event.a, operator: exists, value: 1", "value", None),
        ("property: event.a, operator: notExists, value: null", "value", None),
        ("property: event.a, operator: equals", "value", None),
        ("property: event.a, operator: equals, value: null", "value", None),
        ("property: event.a, operator: equals, value: [1]", "value", None),
        ("property: event.a, operator: equals, value: 1, tag: x", "tag", None),
        ("segment: a, operator: equals", "operator", None),
        ("operator: equals, value: 1", "property", None),
    ],
)
def test_each_fault_of_a_condition_is_found(condition: str, path: str, hint: str | None) -> None:
    (problem,) = problems_of(f"{HEAD}  - {{action: condition, onTrue: exit, {condition}}}\n")

    assert (problem.path, problem.hint) == (f"steps[0].{path}", hint)


@pytest.mark.parametrize(
    ("ways", "path"),
    [
        ("onTrue: leave", "onTrue"),
        ("onTrue: exit, then: [{action: exit}]", "then"),
        ("then: []", "then"),
        ("else: {}", "else"),
        ("id: x", "onTrue"),
    ],
)
def test_a_condition_says_one_thing_about_what_follows(ways: str, path: str) -> None:
    (problem,) = problems_of(f"{HEAD}  - {{action: condition, tag: vip, {ways}}}\n")

    assert problem.path == f"steps[0].{path}"


def test_all_faults_are_found_at_once_in_the_order_of_the_text() -> None:
    text = "trigger: {api: no}\nsteps:\n  - action: emial\n  - {action: delay, duration: x, unit: d}\nsendr: x\n"

    places = [(problem.path, problem.line) for problem in problems_of(text)]

    assert places == [
        ("trigger.api", 1),
        ("steps[0].action", 3),
        ("steps[1].duration", 4),
        ("steps[1].unit", 4),
        ("sendr", 5),
    ]


def test_an_id_may_be_given_once() -> None:
    text = (
        f"{HEAD}  - {{action: email, id: a, template: x}}\n"
        "  - {action: condition, tag: t, then: [{action: exit, id: a}]}\n"
    )

    assert _only(text) == ("steps[1].then[0].id", 5, 55, None)


@pytest.mark.parametrize(
    ("text", "path", "line", "column"),
    [
        ("", "", None, None),
        ("# nothing but a comment", "", None, None),
        ("null", "", 1, 1),
        ("[]", "", 1, 1),
        ("a: [", "", 1, 5),
        ("trigger:\n\tapi: true", "", 2, 1),
        ("a: b: c", "", 1, 5),
        ("trigger: {api: true}\n---\nsteps: []", "", 2, 1),
        ("a: 1\na: 2", "a", 2, 1),
        ("steps:\n  - {id: 1, id: 2}", "steps[0].id", 2, 13),
        ("a: &x 1", "a", 1, 4),
        ("a: *x", "a", 1, 4),
        ("a: !!str 1", "a", 1, 4),
        ("a: !x {}", "a", 1, 4),
        ("? [a]\n: b", "", 1, 3),
        ("a: \x00", "", 1, 4),
        ("b: 1\na: \ud800", "", 2, 4),
        ("a: \x07", "", 1, 4),
        ('a: "\\0"', "a", 1, 4),
        ('a: "\\ud800"', "a", 1, 4),
        ('a: "\\UFFFFFFFF"', "", 1, 1),
        ("a: .inf", "a", 1, 4),
        ("a: 1e999", "a", 1, 4),
        ("a: 99999999999999999999", "a", 1, 4),
        (f"a: {'9' * 5000}", "a", 1, 4),
    ],
)
def test_what_is_no_plain_document_is_refused_at_its_place(
    text: str, path: str, line: int | None, column: int | None
) -> None:
    assert _only(text)[:3] == (path, line, column)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{" * 100_000, "- " * 50_000, "? " * 50_000, "a: " + "[" * 70 + "]" * 70, "x" * 262_145],
)
def test_what_is_too_deep_or_too_long_is_refused_quickly(text: str) -> None:
    problems_of(text)


def test_five_hundred_steps_are_the_most_with_nested_ones_counted() -> None:
    step = "  - {action: email, template: x}\n"
    nested = "  - {action: condition, tag: a, then: [{action: email, template: x}]}\n"

    assert len(read_definition(HEAD + step * 500).steps) == 500
    assert [problem.path for problem in problems_of(HEAD + nested * 250 + step)] == ["steps[250]"]


def test_many_values_are_refused() -> None:
    (problem,) = problems_of(f"a: [{'1,' * 20_000}]")

    assert problem.expected == "at most 20000 values"


def test_a_fault_with_an_unprintable_key_can_be_shown() -> None:
    (problem,) = problems_of('"a\\ud800": 1')

    assert problem.path == "a\\ud800"


_WORDS = st.sampled_from(
    [
        "trigger:",
        "steps:",
        "action:",
        "email",
        "- ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        "'",
        "|\n",
        "&a",
        "*a",
    ]
)
_YAMLISH = st.lists(_WORDS | st.text(max_size=3), max_size=25).map("".join)


def _reads_or_refuses(text: str) -> bool:
    try:
        read_definition(text)
    except Invalid as error:
        return bool(error.problems) and all(problem.message for problem in error.problems)
    return True


@settings(max_examples=300, deadline=None)
@given(_YAMLISH | st.text(st.characters(), max_size=40))
def test_any_text_reads_or_is_refused(text: str) -> None:
    assert _reads_or_refuses(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_definition_with_a_piece_changed_reads_or_is_refused(data: st.DataObject) -> None:
    text = data.draw(st.just(TRIAL_EXPIRY) | DEFINITIONS.map(write_definition))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 10, len(text))))

    assert _reads_or_refuses(text[:start] + data.draw(_YAMLISH) + text[end:])


_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5) | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["trigger", "steps", "action", "event", "api", "id", "then", "property", "operator"])
            | st.text(st.characters(), max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["trigger", "steps", "window"]), _JSON))
def test_any_document_reads_or_is_refused(document: dict[str, Json]) -> None:
    try:
        definition = read_document(document)
    except Invalid as error:
        refused = error.problems
    else:
        refused = ()
        assert read_definition(write_definition(definition)) == definition

    assert all(problem.message for problem in refused)


def test_a_document_that_is_too_deep_is_refused() -> None:
    deep: Json = 1
    for _ in range(100):
        deep = [deep]

    with pytest.raises(Invalid, match="nested too deep"):
        read_document({"steps": deep})
