"""What keeps a definition from running, and what its author should know."""

import pytest
from hypothesis import given, settings

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.checking import Report, check
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.compiler.support import not_run_yet
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from tests.makers.definitions import DEFINITIONS
from tests.makers.programs import RUNNABLE
from tests.makers.published import ONBOARDING, TRIAL_EXPIRY

TEMPLATES = frozenset({"x", "welcome", "tips", "bye"})


def _check(text: str) -> Report:
    definition = name_steps(read_definition(text))
    return check(definition, templates=TEMPLATES, senders=_only_example)


def _only_example(text: str) -> str | None:
    return None if text.endswith("@example.com") else f"{text} is not verified."


def _in_steps(steps: str) -> Report:
    return _check(f"trigger: {{event: signup}}\nsteps:\n{steps}\n")


def _problems(report: Report) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in report.problems]


def _warnings(report: Report) -> list[tuple[str, str]]:
    return [(warning.path, warning.message) for warning in report.warnings]


def test_a_sound_definition_has_nothing_to_report() -> None:
    assert _in_steps("  - {action: email, template: x}") == Report((), ())


def test_an_unknown_template_is_named_with_its_step() -> None:
    report = _in_steps("  - {action: email, id: first, template: welcom}")

    assert report.problems == (
        Problem(
            "steps[0].template",
            "step 'first': there is no template 'welcom'.",
            found="welcom",
            expected="a template that exists",
        ),
    )


def test_an_empty_sequence_is_a_problem() -> None:
    report = _check("trigger: {api: true}\nsteps: []")

    assert _problems(report) == [("steps", "there are no steps.")]


def test_a_sender_that_may_not_be_used_is_a_problem() -> None:
    report = _check("""
trigger: {api: true}
sender: me@elsewhere.com
steps: [{action: email, id: a, template: x, sender: you@elsewhere.com}]
""")

    assert _problems(report) == [
        ("sender", "me@elsewhere.com is not verified."),
        ("steps[0].sender", "step 'a': you@elsewhere.com is not verified."),
    ]


@pytest.mark.parametrize(
    ("head", "path", "what"),
    [
        ("trigger: {contact: added}", "trigger.contact", "the trigger 'contact'"),
        ("trigger: {list: a}", "trigger.list", "the trigger 'list'"),
        ("trigger: {tag: a}", "trigger.tag", "the trigger 'tag'"),
        ("trigger: {segment: a}", "trigger.segment", "the trigger 'segment'"),
        ("trigger: {inactivity: {event: a, days: 1}}", "trigger.inactivity", "the trigger 'inactivity'"),
        (
            "trigger: {frequency: {event: a, count: 1, within: 1d}}",
            "trigger.frequency",
            "the trigger 'frequency'",
        ),
        (
            "trigger: {event: a}\nenrollment: {mode: matching_field}",
            "enrollment.mode",
            "the enrollment mode 'matching_field'",
        ),
        (
            "trigger: {api: true}\nenrollment: {existing: true}",
            "enrollment.existing",
            "enrolling those who match already ('existing')",
        ),
        (
            "trigger: {api: true}\nstopCondition: {type: has_tag, value: a}",
            "stopCondition",
            "a stop condition",
        ),
        ("trigger: {api: true}\nconversion: {event: a}", "conversion", "a conversion"),
        ("trigger: {api: true}\nwindow: {from: '09:00', to: '17:00'}", "window", "a sending window"),
    ],
)
def test_what_stands_beside_the_steps_and_does_not_run_is_a_problem(head: str, path: str, what: str) -> None:
    report = _check(f"{head}\nsteps: [{{action: email, template: x}}]")

    assert _problems(report) == [(path, f"{what} is read and kept, but this release does not run it yet.")]


@pytest.mark.parametrize(
    ("step", "key", "what"),
    [
        ("action: email, subject: a, text: b", "", "an email with its content inline (without 'template')"),
        ("action: email, template: x, previewText: b", ".previewText", "a 'previewText' beside a template"),
        ("action: delay, until: event.at", ".until", "a delay 'until' a date"),
        ("action: delay, duration: 1d, at: '09:00'", ".at", "a delay to a time of day ('at')"),
        ("action: condition, segment: a, onTrue: exit", ".segment", "a condition on 'segment'"),
        ("action: condition, event: a, onTrue: exit", ".event", "a condition on 'event'"),
        ("action: condition, tag: a, onTrue: exit", ".tag", "a condition on 'tag'"),
        ("action: condition, list: a, onTrue: exit", ".list", "a condition on 'list'"),
        ("action: wait, event: a, timeout: 1d", ".action", "the action 'wait'"),
        (
            "action: split, branches: [{weight: 1, steps: []}, {weight: 1, steps: []}]",
            ".action",
            "the action 'split'",
        ),
        ("action: discount, percentOff: 1", ".action", "the action 'discount'"),
        ("action: tag, tag: a", ".action", "the action 'tag'"),
        ("action: untag, tag: a", ".action", "the action 'untag'"),
        ("action: addToList, list: a", ".action", "the action 'addToList'"),
        ("action: removeFromList, list: a", ".action", "the action 'removeFromList'"),
        ("action: setProperty, property: a, value: 1", ".action", "the action 'setProperty'"),
        ("action: enroll, sequence: a", ".action", "the action 'enroll'"),
        ("action: exit", ".action", "the action 'exit'"),
        ("action: webhook, url: 'https://example.com'", ".action", "the action 'webhook'"),
    ],
)
def test_a_step_that_does_not_run_is_a_problem(step: str, key: str, what: str) -> None:
    report = _in_steps(f"  - {{id: me, {step}}}")

    message = f"step 'me': {what} is read and kept, but this release does not run it yet."
    assert _problems(report) == [(f"steps[0]{key}", message)]


@pytest.mark.parametrize(
    "leaving",
    [
        "{action: exit}",
        "{action: condition, tag: a, then: [{action: exit}], else: [{action: exit}]}",
        "{action: split, branches: [{weight: 1, steps: [{action: exit}]}, {weight: 1, steps: [{action: exit}]}]}",
    ],
)
def test_a_step_that_nobody_reaches_is_a_problem(leaving: str) -> None:
    report = _in_steps(f"  - {leaving}\n  - {{action: email, template: x}}")

    message = "step 'x': no contact can get here: the step before always exits."
    assert ("steps[1]", message) in _problems(report)


@pytest.mark.parametrize(
    "staying",
    [
        "{action: condition, tag: a, then: [{action: exit}]}",
        "{action: condition, tag: a, onTrue: exit}",
        "{action: split, branches: [{weight: 1, steps: [{action: exit}]}, {weight: 1, steps: []}]}",
    ],
)
def test_a_step_that_somebody_reaches_is_none(staying: str) -> None:
    report = _in_steps(f"  - {staying}\n  - {{action: email, template: x}}")

    assert "steps[1]" not in [problem.path for problem in report.problems]


def test_an_exit_that_is_true_for_a_missing_property_is_a_warning() -> None:
    report = _check(TRIAL_EXPIRY)

    message = (
        'contact.properties.plan notEquals "trial" is true for contacts without `plan`, so such a contact exits '
        "before its first mail. An event can create a contact that has no properties; send them in the same call "
        "(`contact`)."
    )
    assert _warnings(report) == [("exitConditions[0]", message)]


def test_the_onboarding_sequence_has_no_warnings() -> None:
    assert _check(ONBOARDING).warnings == ()


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ("property: contact.properties.a, operator: notExists, onTrue: exit", ["steps[0]"]),
        ("property: event.a, operator: notEquals, value: 1, onTrue: exit", ["steps[0]"]),
        ("property: contact.properties.a, operator: notEquals, value: 1, onTrue: skip", []),
        ("property: contact.unsubscribed, operator: notEquals, value: true, onTrue: exit", []),
        ("property: contact.properties.a, operator: equals, value: 1, onTrue: exit", []),
    ],
)
def test_a_condition_that_throws_out_whoever_lacks_the_property_is_a_warning(condition: str, paths: list[str]) -> None:
    report = _in_steps(f"  - {{action: condition, {condition}}}\n  - {{action: email, template: x}}")

    assert [warning.path for warning in report.warnings] == paths


def test_a_skip_with_nothing_to_skip_is_a_warning() -> None:
    report = _in_steps("  - {action: condition, id: a, property: event.a, operator: exists, onTrue: skip}")

    assert _warnings(report) == [("steps[0].onTrue", "step 'a': there is no step after this one to skip.")]


def test_an_event_property_without_an_event_is_a_warning() -> None:
    report = _check("""
trigger: {api: true}
exitConditions: [{property: event.plan, operator: exists}]
steps: [{action: email, template: x}]
""")

    message = "event.plan is missing unless the call that enrolls gives an event."
    assert _warnings(report) == [("exitConditions[0].property", message)]


def test_an_order_that_can_never_hold_is_a_warning() -> None:
    report = _in_steps(
        "  - {action: condition, id: a, property: event.a, operator: greaterThan, value: big, onTrue: exit}\n"
        "  - {action: email, template: x}"
    )

    message = "step 'a': event.a greaterThan \"big\" is never true: it needs a number, or an ISO date or time."
    assert _warnings(report) == [("steps[0].value", message)]


@settings(max_examples=60, deadline=None)
@given(RUNNABLE)
def test_what_runs_has_no_problem_but_that_of_having_no_steps(definition: Definition) -> None:
    report = check(definition, templates=TEMPLATES, senders=_only_example)

    assert [problem.path for problem in report.problems] == ([] if definition.steps else ["steps"])


@settings(max_examples=60, deadline=None)
@given(DEFINITIONS)
def test_what_is_checked_without_problems_compiles(definition: Definition) -> None:
    named = name_steps(definition)
    report = check(named, templates=TEMPLATES, senders=_only_example)

    if not report.problems:
        compile_definition(named)
    assert set(not_run_yet(named)) <= set(report.problems)
