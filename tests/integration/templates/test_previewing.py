import pytest

from dripline.kernel.errors import Unprocessable
from dripline.kernel.values import Json
from dripline.templates.compiling import compile_template
from dripline.templates.model import Template, TemplateDraft
from dripline.templates.previewing import Preview, preview
from dripline.templates.rendering.pool import Renderer
from tests.makers.templates import a_template

ANN: dict[str, Json] = {
    "contact": {"email": "ann@example.com", "properties": {"firstName": "Ann", "nick": "", "tags": ["a", "b"]}},
    "event": {"order": {"id": 7}},
    "unsubscribe_url": "https://example.com/u",
}


def saved(html: str) -> Template:
    draft = TemplateDraft("Welcome", "Hi {{ firstName }}", html=html)
    compiled = compile_template(draft)
    return a_template(subject=draft.subject, html=compiled.html, text=compiled.text, variables=compiled.variables)


async def test_a_preview_shows_the_mail_and_what_is_missing(renderer: Renderer) -> None:
    template = saved("<p>{{ plan }}{{ nick }}{{ event.order.id }}{{ event.order.sum }}{{ tags.size }}{{ tags[0] }}</p>")

    assert await preview(renderer, template, ANN) == Preview(
        "Hi Ann",
        "<p>72a</p>",
        "72a\n",
        (
            "event.order.sum has no value.",
            "nick is empty.",
            "plan has no value.",
        ),
    )


async def test_a_template_that_cannot_work_for_this_contact_says_why(renderer: Renderer) -> None:
    with pytest.raises(Unprocessable, match="'welcome' cannot be rendered for this contact: line 1: divided_by"):
        await preview(renderer, saved("{{ 1 | divided_by: 0 }}"), ANN)
