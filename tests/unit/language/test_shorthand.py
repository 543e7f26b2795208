"""The shorter forms of steps are the same steps."""

import pytest

from dripline.kernel.errors import Invalid
from dripline.sequences.language.model import ApiTrigger, Definition, Delay, Email, EventTrigger, Exit, Step
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import write_definition

SENDS = """
steps:
  - send: welcome
  - delay: 3d
  - send: tips
"""

TYPED = """
{
  "steps": [
    {"type": "email", "templateId": "welcome", "delay": "0d"},
    {"type": "delay", "duration": "3d"},
    {"type": "email", "templateId": "tips", "delay": "1d12h"}
  ]
}
"""


def test_send_and_delay_are_whole_steps() -> None:
    steps = (Email(template="welcome"), Delay(duration="3d"), Email(template="tips"))

    assert read_definition(SENDS) == Definition(trigger=ApiTrigger(), steps=steps)


def test_an_email_brings_the_delay_before_it_along() -> None:
    assert read_definition(TYPED).steps == (
        Email(template="welcome"),
        Delay(duration="3d"),
        Delay(duration="1d12h"),
        Email(template="tips"),
    )


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("{send: welcome, id: first}", Email(id="first", template="welcome")),
        ("{delay: 3d, id: pause}", Delay(id="pause", duration="3d")),
        ("{type: exit, reason: done}", Exit(reason="done")),
        ("{type: email, subject: Hi, text: Hi}", Email(subject="Hi", text="Hi")),
        ("{type: email, template: x, delay: null}", Email(template="x")),
    ],
)
def test_other_keys_stay_what_they_are(text: str, step: Step) -> None:
    assert read_definition(f"steps: [{text}]").steps == (step,)


def test_both_forms_may_stand_in_one_list_which_then_needs_a_trigger() -> None:
    steps = "steps: [{send: welcome}, {action: exit}]"

    definition = read_definition(f"trigger: {{event: signup}}\n{steps}")
    with pytest.raises(Invalid, match="'trigger' is missing"):
        read_definition(steps)

    assert definition == Definition(trigger=EventTrigger("signup"), steps=(Email(template="welcome"), Exit()))


def test_a_fault_is_found_where_it_was_written() -> None:
    with pytest.raises(Invalid) as error:
        read_definition(TYPED.replace("1d12h", "soon"))

    (problem,) = error.value.problems
    assert (problem.path, problem.line, problem.column) == ("steps[2].duration", 6, 54)


@pytest.mark.parametrize("text", [SENDS, TYPED])
def test_what_is_written_again_is_in_the_own_form(text: str) -> None:
    definition = read_definition(text)

    assert read_definition(write_definition(definition)) == definition
    assert "action: email" in write_definition(definition)
