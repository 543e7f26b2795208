"""What keeps a definition from running, and what its author should know."""

import pytest
from hypothesis import given, settings

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.checking import Report, check
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from tests.makers.definitions import DEFINITIONS
from tests.makers.programs import RUNNABLE
from tests.makers.published import ONBOARDING, TRIAL_EXPIRY

TEMPLATES = frozenset({"x", "welcome", "tips", "bye"})


def _check(text: str) -> Report:
    definition = name_steps(read_definition(text))
    return _report(definition)


def _report(definition: Definition) -> Report:
    return check(
        definition,
        templates=TEMPLATES,
        lists={"news"},
        segments={"active"},
        sequences={"winback", "me", "seq_me"},
        senders=_only_example,
        itself={"me", "seq_me"},
    )


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
    ("text", "path", "message"),
    [
        ("trigger: {list: newz}\nsteps: [{action: exit}]", "trigger.list", "there is no list 'newz'."),
        ("trigger: {segment: old}\nsteps: [{action: exit}]", "trigger.segment", "there is no segment 'old'."),
        (
            "trigger: {api: true}\nstopCondition: {type: added_to_list, value: newz}\nsteps: [{action: exit}]",
            "stopCondition.value",
            "there is no list 'newz'.",
        ),
        (
            "trigger: {api: true}\nexitConditions: [{any: [{tag: a}, {not: {segment: old}}]}]\nsteps: [{action: exit}]",
            "exitConditions[0].any[1].not.segment",
            "there is no segment 'old'.",
        ),
        (
            "trigger: {api: true}\nsteps: [{id: a, action: condition, list: newz, onTrue: exit}]",
            "steps[0].list",
            "step 'a': there is no list 'newz'.",
        ),
        (
            "trigger: {api: true}\nsteps: [{id: a, action: addToList, list: newz}]",
            "steps[0].list",
            "step 'a': there is no list 'newz'.",
        ),
        (
            "trigger: {api: true}\nsteps: [{id: a, action: removeFromList, list: newz}]",
            "steps[0].list",
            "step 'a': there is no list 'newz'.",
        ),
        (
            "trigger: {api: true}\nsteps: [{id: a, action: enroll, sequence: winbag}]",
            "steps[0].sequence",
            "step 'a': there is no sequence 'winbag'.",
        ),
        (
            "trigger: {api: true}\nsteps: [{id: a, action: enroll, sequence: seq_me}]",
            "steps[0].sequence",
            "step 'a': this is the sequence itself; who is in it is not enrolled once more.",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_a_problem(text: str, path: str, message: str) -> None:
    assert _problems(_check(text)) == [(path, message)]


def test_any_list_need_not_exist() -> None:
    report = _check("trigger: {list: '*'}\nstopCondition: {type: added_to_list, value: '*'}\nsteps: [{action: exit}]")

    assert report == Report((), ())


def test_names_that_lead_somewhere_are_no_problem() -> None:
    report = _check("""
trigger: {list: news}
stopCondition: {type: removed_from_list, value: news}
exitConditions: [{segment: active}]
steps:
  - {action: addToList, list: news}
  - {action: condition, list: news, onTrue: exit}
  - {action: enroll, sequence: winback}
""")

    assert report == Report((), ())


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
        ("not: {property: contact.properties.a, operator: equals, value: 1}, onTrue: exit", ["steps[0]"]),
        ("any: [{tag: a}, {property: event.a, operator: notExists}], onTrue: exit", ["steps[0]"]),
        ("all: [{tag: a}, {property: event.a, operator: notExists}], onTrue: exit", []),
        ("all: [{not: {property: event.a, operator: inTheLast, value: 1d}}], onTrue: exit", ["steps[0]"]),
        # Who is not in a segment, or has not done something, is meant.
        ("not: {segment: active}, onTrue: exit", []),
        ("not: {event: login}, onTrue: exit", []),
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


@pytest.mark.parametrize(
    "trigger", ["contact: added", "list: news", "tag: a", "segment: active", "inactivity: {event: a, days: 1}"]
)
def test_a_trigger_without_an_event_warns_of_every_look_at_one(trigger: str) -> None:
    report = _check(f"""
trigger: {{{trigger}}}
steps:
  - {{action: delay, until: event.startsAt}}
  - {{action: condition, any: [{{property: event.plan, operator: exists}}, {{tag: b}}], onTrue: exit}}
""")

    assert _warnings(report) == [
        (
            "steps[1].any[0].property",
            "step 'condition-1': event.plan is missing because this trigger comes without an event.",
        ),
        (
            "steps[0].until",
            "step 'delay-1': event.startsAt is missing because this trigger comes without an event.",
        ),
    ]


@pytest.mark.parametrize(
    ("trigger", "warned"),
    [
        ("event: a", True),
        ("api: true", True),
        ("inactivity: {event: a, days: 1}", True),
        ("list: news", False),
        ("tag: a", False),
        ("segment: active", False),
        ("contact: added", False),
    ],
)
def test_who_matches_already_is_a_warning_where_there_is_nobody(trigger: str, warned: bool) -> None:
    report = _check(f"trigger: {{{trigger}}}\nenrollment: {{existing: true}}\nsteps: [{{action: email, template: x}}]")

    message = "with this trigger there is nobody who matches already."
    assert _warnings(report) == ([("enrollment.existing", message)] if warned else [])


def test_what_belongs_to_an_event_that_is_waited_for_is_no_look_at_the_one_that_enrolled() -> None:
    report = _check("""
trigger: {tag: a}
steps: [{action: wait, event: paid, timeout: 1d, where: [{property: event.total, operator: exists}]}]
""")

    assert report.warnings == ()


@pytest.mark.parametrize(
    ("operator", "value", "needs"),
    [
        ("greaterThan", "big", "a number, or an ISO date or time"),
        ("lessThanOrEquals", "true", "a number, or an ISO date or time"),
        ("startsWith", "7", "a text"),
        ("endsWith", "true", "a text"),
    ],
)
def test_a_comparison_that_no_value_passes_is_a_warning(operator: str, value: str, needs: str) -> None:
    report = _in_steps(
        f"  - {{action: condition, id: a, property: event.a, operator: {operator}, value: {value}, onTrue: skip}}\n"
        "  - {action: email, template: x}"
    )

    shown = f'"{value}"' if value == "big" else value
    message = f"step 'a': event.a {operator} {shown} is never true: it needs {needs}."
    assert _warnings(report) == [("steps[0].value", message)]


def test_a_wait_for_an_event_that_can_never_match_is_a_warning() -> None:
    report = _in_steps(
        "  - action: wait\n    id: a\n    event: paid\n    timeout: 1d\n    where:\n"
        "      - {property: event.plan, operator: equals, value: pro}\n"
        "      - {property: event.plan, operator: equals, value: team}\n"
        "      - {property: event.total, operator: greaterThan, value: much}\n"
    )

    assert _warnings(report) == [
        (
            "steps[0].where[2].value",
            "step 'a': event.total greaterThan \"much\" is never true: it needs a number, or an ISO date or time.",
        ),
        ("steps[0].where", "step 'a': no event passes: event.plan would have to equal two values."),
    ]


@pytest.mark.parametrize("path", ["contact.createdAt", "contact.email", "contact.tags"])
def test_a_delay_until_what_is_never_to_come_is_a_warning(path: str) -> None:
    report = _in_steps(f"  - {{action: delay, id: a, until: {path}}}")

    assert _warnings(report) == [("steps[0].until", f"step 'a': {path} is never a date to come.")]


def test_a_past_date_with_nothing_to_skip_is_a_warning() -> None:
    report = _in_steps("  - {action: delay, id: a, until: event.at, onPast: skip}")

    assert _warnings(report) == [("steps[0].onPast", "step 'a': there is no step after this one to skip.")]


@settings(max_examples=60, deadline=None)
@given(RUNNABLE)
def test_what_runs_has_no_problem_but_that_of_having_no_steps(definition: Definition) -> None:
    report = check(
        definition,
        templates=TEMPLATES,
        lists="ab",
        segments="ab",
        sequences="ab",
        senders=_only_example,
    )

    found = [problem.path for problem in report.problems if "no contact can get here" not in problem.message]
    assert found == ([] if definition.steps else ["steps"])


@settings(max_examples=60, deadline=None)
@given(DEFINITIONS)
def test_what_is_checked_without_problems_compiles(definition: Definition) -> None:
    named = name_steps(definition)
    report = _report(named)

    if not report.problems:
        compile_definition(named)
