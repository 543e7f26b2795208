"""What a program asks for, and what it wants to hear of."""

from dripline.predicates.model import Comparison, EventTest, Operator
from tests.makers.programs import a_program

ASKING = """
trigger: {api: true}
exitConditions:
  - any:
      - {event: purchase, where: [{property: event.total, operator: greaterThan, value: 10}]}
      - not: {event: login, within: 7d}
steps:
  - {action: condition, event: login, within: 7d, onTrue: exit}
  - {action: wait, event: checkout, timeout: 1d}
  - {action: email, template: x}
"""


def test_a_program_names_every_question_about_events_once() -> None:
    purchase = EventTest("purchase", (Comparison("event.total", Operator.GREATER_THAN, 10),))

    assert a_program(ASKING).event_tests == (purchase, EventTest("login", within="7d"), EventTest("checkout"))


def _asks(condition: str) -> bool:
    program = a_program(f"trigger: {{api: true}}\nsteps: [{{action: condition, {condition}, onTrue: exit}}]")
    return program.needs_company


def test_only_tags_lists_and_segments_need_the_company_of_a_contact() -> None:
    assert not _asks("event: login")
    assert not _asks("property: contact.properties.a, operator: exists")
    assert _asks("tag: vip")
    assert _asks("list: news")
    assert _asks("not: {segment: power-users}")
    assert _asks("any: [{event: login}, {property: contact.tags, operator: contains, value: vip}]")


HEARING = """
trigger: {api: true}
steps:
  - {action: wait, event: checkout, timeout: 1d}
  - {action: delay, until: contact.properties.trial.endsAt}
  - {action: delay, until: event.startsAt}
  - {action: delay, until: contact.createdAt}
  - {action: delay, duration: 1d}
"""


def test_a_program_hears_of_what_ends_its_waits_and_moves_its_dates() -> None:
    assert a_program(HEARING).hears == {("event", "checkout"), ("property", "trial")}


def test_local_times_hear_of_the_zone_of_the_contact() -> None:
    delay = a_program("trigger: {api: true}\nsteps: [{action: delay, duration: 1d, at: '09:00'}]")
    window = a_program(
        "trigger: {api: true}\nwindow: {from: '09:00', to: '17:00'}\nsteps: [{action: email, template: x}]"
    )
    fixed = a_program(
        "trigger: {api: true}\nwindow: {from: '09:00', to: '17:00', timezone: Europe/Berlin}\n"
        "steps: [{action: email, template: x}]"
    )

    assert delay.hears == window.hears == {("field", "timezone")}
    assert fixed.hears == frozenset()
