"""From a definition to a program."""

from datetime import time, timedelta

import pytest
from hypothesis import given, settings

from dripline.predicates.model import Comparison, EventTest, Operator, TagTest
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.program import (
    Act,
    AddTag,
    Branch,
    Condition,
    Delay,
    Discount,
    Email,
    EnterSequence,
    Exit,
    Go,
    JoinList,
    Leave,
    LeaveList,
    Node,
    Offer,
    Program,
    RemoveTag,
    SetProperty,
    Split,
    Until,
    Wait,
    Way,
    Webhook,
)
from dripline.sequences.interpreter.windows import Window
from dripline.sequences.language.model import Definition
from dripline.sequences.language.walking import walk
from tests.makers.programs import RUNNABLE, a_program
from tests.makers.published import TRIAL_EXPIRY

DAYS = timedelta(days=1)
VIP = Comparison("contact.properties.vip", Operator.EXISTS)


def _nodes(steps: str) -> list[Node]:
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


def _node(step: str) -> Node:
    (node,) = _nodes(f"  - {{id: me, {step}}}\n")
    return node


@pytest.mark.parametrize(
    ("step", "node"),
    [
        ("action: delay, duration: 1d12h, at: '09:00'", Delay("me", timedelta(hours=36), None, time(9))),
        ("action: delay, until: event.at", Until("me", "event.at", None, Go(None), Go(None), None)),
        (
            "action: delay, until: event.at, at: '09:30', onMissing: exit, onPast: exit",
            Until("me", "event.at", time(9, 30), Leave("step"), Leave("step"), None),
        ),
        (
            "action: wait, event: login, timeout: 3d, where: [{property: event.plan, operator: exists}]",
            Wait("me", EventTest("login", (Comparison("event.plan", Operator.EXISTS),)), DAYS * 3, Go(None), None),
        ),
        (
            "action: wait, event: login, timeout: 3d, onTimeout: exit",
            Wait("me", EventTest("login"), DAYS * 3, Leave("timeout"), None),
        ),
        ("action: condition, tag: vip, onTrue: exit", Condition("me", TagTest("vip"), Leave("condition"), None)),
        ("action: tag, tag: vip", Act("me", AddTag("vip"), None)),
        ("action: untag, tag: vip", Act("me", RemoveTag("vip"), None)),
        ("action: addToList, list: news", Act("me", JoinList("news"), None)),
        ("action: removeFromList, list: news", Act("me", LeaveList("news"), None)),
        ("action: setProperty, property: plan, value: [pro]", Act("me", SetProperty("plan", ["pro"]), None)),
        ("action: setProperty, property: plan, value: null", Act("me", SetProperty("plan", None), None)),
        ("action: enroll, sequence: winback", Act("me", EnterSequence("winback"), None)),
        ("action: exit, reason: done", Exit("me", "done")),
        ("action: email, subject: Hi, html: <p>Hi</p>", Email("me", "inline:me", None, None)),
    ],
)
def test_each_action_becomes_its_node(step: str, node: Node) -> None:
    assert _node(step) == node


def test_a_date_that_is_past_passes_over_the_next_step() -> None:
    nodes = _nodes("""
  - {action: delay, id: a, until: event.at, onPast: skip}
  - {action: email, id: b, template: x}
  - {action: email, id: c, template: y}
""")

    assert nodes[0] == Until("a", "event.at", None, Go("b"), Go("c", ("b",)), "b")


def test_the_ways_of_a_split_come_together_after_it() -> None:
    nodes = _nodes("""
  - action: split
    id: a
    branches:
      - {name: short, weight: 2, steps: [{action: email, id: b, template: x}]}
      - {weight: 1, steps: []}
  - {action: email, id: c, template: y}
""")

    assert nodes == [
        Split("a", (Way(2, "b", "short"), Way(1, "c", "2"))),
        Email("b", "x", None, "c"),
        Email("c", "y", None, None),
    ]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("{from: '09:00', to: '17:30'}", Window(time(9), time(17, 30), frozenset(range(7)), None)),
        (
            "{from: '22:00', to: '06:00', days: [sun, mon], timezone: Europe/Berlin}",
            Window(time(22), time(6), frozenset({0, 6}), "Europe/Berlin"),
        ),
        ("{from: '09:00', to: '10:00', timezone: contact}", Window(time(9), time(10), frozenset(range(7)), None)),
    ],
)
def test_a_window_is_known_by_its_times_and_days(window: str, expected: Window) -> None:
    assert a_program(f"trigger: {{api: true}}\nwindow: {window}\nsteps: []").window == expected


def test_a_discount_is_known_by_what_its_code_takes_off() -> None:
    program = a_program(
        """
        trigger: {tag: cancelled}
        steps:
          - {action: discount, id: code, label: For us, discountType: amount, amountOff: 500, currency: USD,
             duration: repeating, durationInMonths: 3, planIds: [prod_1], codePrefix: WINBACK, maxRedemptions: 1,
             lockToSubscriber: true, expiresInHours: 48, name: Win back, onError: exit}
          - {action: webhook, id: hook, url: "https://a.example/x", body: {a: 1}}
        """
    )

    offer = Offer(
        provider="stripe",
        amount_off=500,
        currency="usd",
        duration="repeating",
        months=3,
        plans=("prod_1",),
        prefix="WINBACK",
        max_redemptions=1,
        locked=True,
        expires_after=timedelta(hours=48),
        name="Win back",
    )
    assert program.nodes == {
        "code": Discount("code", offer, Leave("step"), "hook"),
        "hook": Webhook("hook", "https://a.example/x", {"a": 1}, Go(None), None),
    }


@settings(max_examples=100, deadline=None)
@given(RUNNABLE)
def test_every_step_becomes_one_node_that_points_at_others(definition: Definition) -> None:
    program = compile_definition(definition)

    assert set(program.nodes) == {placed.step.id for placed in walk(definition)}
    assert program.first == (definition.steps[0].id if definition.steps else None)
    targets = {target for node in program.nodes.values() for target in _targets(node)}
    assert targets <= {None, *program.nodes}


def _targets(node: Node) -> list[str | None]:
    match node:
        case Email(next=following) | Delay(next=following) | Act(next=following):
            return [following]
        case Until(on_missing=missing, on_past=past, next=following):
            return [following, *_of_branch(missing), *_of_branch(past)]
        case Wait(on_timeout=late, next=following):
            return [following, *_of_branch(late)]
        case Discount(on_error=failed, next=following) | Webhook(on_error=failed, next=following):
            return [following, *_of_branch(failed)]
        case Condition(on_true=on_true, on_false=other):
            return [other, *_of_branch(on_true)]
        case Split(branches=branches):
            return [way.next for way in branches]
        case Exit():
            return []


def _of_branch(branch: Branch) -> list[str | None]:
    return [branch.next, *branch.skipping] if isinstance(branch, Go) else []
