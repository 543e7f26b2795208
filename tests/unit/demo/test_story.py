"""What the demo tells fits together."""

from dripline.processes.demo.story import PEOPLE, SEQUENCE, TEMPLATES, TURNS, definition, letter
from dripline.sequences.compiler.checking import check
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.references import templates_of
from dripline.templates.compiling import compile_template
from dripline.templates.model import TemplateDraft
from tests.makers.published import TRIAL_EXPIRY


def test_the_sequence_is_the_published_one() -> None:
    assert (SEQUENCE, definition()) == ("trial-expiry", TRIAL_EXPIRY)


def test_the_sequence_can_run_with_the_letters_there_are() -> None:
    read = name_steps(read_definition(definition()))

    assert check(read, templates=TEMPLATES, lists=(), segments=(), sequences=(), senders=lambda _: None).problems == ()
    assert templates_of(read) == set(TEMPLATES)


def test_every_letter_compiles_and_holds_the_link_to_opt_out() -> None:
    letters = {template: letter(template) for template in TEMPLATES}

    compiled = {
        template: compile_template(TemplateDraft(name=template, subject=written.subject, html=written.html))
        for template, written in letters.items()
    }

    assert {template for template, each in compiled.items() if "unsubscribe_url" not in each.variables} == set()


def test_everybody_has_an_address_of_their_own_and_turns_are_of_the_cast() -> None:
    assert len({person.email for person in PEOPLE}) == len(PEOPLE)
    assert {turn.person for turn in TURNS} <= set(PEOPLE)
