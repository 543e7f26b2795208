"""The grammar: what reads, and as what."""

import pytest

from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    ApiTrigger,
    Baseline,
    Condition,
    ContactTrigger,
    Conversion,
    Day,
    Definition,
    Delay,
    Discount,
    DiscountType,
    Email,
    Enroll,
    Enrollment,
    EnrollmentMode,
    EventTrigger,
    Exit,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    OnPast,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SegmentTrigger,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    StopCondition,
    StopKind,
    TagTrigger,
    Trigger,
    Wait,
    Webhook,
    Window,
)
from dripline.sequences.language.reading import read_definition, read_document

EVERYTHING = """
trigger: { event: trial.started, where: [ { property: event.plan, operator: equals, value: pro } ] }
enrollment: { mode: matching_field, field: order.id, existing: false }
exitConditions:   [ { property: contact.properties.plan, operator: notEquals, value: trial } ]
stopCondition:    { type: has_tag, value: customer }
conversion:       { event: subscription.started, within: 30d }
sender: hello@example.com
window:           { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", timezone: contact }
steps:
  - action: email
    id: welcome
    template: trial-welcome
  - action: delay
    duration: 1d12h
"""


_OLD = DateTest("contact.createdAt", Relation.MORE_THAN_AGO, "30d")


def _step(text: str) -> Step:
    (step,) = read_definition(f"trigger: {{api: true}}\nsteps:\n  - {{{text}}}\n").steps
    return step


def test_every_key_of_a_definition_reads() -> None:
    definition = read_definition(EVERYTHING)

    assert definition == Definition(
        trigger=EventTrigger("trial.started", (Comparison("event.plan", Operator.EQUALS, "pro"),)),
        enrollment=Enrollment(EnrollmentMode.MATCHING_FIELD, "order.id"),
        exit_conditions=(Comparison("contact.properties.plan", Operator.NOT_EQUALS, "trial"),),
        stop_condition=StopCondition(StopKind.HAS_TAG, "customer"),
        conversion=Conversion("subscription.started", "30d"),
        sender="hello@example.com",
        window=Window("09:00", "17:00", tuple(Day)[:5]),
        steps=(Email(id="welcome", template="trial-welcome"), Delay(duration="1d12h")),
    )


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("contact: added", ContactTrigger()),
        ("list: newsletter", ListTrigger("newsletter")),
        ("tag: cancelled", TagTrigger("cancelled")),
        ("segment: power-users", SegmentTrigger("power-users")),
        ("inactivity: { event: login, days: 14 }", InactivityTrigger("login", 14)),
        (
            "inactivity: { event: login, days: 14, baseline: contact }",
            InactivityTrigger("login", 14, Baseline.CONTACT),
        ),
        ("tag: VIP_User", TagTrigger("vip-user")),
        ("tag: '*'", TagTrigger("*")),
        ("list: '*'", ListTrigger("*")),
        ("frequency: { event: login, count: 5, within: 7d }", FrequencyTrigger("login", 5, "7d")),
    ],
)
def test_every_trigger_reads(text: str, trigger: Trigger) -> None:
    definition = read_definition(f"trigger: {{ {text} }}\nsteps: []\n")

    assert definition.trigger == trigger


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (
            "action: email, subject: Hi, html: <p>Hi</p>, text: Hi, name: First, previewText: Psst",
            Email(subject="Hi", html="<p>Hi</p>", text="Hi", name="First", preview_text="Psst"),
        ),
        ("action: email, subject: Hi, blocks: [{type: text}]", Email(subject="Hi", blocks=({"type": "text"},))),
        (
            "action: email, subject: Hi, html: <p>Hi</p>, layout: frame",
            Email(subject="Hi", html="<p>Hi</p>", layout="frame"),
        ),
        (
            "action: delay, until: contact.properties.renewsAt, at: 09:00",
            Delay(until="contact.properties.renewsAt", at="09:00"),
        ),
        ("action: delay, duration: 1d, at: 09:00", Delay(duration="1d", at="09:00")),
        (
            "action: delay, until: event.startsAt, onMissing: exit, onPast: skip",
            Delay(until="event.startsAt", on_missing=Onward.EXIT, on_past=OnPast.SKIP),
        ),
        (
            "action: wait, event: feature.activated, timeout: 3d, onTimeout: exit",
            Wait(event="feature.activated", timeout="3d", on_timeout=Onward.EXIT),
        ),
        (
            "action: split, branches: [{weight: 50, steps: [{action: exit}]}, {weight: 50, steps: []}]",
            Split(branches=(SplitBranch(weight=50, steps=(Exit(),)), SplitBranch(weight=50))),
        ),
        ("action: discount, provider: stripe, percentOff: 20", Discount(percent_off=20)),
        (
            "action: discount, amountOff: 500, currency: usd",
            Discount(discount_type=DiscountType.AMOUNT, amount_off=500, currency="usd"),
        ),
        ("action: tag, tag: vip", AddTag(tag="vip")),
        ("action: untag, tag: vip", RemoveTag(tag="vip")),
        ("action: addToList, list: news", AddToList(list="news")),
        ("action: removeFromList, list: news", RemoveFromList(list="news")),
        ("action: setProperty, property: plan, value: null", SetProperty(property="plan", value=None)),
        ("action: enroll, sequence: onboarding", Enroll(sequence="onboarding")),
        ("action: exit, reason: done", Exit(reason="done")),
        (
            "action: webhook, url: 'https://example.com/x', body: {a: [1]}, onError: exit",
            Webhook(url="https://example.com/x", body={"a": [1]}, on_error=Onward.EXIT),
        ),
        ("action: condition, event: login, then: [{action: exit}]", Condition(test=EventTest("login"), then=(Exit(),))),
        ("action: condition, tag: vip, else: [{action: exit}]", Condition(test=TagTest("vip"), otherwise=(Exit(),))),
        (
            "action: condition, list: news, then: [{action: exit}], else: [{action: tag, tag: a}]",
            Condition(test=ListTest("news"), then=(Exit(),), otherwise=(AddTag(tag="a"),)),
        ),
    ],
)
def test_every_action_reads(text: str, step: Step) -> None:
    assert _step(text) == step


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("09:00", "09:00"),
        ("1d", "1d"),
        ("2030-01-31", "2030-01-31"),
        ("1_000", "1_000"),
        ('"true"', "true"),
        ("'7'", "7"),
        ("True", True),
        ("false", False),
        ("7", 7),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("007", 7),
        ("7.50", 7.5),
        ("1e3", 1000.0),
        ('"\\ud83d\\ude00"', "😀"),
    ],
)
def test_a_value_is_what_the_core_schema_says(written: str, value: Json) -> None:
    step = _step(f"action: condition, property: contact.properties.x, operator: equals, value: {written}, onTrue: exit")

    assert isinstance(step, Condition)
    assert isinstance(step.test, Comparison)
    assert (step.test.value, type(step.test.value)) == (value, type(value))


def test_a_document_reads_as_the_text_does() -> None:
    document: dict[str, Json] = {
        "trigger": {"api": True},
        "sender": None,
        "steps": [{"action": "email", "template": "welcome"}, {"action": "delay", "duration": "3d"}],
    }

    definition = read_document(document)

    expected = (Email(template="welcome"), Delay(duration="3d"))
    assert definition == Definition(trigger=ApiTrigger(), steps=expected)


def test_a_stop_condition_of_none_is_no_stop_condition() -> None:
    definition = read_definition("trigger: {api: true}\nstopCondition: {type: none}\nsteps: []\n")

    assert definition.stop_condition is None


def test_a_document_with_faults_names_their_paths() -> None:
    with pytest.raises(Invalid) as error:
        read_document({"trigger": {"api": True}, "steps": [{"action": "delay", "duration": "3x"}, 7]})

    places = [(problem.path, problem.line) for problem in error.value.problems]
    assert places == [("steps[0].duration", None), ("steps[1]", None)]


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("property: contact.createdAt, operator: moreThanAgo, value: 30d", _OLD),
        ("event: login, within: 7d, atLeast: 3", EventTest("login", at_least=3, within="7d")),
        ("tag: VIP User", TagTest("vip-user")),
        ("all: [{tag: vip}, {list: news}]", All((TagTest("vip"), ListTest("news")))),
        ("any: [{segment: a}, {not: {event: login}}]", AnyOf((SegmentTest("a"), Not(EventTest("login"))))),
    ],
)
def test_steps_and_exit_conditions_ask_in_one_grammar(text: str, test: Predicate) -> None:
    assert _step(f"action: condition, {text}, onTrue: exit") == Condition(test=test, on_true=OnTrue.EXIT)
    assert read_definition(f"trigger: {{api: true}}\nexitConditions: [{{{text}}}]\nsteps: []").exit_conditions == (
        test,
    )


@pytest.mark.parametrize("name", ["plan", "contact.properties.plan"])
def test_a_property_is_set_by_its_name_or_as_conditions_write_it(name: str) -> None:
    assert _step(f"action: setProperty, property: {name}, value: pro") == SetProperty(property="plan", value="pro")


def test_a_stop_on_a_tag_takes_the_tag_in_its_normal_form() -> None:
    definition = read_definition("trigger: {api: true}\nstopCondition: {type: has_tag, value: Paying User}\nsteps: []")

    assert definition.stop_condition == StopCondition(StopKind.HAS_TAG, "paying-user")


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example/{{ contact.email }}",
        "https://a.example?plan={{ plan|free tier }}&x={% if pro %}a b{% endif %}",
        "https://a.example:8443/{x}",
    ],
)
def test_liquid_stands_behind_the_host_of_a_webhook(url: str) -> None:
    assert _step(f"action: webhook, url: '{url}'") == Webhook(url=url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("{{ event.url }}", "its host cannot come from data."),
        ("https://{{ event.host }}/in", "its host cannot come from data."),
        ("https://a.example{{ event.rest }}", "its host cannot come from data."),
        ("https://user:{{ key }}@a.example/in", "its host cannot come from data."),
        ("https://a.example/{{ x }} and more", "this is no web address."),
        ("https://user:key@a.example/in", "this is no web address."),
        ("ftp://a.example/{{ x }}", "this is no web address."),
    ],
)
def test_the_host_of_a_webhook_is_no_matter_of_data(url: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        _step(f"action: webhook, url: '{url}'")

    assert [each.message for each in refused.value.problems] == [problem]
