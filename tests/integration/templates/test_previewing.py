from dataclasses import replace

import pytest

from dripline.kernel.errors import Unprocessable
from dripline.kernel.values import Json
from dripline.templates.compiling import compile_template
from dripline.templates.defaults import KeptDefaults, MailDefaults
from dripline.templates.model import Template, TemplateDraft
from dripline.templates.previewing import Preview, preview
from dripline.templates.rendering.pool import Renderer
from tests.makers.templates import a_template

ANN: dict[str, Json] = {
    "contact": {"email": "ann@example.com", "properties": {"firstName": "Ann", "nick": "", "tags": ["a", "b"]}},
    "event": {"order": {"id": 7}},
    "unsubscribe_url": "https://example.com/u",
    "preferences_url": "https://example.com/p",
}


FOOTER = (
    '<p style="margin:24px 0;font:12px/18px sans-serif;color:#6b7280;text-align:center">'
    '<a href="https://example.com/p" style="color:#6b7280">Preferences</a> &middot; '
    '<a href="https://example.com/u" style="color:#6b7280">Unsubscribe</a></p>'
)


def saved(html: str) -> Template:
    draft = TemplateDraft("Welcome", "Hi {{ firstName }}", html=html)
    compiled = compile_template(draft)
    return a_template(subject=draft.subject, html=compiled.html, text=compiled.text, variables=compiled.variables)


async def test_a_preview_shows_the_mail_and_what_is_missing(renderer: Renderer) -> None:
    template = saved("<p>{{ plan }}{{ nick }}{{ event.order.id }}{{ event.order.sum }}{{ tags.size }}{{ tags[0] }}</p>")

    seen = await preview(renderer, replace(template, preview_text="For {{ firstName }}"), ANN)

    assert seen == Preview(
        "Hi Ann",
        "For Ann",
        f"<p>72a</p>{FOOTER}",
        "72a\n\n-- \nPreferences: https://example.com/p\nUnsubscribe: https://example.com/u\n",
        (
            "event.order.sum has no value.",
            "nick is empty.",
            "plan has no value.",
        ),
    )


async def test_a_template_that_cannot_work_for_this_contact_says_why(renderer: Renderer) -> None:
    words = "'welcome' cannot be rendered for this contact: line 1, column 8, html: divided_by"
    with pytest.raises(Unprocessable, match=words):
        await preview(renderer, saved("{{ 1 | divided_by: 0 }}"), ANN)


async def test_a_preview_shows_what_the_workspace_says_in_all_its_mails(renderer: Renderer) -> None:
    defaults = KeptDefaults(3, MailDefaults(company="A & B", postal_address="1 Main Street\nTown"), None)

    seen = await preview(
        renderer, saved("<p>{{ workspace.company }}{{ workspace.website }}</p>"), ANN, defaults=defaults
    )

    assert seen.text == (
        "A & B\n\n-- \nA & B\n1 Main Street, Town\nPreferences: https://example.com/p\nUnsubscribe: https://example.com/u\n"
    )
    assert "<p>A &amp; B</p>" in seen.html
    assert seen.warnings == ("workspace.website has no value.",)


async def test_a_preview_names_images_that_say_nothing(renderer: Renderer) -> None:
    images = '<img src="a.png"><img src="b.png" alt="B"><img src="{{ x }}" width="1">{{ event.order.id }}'

    seen = await preview(renderer, saved(images), ANN, samples=("event.",))

    assert seen.warnings == (
        "event.order.id is a sample.",
        "x has no value.",
        "The image a.png has no alt text, which is read where images are not shown.",
    )
    assert seen.size == len(seen.html)
