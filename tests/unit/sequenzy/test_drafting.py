"""Sequences of the published requests become definitions of ours."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.api.decoding import read_known
from dripline.api.dialects.sequenzy.definitions import Drafted, draft_of
from dripline.api.dialects.sequenzy.requests import WireNewSequence
from dripline.kernel.errors import Invalid, NotImplementedHere, Refused
from dripline.sequences.language.model import Email
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json
from tests.makers import sequenzy

MAIL = {"subject": "Hello", "html": "<p>Hello</p>"}
MAIL_MADE = {"action": "email", "subject": "Hello", "blocks": [{"type": "text", "content": "<p>Hello</p>"}]}
MAIL_STEP = (
    'steps:\n  - action: email\n    subject: Hello\n    blocks:\n      - type: text\n        content: "<p>Hello</p>"\n'
)


def drafted(**fields: Any) -> Drafted:
    return draft_of(read_known({"name": "A sequence", **fields}, WireNewSequence))


def published(command: str) -> Drafted:
    return draft_of(read_known(json.loads(sequenzy.body_of(command)), WireNewSequence))


def refused(**fields: Any) -> dict[str, str]:
    """The places that are wrong, with what is said about them."""
    with pytest.raises(Invalid) as caught:
        drafted(**fields)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_the_published_blocks_are_kept_as_they_are() -> None:
    made = published(sequenzy.BLOCKS)

    definition = read_definition(made.definition)
    blocks = [step["blocks"] for step in json.loads(sequenzy.body_of(sequenzy.BLOCKS))["steps"]]
    assert made.warnings == ()
    assert made.definition.startswith('trigger:\n  contact: added\nsteps:\n  - action: email\n    subject: "Welcome to')
    assert [list(step.blocks or ()) for step in definition.steps if isinstance(step, Email)] == blocks
    assert [getattr(step, "duration", None) for step in definition.steps] == [None, "1d", None]


def test_the_published_html_becomes_blocks() -> None:
    made = published(sequenzy.HTML)

    assert made == Drafted(
        """\
trigger:
  contact: added
steps:
  - action: email
    subject: "Welcome!"
    blocks:
      - type: heading
        content: "Welcome to our platform!"
      - type: text
        content: "<p>We are thrilled to have you on board.</p>"
      - type: text
        content: "<a href=\\"https://example.com/start\\">Get Started</a>"
  - action: delay
    duration: 2d
  - action: email
    subject: Quick tips to get started
    blocks:
      - type: heading
        content: Getting Started Guide
        level: 2
      - type: text
        content: "<p>Here are some tips:</p>"
      - type: list
        items:
          - Complete your profile
          - Explore the dashboard
          - Connect your integrations
""",
        (),
    )


def test_html_that_cannot_be_read_stays_html() -> None:
    made = drafted(steps=[{**MAIL, "html": "<p>{{ firstName | }}</p>"}])

    assert (read_definition(made.definition).steps[0].html, made.warnings) == ("<p>{{ firstName | }}</p>", ())  # type: ignore[union-attr]


def test_what_html_says_besides_its_blocks_is_kept() -> None:
    hidden = '<div style="display:none">Look inside</div><p>Hello</p><form><input></form>'

    made = drafted(steps=[{**MAIL, "html": hidden}])

    assert "    previewText: Look inside\n" in made.definition
    assert made.warnings == ("steps[0].html: 1 part of it stayed HTML, in blocks of the type html.",)


def test_the_published_discount_is_kept_with_all_its_fields() -> None:
    made = published(sequenzy.DISCOUNT)

    assert made == Drafted(
        """\
trigger:
  tag: cancelled
steps:
  - action: discount
    label: Create win-back discount
    provider: stripe
    discountType: percent
    percentOff: 20
    duration: once
    appliesToAllPlans: true
    codePrefix: WINBACK
    maxRedemptions: 1
    lockToSubscriber: true
  - action: delay
    duration: 1d
  - action: email
    subject: "Come back with {{discount.code}}"
    blocks:
      - type: text
        content: "<p>Use {{discount.code}} for {{discount.percentOff}}% off your next subscription.</p>"
""",
        (),
    )


def test_the_published_alert_waits_for_its_event() -> None:
    made = published(sequenzy.WIND_ALERT)

    assert made.definition.startswith("trigger:\n  event: weather.wind_alert\nsteps:\n")
    assert [getattr(step, "duration", None) for step in read_definition(made.definition).steps] == [None, "12h", None]


def test_a_goal_without_steps_is_a_definition_without_steps() -> None:
    made = published(sequenzy.GOAL)

    assert (made.definition.splitlines()[-1], made.warnings) == ("steps: []", ())


def test_the_placeholders_of_the_page_are_told_where_they_are_wrong() -> None:
    body = json.loads(sequenzy.body_of(sequenzy.PLACEHOLDERS))

    wrong = refused(**body)

    assert {"trigger", "enrollmentMode", "steps[0].type"} <= wrong.keys()


@pytest.mark.parametrize(
    ("fields", "trigger"),
    [
        ({}, "contact: added"),
        ({"trigger": "contact_added"}, "contact: added"),
        ({"trigger": "contact_added", "listScope": "any_contact"}, "contact: added"),
        ({"trigger": "contact_added", "listId": "newsletter"}, "list: newsletter"),
        ({"trigger": "contact_added", "listId": "x", "listIds": ["newsletter"]}, "list: newsletter"),
        ({"trigger": "tag_added", "tagName": "VIP_User"}, "tag: vip-user"),
        ({"trigger": "tag_added", "tagNames": ["cancelled", "cancelled"]}, "tag: cancelled"),
        ({"trigger": "segment_entered", "segmentId": "power-users"}, "segment: power-users"),
        ({"trigger": "event_received", "eventName": "trial.started"}, "event: trial.started"),
        (
            {"trigger": "inactivity", "eventName": "login", "inactiveDays": 14},
            "inactivity:\n    event: login\n    days: 14",
        ),
        (
            {
                "trigger": "inactivity",
                "eventName": "login",
                "inactiveDays": 14,
                "inactivityBaseline": "subscriber_created_at",
            },
            "inactivity:\n    event: login\n    days: 14\n    baseline: contact",
        ),
        (
            {"trigger": "frequency", "eventName": "login", "minCount": 5, "timeWindowDays": 7},
            "frequency:\n    event: login\n    count: 5\n    within: 7d",
        ),
        ({"trigger": "manual"}, "api: true"),
    ],
)
def test_every_trigger_becomes_one_of_ours(fields: dict[str, Any], trigger: str) -> None:
    made = drafted(**fields, steps=[MAIL])

    assert made == Drafted(f"trigger:\n  {trigger}\n{MAIL_STEP}", ())


@pytest.mark.parametrize(
    ("wanted", "comparison"),
    [
        ({"operator": "exists"}, "operator: exists"),
        ({"operator": "not_exists"}, "operator: notExists"),
        ({"operator": "equals", "value": "pro"}, "operator: equals\n      value: pro"),
        ({"operator": "not_equals", "value": 3}, "operator: notEquals\n      value: 3"),
        ({"operator": "contains", "value": "pro"}, "operator: contains\n      value: pro"),
        ({"operator": "greater_than", "value": "9.5"}, "operator: greaterThan\n      value: 9.5"),
        ({"operator": "greater_than", "value": "100"}, "operator: greaterThan\n      value: 100"),
        ({"operator": "less_than", "value": "2030-01-31"}, 'operator: lessThan\n      value: "2030-01-31"'),
        ({"operator": "one_of", "value": ["pro"]}, "operator: equals\n      value: pro"),
    ],
)
def test_every_filter_becomes_one_of_ours(wanted: dict[str, Any], comparison: str) -> None:
    filters = [{"path": "order.plan", **wanted}]

    made = drafted(trigger="event_received", eventName="bought", propertyFilters=filters, steps=[MAIL])

    where = f"where:\n    - property: event.order.plan\n      {comparison}"
    assert made == Drafted(f"trigger:\n  event: bought\n  {where}\n{MAIL_STEP}", ())


def test_a_sequence_that_is_left_with_its_segment_has_an_exit_condition() -> None:
    made = drafted(trigger="segment_entered", segmentId="vips", stopOnSegmentExit=True, steps=[MAIL])

    exits = "exitConditions:\n  - not:\n      segment: vips\n"
    assert made == Drafted(f"trigger:\n  segment: vips\n{exits}{MAIL_STEP}", ())


@pytest.mark.parametrize(
    ("fields", "enrollment"),
    [
        ({"enrollmentMode": "unlimited"}, ""),
        ({"enrollmentMode": "one_time"}, "enrollment:\n  mode: one_time\n"),
        ({"enrollmentMode": "matching_field"}, "enrollment:\n  mode: matching_field\n"),
        (
            {"enrollmentMode": "matching_field", "enrollmentFieldPath": "order.id"},
            "enrollment:\n  mode: matching_field\n  field: order.id\n",
        ),
        ({"eventName": "ecommerce.back_in_stock"}, "enrollment:\n  mode: matching_field\n"),
        ({"eventName": "ecommerce.replenishment_due"}, "enrollment:\n  mode: matching_field\n"),
        ({"eventName": "ecommerce.back_in_stock", "enrollmentMode": "unlimited"}, ""),
        ({"eventName": "ecommerce.order_placed"}, ""),
    ],
)
def test_every_mode_and_every_default_is_kept(fields: dict[str, Any], enrollment: str) -> None:
    named = {"trigger": "event_received", "eventName": "bought", **fields}

    made = drafted(**named, steps=[MAIL])

    assert made == Drafted(f"trigger:\n  event: {named['eventName']}\n{enrollment}{MAIL_STEP}", ())


def test_the_published_fragment_runs_once_for_each_order() -> None:
    made = drafted(**json.loads(sequenzy.MATCHING_FIELD), steps=[MAIL])

    enrollment = "enrollment:\n  mode: matching_field\n  field: order.id\n"
    assert made == Drafted(f"trigger:\n  event: ecommerce.order_placed\n{enrollment}{MAIL_STEP}", ())


@pytest.mark.parametrize(
    "kind", ["has_tag", "does_not_have_tag", "event_received", "added_to_list", "removed_from_list"]
)
def test_every_stop_condition_is_kept(kind: str) -> None:
    made = drafted(stopCondition={"type": kind, "value": "customer"}, steps=[MAIL])

    stop = f"stopCondition:\n  type: {kind}\n  value: customer\n"
    assert made == Drafted(f"trigger:\n  contact: added\n{stop}{MAIL_STEP}", ())


@pytest.mark.parametrize("stop", [None, {}, {"type": "none"}, {"type": "none", "value": None}])
def test_no_stop_condition_is_none(stop: dict[str, Any] | None) -> None:
    assert drafted(stopCondition=stop, steps=[MAIL]) == Drafted(f"trigger:\n  contact: added\n{MAIL_STEP}", ())


@pytest.mark.parametrize(
    ("window", "written"),
    [
        (
            {"timezone": "Europe/Berlin", "startTime": "09:00", "endTime": "17:00", "days": ["monday", "TUE"]},
            'days:\n    - mon\n    - tue\n  from: "09:00"\n  to: "17:00"\n  timezone: Europe/Berlin\n',
        ),
        (
            {"startTime": "09:00", "endTime": "24:00", "days": ["sun"]},
            'days:\n    - sun\n  from: "09:00"\n  to: "00:00"\n  timezone: contact\n',
        ),
        (
            {"startTime": "00:00", "endTime": "24:00", "days": ["sun"]},
            'days:\n    - sun\n  from: "00:00"\n  to: "23:59"\n  timezone: contact\n',
        ),
    ],
)
def test_a_window_is_kept(window: dict[str, Any], written: str) -> None:
    made = drafted(sendingWindow={"enabled": True, **window}, steps=[MAIL])

    assert made == Drafted(f"trigger:\n  contact: added\nwindow:\n  {written}{MAIL_STEP}", ())


def test_a_window_that_is_off_is_none() -> None:
    window = {"enabled": False, "startTime": "09:00", "endTime": "17:00"}

    assert drafted(sendingWindow=window, steps=[MAIL]) == Drafted(f"trigger:\n  contact: added\n{MAIL_STEP}", ())


def test_a_sender_of_all_mail_is_a_mailbox() -> None:
    made = drafted(fromEmail="ann@example.com", fromName="Ann, of Example", steps=[MAIL])

    sender = 'sender: "\\"Ann, of Example\\" <ann@example.com>"\n'
    assert made == Drafted(f"trigger:\n  contact: added\n{sender}{MAIL_STEP}", ())


@pytest.mark.parametrize(
    ("delay", "duration"),
    [
        ({"delay": {"days": 1}}, "1d"),
        ({"delay": {"days": 1, "hours": 2, "minutes": 3}}, "1d2h3m"),
        ({"delay": {"days": 0.5}}, "12h"),
        ({"delay": {"days": 14}}, "2w"),
        ({"delayMs": 90_000_000}, "1d1h"),
    ],
)
def test_a_delay_before_a_mail_is_a_step_before_it(delay: dict[str, Any], duration: str) -> None:
    made = drafted(steps=[{**MAIL, **delay}])

    steps = MAIL_STEP.replace("steps:\n", f"steps:\n  - action: delay\n    duration: {duration}\n")
    assert made == Drafted(f"trigger:\n  contact: added\n{steps}", ())


@pytest.mark.parametrize("delay", [{"delay": {"days": 0}}, {"delay": {}}, {"delayMs": 0}, {"delay": None}])
def test_no_delay_is_no_step(delay: dict[str, Any]) -> None:
    assert drafted(steps=[{**MAIL, **delay}]) == Drafted(f"trigger:\n  contact: added\n{MAIL_STEP}", ())


def steps_of(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a draft as JSON in our own grammar."""
    written = to_json(read_definition(drafted(steps=list(steps)).definition))["steps"]
    assert isinstance(written, list)
    return written


@pytest.mark.parametrize(
    ("step", "ours"),
    [
        ({"type": "delay", "delay": {"hours": 3}}, {"action": "delay", "duration": "3h"}),
        ({"nodeType": "logic_delay", "config": {"delayMs": 3_600_000}}, {"action": "delay", "duration": "1h"}),
        ({"type": "action_add_tag", "tagName": "Vip"}, {"action": "tag", "tag": "vip"}),
        ({"type": "remove_tag", "tagId": "vip"}, {"action": "untag", "tag": "vip"}),
        ({"type": "add_to_list", "listId": "news"}, {"action": "addToList", "list": "news"}),
        ({"type": "action_remove_from_list", "listId": "news"}, {"action": "removeFromList", "list": "news"}),
        (
            {"type": "logic_wait_for_event", "eventName": "paid", "timeoutDays": 3, "timeoutAction": "exit"},
            {"action": "wait", "event": "paid", "timeout": "3d", "onTimeout": "exit"},
        ),
        (
            {"type": "wait_for_event", "eventName": "paid"},
            {"action": "wait", "event": "paid", "timeout": "7d", "onTimeout": "continue"},
        ),
        (
            {"type": "create_discount", "amountOff": 500, "discountType": "amount"},
            {
                "action": "discount",
                "provider": "stripe",
                "discountType": "amount",
                "amountOff": 500,
                "currency": "usd",
                "duration": "once",
                "lockToSubscriber": False,
            },
        ),
        (
            {"type": "update_subscriber", "config": {"customAttributeUpdates": [{"name": "plan", "value": None}]}},
            {"action": "setProperty", "property": "plan", "value": None},
        ),
    ],
)
def test_every_kind_of_step_becomes_one_of_ours(step: dict[str, Any], ours: dict[str, Any]) -> None:
    assert steps_of(step) == [ours]


def test_a_wait_for_a_date_is_a_delay() -> None:
    until = {"field": "trial.endsAt", "source": "event", "missingAction": "exit", "pastAction": "skip"}

    delay, _ = steps_of({**MAIL, "waitUntil": until})

    assert delay == {"action": "delay", "until": "event.trial.endsAt", "onMissing": "exit", "onPast": "skip"}


def test_branches_are_tested_in_their_order() -> None:
    step = {
        "type": "condition",
        "branches": [
            {"conditionType": "has_tag", "tagName": "vip", "steps": [MAIL]},
            {"conditionType": "does_not_have_tag", "tagName": "lead", "steps": []},
            {"conditionType": "field_greater_than", "fieldName": "orders", "fieldValue": "3", "steps": [MAIL]},
        ],
        "elseSteps": [{"type": "add_tag", "tagName": "quiet"}],
    }

    mail = MAIL_MADE
    last = {
        "action": "condition",
        "property": "contact.properties.orders",
        "operator": "greaterThan",
        "value": 3,
        "then": [mail],
        "else": [{"action": "tag", "tag": "quiet"}],
    }
    middle = {"action": "condition", "not": {"tag": "lead"}, "else": [last]}
    assert steps_of(step) == [{"action": "condition", "tag": "vip", "then": [mail], "else": [middle]}]


def test_a_random_split_keeps_its_shares() -> None:
    step = {
        "type": "logic_branch",
        "splitMode": "random",
        "randomPercentages": [70, 30],
        "branches": [{"label": "A", "steps": [MAIL]}, {"steps": []}],
    }

    mail = MAIL_MADE
    branches = [{"name": "A", "weight": 70, "steps": [mail]}, {"weight": 30, "steps": []}]
    assert steps_of(step) == [{"action": "split", "branches": branches}]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"trigger": "tag"}, "trigger"),
        ({"trigger": "tag_added"}, "tagName"),
        ({"trigger": "segment_entered"}, "segmentId"),
        ({"trigger": "event_received"}, "eventName"),
        ({"trigger": "inactivity", "eventName": "x"}, "inactiveDays"),
        ({"trigger": "inactivity", "eventName": "x", "inactiveDays": 0}, "inactiveDays"),
        ({"trigger": "inactivity", "eventName": "x", "inactiveDays": 1.5}, "inactiveDays"),
        ({"trigger": "frequency", "eventName": "x", "minCount": 2}, "timeWindowDays"),
        ({"trigger": "event_received", "eventName": "x", "enrollmentMode": "twice"}, "enrollmentMode"),
        ({"trigger": "tag_added", "tagName": "x", "enrollmentMode": "matching_field"}, "enrollmentMode"),
        ({"trigger": "event_received", "eventName": "x", "enrollmentFieldPath": "a"}, "enrollmentFieldPath"),
        ({"stopCondition": {"type": "has_tags", "value": "x"}}, "stopCondition.type"),
        ({"stopCondition": {"type": "has_tag"}}, "stopCondition.value"),
        ({"listScope": "any_contact", "listId": "x"}, "listScope"),
        ({"sendingWindow": {"startTime": "9", "endTime": "17:00"}}, "sendingWindow.startTime"),
        ({"sendingWindow": {"startTime": "09:00"}}, "sendingWindow.endTime"),
        ({"sendingWindow": {"startTime": "09:00", "endTime": "17:00", "days": ["someday"]}}, "sendingWindow.days[0]"),
        (
            {"sendingWindow": {"startTime": "09:00", "endTime": "17:00", "timezone": "Mars/Base"}},
            "sendingWindow.timezone",
        ),
        ({"fromEmail": "nobody"}, "fromEmail"),
        ({"steps": [{"subject": "x"}]}, "steps[0]"),
        ({"steps": [{"subject": "x", "html": "y", "blocks": []}]}, "steps[0]"),
        ({"steps": [{"html": "y"}]}, "steps[0].subject"),
        ({"steps": ["hello"]}, "steps[0]"),
        ({"steps": [MAIL, {"type": "letter"}]}, "steps[1].type"),
        ({"steps": [{**MAIL, "delay": {"days": -1}}]}, "steps[0].delay.days"),
        ({"steps": [{**MAIL, "delay": {"days": 99_999}}]}, "steps[0].delay"),
        ({"steps": [{"type": "discount", "percentOff": 200}]}, "steps[0].percentOff"),
        ({"steps": [{"type": "wait", "eventName": "x", "timeoutDays": 0}]}, "steps[0].timeoutDays"),
        ({"steps": [{"type": "condition", "conditionType": "is_nice", "steps": [MAIL]}]}, "steps[0].conditionType"),
        (
            {"steps": [{"type": "condition", "conditionType": "has_tag", "tagName": "x", "steps": [{"html": "y"}]}]},
            "steps[0].steps[0].subject",
        ),
        ({"steps": [{**MAIL, "subject": "  "}]}, "steps[0].subject"),
    ],
)
def test_what_cannot_be_is_named_by_its_place_in_the_request(fields: dict[str, Any], path: str) -> None:
    assert list(refused(**{"steps": [MAIL], **fields})) == [path]


@pytest.mark.parametrize(
    "fields",
    [
        {"trigger": "inbound_webhook"},
        {"trigger": "segment_exited", "segmentId": "x"},
        {"listScope": "any_list"},
        {"stopCondition": {"type": "field_changed", "value": "plan"}},
        {"stopCondition": {"type": "event_received", "value": "x", "matchConfig": {"mode": "event_property"}}},
        {"steps": [{"type": "sms", "text": "hi"}]},
        {"steps": [{"type": "webhook", "config": {"url": "https://example.com"}}]},
        {"steps": [{"type": "ai", "config": {}}]},
        {"steps": [{**MAIL, "waitUntilWeekday": {"day": "monday"}}]},
        {"steps": [{**MAIL, "waitUntil": {"field": "x", "days": 3}}]},
        {"steps": [{"type": "condition", "conditionType": "link_clicked", "linkUrl": "x", "steps": [MAIL]}]},
    ],
)
def test_what_we_do_not_have_is_said_to_be_missing(fields: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedHere):
        drafted(**{"steps": [MAIL], **fields})


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"tagName": "x"}, "tagName does not belong to the trigger contact_added: it was passed over."),
        (
            {"steps": [{**MAIL, "delay": 2}]},
            "steps[0].delay is no object with days, hours and minutes: it was passed over.",
        ),
        ({"steps": [{**MAIL, "delayDays": 2}]}, "steps[0].delayDays is not known here: it was passed over."),
        (
            {"steps": [{**MAIL, "isTransactional": True}]},
            "steps[0].isTransactional is not known here: it was passed over.",
        ),
        ({"fromName": "Ann"}, "fromName stands without fromEmail: it was passed over."),
        ({"goal": "more sales"}, "goal was passed over, because steps are given."),
        ({"emailCount": 3}, "emailCount was passed over: it belongs to a goal."),
    ],
)
def test_what_is_passed_over_is_warned_of(fields: dict[str, Any], warning: str) -> None:
    assert drafted(**{"steps": [MAIL], **fields}) == Drafted(f"trigger:\n  contact: added\n{MAIL_STEP}", (warning,))


def test_a_sequence_without_steps_is_an_empty_draft() -> None:
    assert drafted() == Drafted("trigger:\n  contact: added\nsteps: []\n", ())


_words = st.sampled_from(["", "email", "delay", "condition", "create_discount", "add_tag", "wait", "branch", "x"])
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["days", "type", "html", "subject", "steps", "branches", "delay", "config", "field", "value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
_steps = st.lists(
    st.builds(
        lambda word, rest: {**rest, **({"type": word} if word else {})},
        _words,
        st.dictionaries(
            st.sampled_from(
                [
                    "html",
                    "subject",
                    "delay",
                    "delayMs",
                    "steps",
                    "branches",
                    "config",
                    "discount",
                    "waitUntil",
                    "tagName",
                    "conditionType",
                    "splitMode",
                    "randomPercentages",
                    "eventName",
                    "timeoutDays",
                ]
            ),
            _values,
            max_size=5,
        ),
    ),
    max_size=4,
)


@given(_steps)
@settings(max_examples=150, deadline=None)
def test_whatever_the_steps_are_they_are_drafted_or_refused(steps: list[dict[str, Any]]) -> None:
    try:
        made = drafted(steps=steps)
    except Refused:
        return

    assert read_definition(made.definition) is not None
