from collections.abc import Mapping

import pytest

from dripline.sequences.compiler.supplying import not_supplied
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition

NO_EVENT = "step 'x': its template uses event.city, which is missing because this trigger comes without an event."
NO_DISCOUNT = "step 'x': its template uses discount.code, which is missing because no step makes one."
NO_EVENT_YET = NO_EVENT.replace(
    "because this trigger comes without an event", "unless the call that enrolls gives an event"
)


def warned(text: str, variables: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    definition = name_steps(read_definition(text))
    return [(problem.path, problem.message) for problem in not_supplied(definition, variables)]


@pytest.mark.parametrize(
    ("trigger", "messages"),
    [
        ("{list: news}", [NO_DISCOUNT, NO_EVENT]),
        ("{contact: added}", [NO_DISCOUNT, NO_EVENT]),
        (
            "{api: true}",
            [NO_DISCOUNT, NO_EVENT_YET],
        ),
        ("{event: a}", [NO_DISCOUNT]),
        ("{frequency: {event: a, count: 2, within: 1d}}", [NO_DISCOUNT]),
    ],
)
def test_a_mail_is_warned_of_what_its_run_does_not_have(trigger: str, messages: list[str]) -> None:
    text = f"trigger: {trigger}\nsteps: [{{action: email, template: x}}]"

    assert warned(text, {"x": ("event.city", "discount.code", "plan")}) == [("steps[0]", each) for each in messages]


def test_a_step_that_makes_a_discount_supplies_the_mails() -> None:
    text = """
trigger: {tag: cancelled}
steps:
  - {action: discount, percentOff: 20}
  - {action: email, subject: Come back, html: "{{ discount.code }}"}
"""

    assert warned(text, {"inline:email-1": ("discount.code",)}) == []


def test_a_mail_before_the_step_that_makes_a_code_is_warned_of_it() -> None:
    text = """
trigger: {tag: cancelled}
steps:
  - {action: email, id: early, template: x}
  - {action: discount, percentOff: 20}
  - {action: email, id: late, template: x}
"""

    message = "step 'early': its template uses discount.code, which is missing before the step that makes one."
    assert warned(text, {"x": ("discount.code",)}) == [("steps[0]", message)]


@pytest.mark.parametrize("name", ["event", "EVENT.city", "DISCOUNT.code"])
def test_every_spelling_of_a_name_is_known(name: str) -> None:
    text = "trigger: {list: news}\nsteps: [{action: email, template: x}]"

    assert len(warned(text, {"x": (name,)})) == 1
