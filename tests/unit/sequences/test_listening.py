"""What a version listens to: by which facts it starts, stops, counts and wakes."""

from uuid import UUID

import pytest

from dripline.events.listening import Role
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.language.model import Baseline, InactivityTrigger
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.references import Named, names_in, templates_of
from dripline.sequences.listening import Listens, listens_of
from dripline.sequences.model import References

LIST, SEGMENT = UUID(int=7), UUID(int=8)
REFERENCES = References(lists={"news": LIST}, segments={"vips": SEGMENT})
MAIL = "steps: [ { action: email, template: a-mail } ]"


def listens(text: str) -> Listens:
    definition = name_steps(read_definition(text))
    return listens_of(definition, compile_definition(definition), REFERENCES)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("event: signed.up", (("event", "signed.up"), Role.START)),
        ("contact: added", (("contact", "added"), Role.START)),
        ("list: news", (("list", str(LIST)), Role.START)),
        ("tag: VIP", (("tag", "vip"), Role.START)),
        ("segment: vips", (("segment", str(SEGMENT)), Role.START)),
        ("frequency: { event: login, count: 5, within: 7d }", (("event", "login"), Role.FREQUENCY)),
    ],
)
def test_a_trigger_is_the_fact_that_starts(trigger: str, expected: object) -> None:
    assert listens(f"trigger: {{ {trigger} }}\n{MAIL}") == Listens((expected,), ())  # type: ignore[arg-type]


def test_silence_starts_and_nothing_that_happens() -> None:
    found = listens(f"trigger: {{ inactivity: {{ event: login, days: 14 }} }}\n{MAIL}")

    assert found == Listens((), (), InactivityTrigger("login", 14, Baseline.SEQUENCE))


def test_a_sequence_that_is_entered_by_call_listens_to_nothing() -> None:
    assert listens(f"trigger: {{ api: true }}\n{MAIL}") == Listens((), ())


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("{ type: has_tag, value: VIP }", ("tag", "vip")),
        ("{ type: does_not_have_tag, value: VIP }", ("untag", "vip")),
        ("{ type: event_received, value: paid }", ("event", "paid")),
        ("{ type: added_to_list, value: news }", ("list", str(LIST))),
        ("{ type: removed_from_list, value: news }", ("unlist", str(LIST))),
    ],
)
def test_a_stop_condition_is_the_change_that_stops(stop: str, expected: object) -> None:
    found = listens(f"trigger: {{ api: true }}\nstopCondition: {stop}\n{MAIL}")

    assert found.others == ((expected, Role.STOP),)


def test_goals_are_counted_and_waits_are_woken() -> None:
    found = listens(
        "trigger: { api: true }\nconversion: { event: paid }\n"
        "steps: [ { action: wait, event: opened, timeout: 1d }, { action: email, template: a-mail } ]"
    )

    assert found.others == ((("event", "paid"), Role.CONVERT), (("event", "opened"), Role.WAKE))


def test_everything_that_a_definition_names_is_found_also_deep_inside() -> None:
    definition = read_definition(
        """
        trigger: { list: news }
        stopCondition: { type: added_to_list, value: customers }
        exitConditions: [ { segment: churned } ]
        steps:
          - action: condition
            any: [ { list: beta }, { not: { segment: vips } } ]
            then:
              - { action: enroll, sequence: other }
              - { action: addToList, list: seen }
            else:
              - { action: email, template: a-mail }
        """
    )

    named = Named(
        frozenset({"news", "customers", "beta", "seen"}), frozenset({"churned", "vips"}), frozenset({"other"})
    )
    assert names_in(definition) == named
    assert templates_of(definition) == {"a-mail"}
