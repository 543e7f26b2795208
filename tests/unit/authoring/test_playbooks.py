import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.authoring.playbooks.facts import COMMON, facts_of, filled_in, house_of
from dripline.authoring.playbooks.making import definition_of, warnings_of
from dripline.authoring.playbooks.model import Playbook
from dripline.authoring.playbooks.shelf import NAMES, find_playbook, playbooks
from dripline.kernel.errors import Invalid, NotFound
from dripline.sequences.language.model import ApiTrigger
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.references import templates_of
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.compiling import compile_template
from dripline.templates.defaults import MailDefaults
from dripline.templates.liquid.checking import fallbacks

EVERY = pytest.mark.parametrize("playbook", playbooks().values(), ids=NAMES)
TOLD = {"product": "Acme", "site": "https://acme.test"}


@EVERY
def test_a_playbook_starts_by_itself_knows_success_and_mails_what_it_has(playbook: Playbook) -> None:
    definition = read_definition(playbook.definition)

    assert not isinstance(definition.trigger, ApiTrigger)
    assert definition.conversion is not None
    assert {f"{playbook.name}-{key}" for key in playbook.about.mails} == templates_of(definition)


@EVERY
def test_every_mail_of_a_playbook_compiles_without_a_doubt(playbook: Playbook) -> None:
    drafts = [filled_in(mail, facts_of(playbook, TOLD)) for mail in playbook.about.mails.values()]

    compiled = [compile_template(draft) for draft in drafts]

    assert [read_blocks(draft.blocks).warnings for draft in drafts] == [()] * len(drafts)
    assert [list(fallbacks(draft.subject, "subject")) for draft in drafts] == [[]] * len(drafts)
    assert not any("[[" in each.html or "[[" in draft.subject for each, draft in zip(compiled, drafts, strict=True))


@EVERY
def test_every_fact_and_event_of_a_playbook_is_used(playbook: Playbook) -> None:
    mails = msgspec.json.encode(playbook.about.mails).decode()
    marks = set(re.findall(r"\[\[([a-z]+)\]\]", mails))

    assert set(playbook.about.facts) <= marks <= {*COMMON, *playbook.about.facts}
    assert [event.event for event in playbook.about.events if event.event not in playbook.definition] == []


@EVERY
def test_subjects_and_previews_fit_a_phone(playbook: Playbook) -> None:
    long = [
        (mail.subject, mail.preview_text)
        for mail in playbook.about.mails.values()
        if len(re.sub(r"\{.*?\}\}?", "", mail.subject)) > 60 or len(mail.preview_text) > 90
    ]

    assert long == []


@EVERY
def test_a_slug_of_ones_own_names_the_templates(playbook: Playbook) -> None:
    text = definition_of(playbook, "mine")

    assert templates_of(read_definition(text)) == {f"mine-{key}" for key in playbook.about.mails}
    assert text.splitlines()[0] == playbook.definition.splitlines()[0]


def test_facts_come_from_the_caller_then_from_the_house_then_from_the_shelf() -> None:
    playbook = find_playbook("welcome")

    facts = facts_of(playbook, {"start": "https://acme.test/go"}, {"product": "Acme", "site": "https://acme.test"})

    assert dict(facts.values) == {
        "product": "Acme",
        "team": "The Acme team",
        "site": "https://acme.test",
        "start": "https://acme.test/go",
        "guide": "https://acme.test",
    }
    assert facts.made_up == ()
    assert warnings_of(playbook, facts) == ()


def test_what_the_defaults_of_a_workspace_say_is_a_fact_if_it_can_be() -> None:
    said, odd = MailDefaults(company="Acme", website="https://acme.test"), MailDefaults(company="[[x]]", website="acme")

    assert house_of(said) == {"product": "Acme", "site": "https://acme.test"}
    assert house_of(odd) == {}


def test_what_nobody_said_is_warned_of() -> None:
    playbook = find_playbook("dunning")

    [warning] = warnings_of(playbook, facts_of(playbook, {}))

    assert warning == (
        "Nobody said what these are, and the mails hold examples: product, site, billing (where somebody changes the "
        "card). Change them before you activate it."
    )


@pytest.mark.parametrize(
    ("facts", "path", "message"),
    [
        ({"prodct": "Acme"}, "facts.prodct", "is no fact of this playbook, did you mean 'product'?"),
        ({"site": "acme.test"}, "facts.site", "is no link that begins with https:// or http://"),
        ({"site": "javascript:alert(1)"}, "facts.site", "is no link that begins with https:// or http://"),
        ({"site": "http://["}, "facts.site", "is no link"),
        ({"start": 'https://a.test/"x'}, "facts.start", "holds what no link may hold"),
        ({"start": "https://a.test/{{x}}"}, "facts.start", "holds what no link may hold"),
        ({"product": "{{ contact.email }}"}, "facts.product", "holds Liquid or brackets of its own"),
        ({"team": "[[site]]"}, "facts.team", "holds Liquid or brackets of its own"),
        ({"team": "a\nb"}, "facts.team", "is no line of text"),
        ({"team": " "}, "facts.team", "is no line of text"),
    ],
)
def test_a_fact_that_cannot_stand_in_a_mail_is_refused(facts: Mapping[str, str], path: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        facts_of(find_playbook("welcome"), facts)

    [problem] = refused.value.problems
    assert (problem.path, problem.message) == (path, message)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_no_name_of_a_product_becomes_anything_but_its_letters(name: str) -> None:
    playbook = find_playbook("dunning")
    try:
        facts = facts_of(playbook, {"product": name})
    except Invalid:
        return

    plain, filled = (_read(filled_in(playbook.about.mails["failed"], each)) for each in (facts_of(playbook, {}), facts))

    assert filled.tags == plain.tags
    assert "".join(filled.words) == "".join(plain.words).replace("our product", name)


def _read(draft: Any) -> _Words:
    words = _Words()
    words.feed(" ".join(block.get("content", "") for block in draft.blocks))
    words.close()
    return words


def test_an_unknown_playbook_names_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"no playbook 'welcom'\. Did you mean 'welcome'\?"):
        find_playbook("welcom")
