"""From a definition to a program."""

from datetime import timedelta

import pytest
from hypothesis import given, settings

from dripline.kernel.errors import Unprocessable
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.program import Condition, Delay, Email, Go, Leave, Program
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.walking import walk
from tests.makers.programs import RUNNABLE, a_program
from tests.makers.published import TRIAL_EXPIRY

VIP = Comparison("contact.properties.vip", Operator.EXISTS)


def _nodes(steps: str) -> list[Email | Delay | Condition]:
    program = a_program(f"trigger: {{api: true}}\nsteps:\n{steps}")
    return [program.nodes[step_id] for step_id in sorted(program.nodes)]


def test_the_trial_expiry_sequence_compiles() -> None:
    program = a_program(TRIAL_EXPIRY)

    days = timedelta(days=1)
    activated = Comparison("contact.properties.activatedFeature", Operator.EQUALS, True)
    nodes = (
        Email("trial-welcome", "trial-welcome", None, "delay-1"),
        Delay("delay-1", 3 * days, "trial-tips"),
        Email("trial-tips", "trial-tips", None, "delay-2"),
        Delay("delay-2", 4 * days, "condition-1"),
        Condition("condition-1", activated, Go("delay-3", ("trial-feature-prompt",)), "trial-feature-prompt"),
        Email("trial-feature-prompt", "trial-feature-prompt", None, "delay-3"),
        Delay("delay-3", 5 * days, "trial-expiring-soon"),
        Email("trial-expiring-soon", "trial-expiring-soon", None, "delay-4"),
        Delay("delay-4", 2 * days, "trial-expired"),
        Email("trial-expired", "trial-expired", None, None),
    )
    assert program == Program(
        {node.id: node for node in nodes},
        "trial-welcome",
        (Comparison("contact.properties.plan", Operator.NOT_EQUALS, "trial"),),
    )


def test_both_ways_of_a_condition_come_together_after_it() -> None:
    nodes = _nodes("""
  - action: condition
    id: a
    property: contact.properties.vip
    operator: exists
    then: [{action: email, id: b, template: x}]
    else: [{action: email, id: c, template: y}, {action: delay, id: d, duration: 1d}]
  - {action: email, id: e, template: z}
""")

    assert nodes == [
        Condition("a", VIP, Go("b"), "c"),
        Email("b", "x", None, "e"),
        Email("c", "y", None, "d"),
        Delay("d", timedelta(days=1), "e"),
        Email("e", "z", None, None),
    ]


def test_a_skip_passes_over_a_whole_condition() -> None:
    nodes = _nodes("""
  - {action: condition, id: a, property: contact.properties.vip, operator: exists, onTrue: skip}
  - action: condition
    id: b
    property: contact.properties.vip
    operator: exists
    then: [{action: email, id: c, template: x}]
  - {action: email, id: d, template: z}
""")

    assert nodes[:2] == [Condition("a", VIP, Go("d", ("b",)), "b"), Condition("b", VIP, Go("c"), "d")]


def test_a_skip_at_the_end_of_a_way_goes_on_after_it() -> None:
    nodes = _nodes("""
  - action: condition
    id: a
    property: contact.properties.vip
    operator: exists
    then:
      - {action: condition, id: b, property: contact.properties.vip, operator: exists, onTrue: skip}
  - {action: email, id: c, template: z}
""")

    assert nodes[1] == Condition("b", VIP, Go("c"), "c")


def test_an_exit_at_the_end_of_the_sequence_leaves() -> None:
    nodes = _nodes("  - {action: condition, id: a, property: contact.properties.vip, operator: exists, onTrue: exit}")

    assert nodes == [Condition("a", VIP, Leave("condition"), None)]


def test_a_step_has_its_own_sender_or_that_of_the_sequence() -> None:
    program = a_program("""
trigger: {api: true}
sender: hello@example.com
steps:
  - {action: email, template: a}
  - {action: email, template: b, sender: Ann <ann@example.com>}
""")

    senders = [node.sender for node in program.nodes.values() if isinstance(node, Email)]
    assert sorted(senders, key=str) == ["Ann <ann@example.com>", "hello@example.com"]


def test_an_empty_sequence_compiles_to_nothing() -> None:
    assert a_program("trigger: {api: true}\nsteps: []") == Program({}, None, ())


def test_what_is_not_run_does_not_compile() -> None:
    definition = name_steps(read_definition("trigger: {tag: vip}\nsteps: [{action: exit}]"))

    with pytest.raises(Unprocessable) as error:
        compile_definition(definition)

    assert [problem.path for problem in error.value.problems] == ["trigger.tag", "steps[0].action"]


@settings(max_examples=100, deadline=None)
@given(RUNNABLE)
def test_every_step_becomes_one_node_that_points_at_others(definition: Definition) -> None:
    program = compile_definition(definition)

    assert set(program.nodes) == {placed.step.id for placed in walk(definition)}
    assert program.first == (definition.steps[0].id if definition.steps else None)
    for node in program.nodes.values():
        match node:
            case Email(next=following) | Delay(next=following):
                targets = [following]
            case Condition(on_true=Go(following, skipped), on_false=other):
                targets = [following, other, *skipped]
            case Condition(on_false=other):
                targets = [other]
        assert all(target is None or target in program.nodes for target in targets)
