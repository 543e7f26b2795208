"""What a model answered is read as what a stranger says."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dripline.authoring.writing.brief import House, request, rules
from dripline.authoring.writing.forms import mail_form, plan_form, subjects_form
from dripline.authoring.writing.keeping import keep_aside
from dripline.authoring.writing.reading import Allowed, Planned, read_mail, read_plan, read_subjects
from dripline.kernel.errors import Invalid
from dripline.templates.compiling import compile_template
from dripline.templates.defaults import Brand, MailDefaults
from dripline.templates.model import TemplateDraft
from tests.makers.models import a_mail, a_plan

ALLOWED = Allowed(frozenset({"example.com"}), frozenset({"firstName", "event"}))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def mail(answer: object) -> TemplateDraft:
    return read_mail(answer if isinstance(answer, str) else json.dumps(answer), ALLOWED, name="a mail")


def faults(answer: object) -> Sequence[str]:
    with pytest.raises(Invalid) as refused:
        mail(answer)
    return [str(problem) for problem in refused.value.problems]


def text(content: str) -> dict[str, Any]:
    return a_mail(blocks=[{"type": "text", "content": content}])


def test_a_good_answer_is_a_template_that_compiles() -> None:
    draft = mail(a_mail("  Hello\n there "))

    assert (draft.name, draft.subject, draft.preview_text) == ("a mail", "Hello there", "What to do first.")
    assert "Begin" in compile_template(draft).text


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}\n```\n", "  {}  "])
def test_an_answer_may_be_fenced(fence: str) -> None:
    assert mail(fence.replace("{}", json.dumps(a_mail()))) == mail(a_mail())


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("", "the answer is not the JSON that was asked for"),
        ("Sure! Here is your mail:", "the answer is not the JSON that was asked for"),
        ('{"subject": "\ud800"}', "the answer is not the JSON that was asked for"),
        ({"subject": "x"}, "the answer is not the JSON that was asked for"),
        (a_mail(blocks=[{"type": "text"}]), "blocks[0].content: is missing"),
        (a_mail(blocks=[{"type": "hero", "title": "x"}]), "blocks[0].type: may not be written here"),
        (a_mail(blocks=[5]), "blocks[0]: is a number"),
        (a_mail(blocks=[{"type": "divider"}] * 31), "blocks: are too many"),
        (a_mail(subject=""), "subject: is empty"),
        (text("{% if true %}x{% endif %}"), "blocks[0].content: holds a Liquid tag"),
        (text("{{ firstName "), "line 1, column 1, blocks[0].content: {{ is never closed"),
        (text("{{ firstName | nofilter: 1 }}"), "line 1, column 16, blocks[0].content: unknown filter 'nofilter'"),
        (text("{{ firstName | raw }}"), "line 1, column 16, blocks[0].content: a value is shown as the HTML"),
        (text("{{ password }}"), "blocks: there is no variable password"),
        (text("<script>x</script>"), "blocks[0].content: holds HTML that is not wanted here"),
        (text("<p onclick='x'><svg></p>"), "blocks[0].content: holds HTML that is not wanted here"),
        (text("<a href='https://evil.test'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text("<a href='https://example.com.evil.test'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text("<a href='https://example.com@evil.test'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text(r"<a href='https://evil.test\@example.com'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text("<a href='//evil.test'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text("<a href='mailto:a@evil.test'>x</a>"), "blocks: leads where nobody said"),
        (text("<a href='{{ event.url }}'>x</a>"), "blocks: leads where nobody said"),
        (text("<a href='https://{{ event.host }}/'>x</a>"), "blocks[0].content: leads where nobody said"),
        (text("{{ firstName | 'https://evil.test' }}"), "blocks[0].content: leads where nobody said"),
        (a_mail(subject="Look: https://evil.test"), "subject: leads where nobody said"),
    ],
)
def test_a_bad_answer_is_refused_with_the_place(answer: object, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(answer)), faults(answer)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | JSON.map(json.dumps) | JSON.map(lambda blocks: json.dumps(a_mail(blocks=blocks))))
@example("[" * 100_000)
def test_no_answer_is_more_than_refused(answer: str) -> None:
    for read in (
        lambda: read_mail(answer, ALLOWED, name="a mail"),
        lambda: read_plan(answer, 3),
        lambda: read_subjects(answer, ALLOWED, 3),
    ):
        try:
            read()
        except Invalid:
            continue


_PIECES = st.sampled_from(
    [*("<a href=", "'", '"', ">", "</a>", "https://", "//", "\\", "@", "evil.test", "example.com"), *"/ {}x"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_no_link_of_a_mail_leads_where_nobody_said(content: str) -> None:
    try:
        draft = mail(text(content))
    except Invalid:
        return

    body = compile_template(draft).html.partition("<body")[2]
    assert not re.search(r"(?:href|src)=\"?'?(?:https?:)?//(?:[^/\"'>]*@)?evil\.test", body), body


def test_a_plan_has_as_many_mails_as_were_asked_for() -> None:
    plan = read_plan(json.dumps(a_plan(9, 2, 30)), 3)

    assert plan == (Planned("mail 1", 0), Planned("mail 2", 2), Planned("mail 3", 30))
    for wrong in (a_plan(0, 2), a_plan(0, 0, 1), a_plan(0, 1, 31)):
        with pytest.raises(Invalid):
            read_plan(json.dumps(wrong), 3)


def test_what_is_kept_comes_back_at_its_place() -> None:
    image = {"type": "image", "src": "https://cdn.test/a.png"}
    heading = {"type": "heading", "content": "Hi"}
    kept = keep_aside([image, heading])

    answer = json.dumps(a_mail(blocks=[heading, {"type": "kept", "number": 1}]))

    assert kept.shown == ({"type": "kept", "number": 1}, heading)
    assert list(read_mail(answer, ALLOWED, name="a mail", kept=kept).blocks or ()) == [heading, image]
    only = json.dumps(a_mail(blocks=[{"type": "kept", "number": 1}]))
    assert list(read_mail(only, ALLOWED, name="a mail", kept=keep_aside([image])).blocks or ()) == [image]


def test_forms_are_such_that_endpoints_can_hold_a_model_to_them() -> None:
    def objects(schema: Any) -> list[Any]:
        if isinstance(schema, dict):
            inner = [each for value in schema.values() for each in objects(value)]
            return [schema, *inner] if schema.get("type") == "object" else inner
        return [each for value in schema for each in objects(value)] if isinstance(schema, list) else []

    image = keep_aside([{"type": "image", "src": "x"}])
    for form in (mail_form(), plan_form(), subjects_form(), image.form()):
        for each in objects(form.schema):
            assert each["additionalProperties"] is False
            assert each["required"] == list(each["properties"])


def test_a_model_is_told_of_the_company_and_where_links_may_lead() -> None:
    brand = Brand(voice="Dry.", facts=("Docs are at https://docs.acme.test/start.",))
    house = House(MailDefaults(company="Acme", website="https://acme.test", brand=brand), ("see http://shop.test.",))

    told = rules(house, ["firstName"]).content + request("Write.", house, aim="x", nothing=None).content

    assert house.sites == ("https://acme.test", "http://shop.test", "https://docs.acme.test/start")
    assert house.hosts == {"acme.test", "shop.test", "docs.acme.test"}
    assert House(MailDefaults()).hosts == {"example.com"}
    assert all(
        part in told for part in ('"company": "Acme"', '"voice": "Dry."', '"aim": "x"', "{{ firstName | 'there' }}")
    )
    assert "nothing" not in told.partition("Write.")[2]
