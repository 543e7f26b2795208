"""Steps get readable ids that stay."""

from hypothesis import given, settings

from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.steps import STEP_ID
from dripline.sequences.language.walking import walk
from tests.makers.definitions import DEFINITIONS


def _ids(definition: Definition) -> list[str | None]:
    return [placed.step.id for placed in walk(definition)]


def test_an_email_is_named_after_its_template_and_others_after_their_action() -> None:
    definition = read_definition("""
trigger: {api: true}
steps:
  - {action: email, template: tips}
  - {action: delay, duration: 1d}
  - {action: email, template: tips}
  - {action: email, id: tips-2, template: tips}
  - action: condition
    tag: vip
    then: [{action: email, subject: Hi, text: Hi}]
    else: [{action: delay, duration: 1d}, {action: email, template: Große Tipps!}]
""")

    named = name_steps(definition)

    assert _ids(named) == [
        "tips", "delay-1", "tips-3", "tips-2", "condition-1", "email-1", "delay-2", "Gro-e-Tipps",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(DEFINITIONS)
def test_every_step_gets_a_valid_id_of_its_own(definition: Definition) -> None:
    ids = _ids(name_steps(definition))

    assert len(set(ids)) == len(ids)
    assert all(step_id is not None and STEP_ID.fullmatch(step_id) for step_id in ids)
    assert _ids(name_steps(definition)) == ids
