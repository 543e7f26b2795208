import pytest

from dripline.kernel.errors import Invalid, Problem
from dripline.templates.compiling import Compiled, compile_template
from dripline.templates.model import SourceKind, TemplateDraft, check_slug


def test_html_is_kept_and_gets_a_text() -> None:
    draft = TemplateDraft("Welcome", "Hi {{ firstName }}", html="<p>{{ plan }}</p>", variables=("order", "plan"))

    assert compile_template(draft) == Compiled(
        SourceKind.HTML, "<p>{{ plan }}</p>", "<p>{{ plan }}</p>", "{{ plan }}\n", ("order", "plan", "firstName")
    )


def test_a_given_text_is_kept() -> None:
    draft = TemplateDraft("Welcome", "Hi", html="<p>a</p>", text="  {{ b }}\n\n\n")

    assert compile_template(draft).text == "  {{ b }}\n\n\n"


def test_a_preview_text_is_hidden_at_the_beginning_of_the_body() -> None:
    draft = TemplateDraft("Welcome", "Hi", html="<body class='{{ a }}'>{{ b }}</body>", preview_text="A & {{ c }}")

    compiled = compile_template(draft)

    hidden = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">A &amp; {{ c }}</div>'
    assert (compiled.html, compiled.text) == (f"<body class='{{{{ a }}}}'>{hidden}{{{{ b }}}}</body>", "{{ b }}\n")


@pytest.mark.parametrize(
    ("draft", "path", "message"),
    [
        (TemplateDraft("n", "s"), "html", "is missing"),
        (TemplateDraft("n", "s", html="a", mjml="b"), "html", "is given together with mjml"),
        (TemplateDraft("n", "s", mjml=" \n"), "mjml", "is empty"),
        (TemplateDraft("n", " ", html="a"), "subject", "is empty"),
        (TemplateDraft("n", "s", html="a" * 256_001), "html", "is too long: 256001 characters"),
        (TemplateDraft("n", "s", html="é" * 128_001), "html", "is too large: 256002 bytes"),
        (TemplateDraft("n", "s", html="a", text="é" * 128_001), "text", "is too large: 256002 bytes"),
        (TemplateDraft("n", "s", html="a\0"), "html", "holds the character NUL"),
        (TemplateDraft("n", "s", html="a", text="\ud800"), "text", "holds half of a surrogate pair"),
        (TemplateDraft("n" * 257, "s", html="a"), "name", "is too long: 257 characters"),
        (TemplateDraft("n", "s", html="a", variables=("\0",)), "variables", "holds the character NUL"),
    ],
)
def test_what_cannot_be_a_template_is_refused(draft: TemplateDraft, path: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_template(draft)

    assert [(problem.path, problem.message) for problem in caught.value.problems] == [(path, message)]


def test_all_faults_of_all_parts_are_named_at_once() -> None:
    draft = TemplateDraft("n", "{{ a", html="b\n{{ c | d: 1 }}", text="{% if %}{% endif %}", preview_text="{% x %}")

    with pytest.raises(Invalid) as caught:
        compile_template(draft)

    assert [(problem.path, problem.line, problem.column) for problem in caught.value.problems] == [
        ("subject", 1, 1),
        ("html", 2, 8),
        ("previewText", 1, 4),
        ("text", 1, 4),
    ]


def test_a_text_that_cannot_be_made_is_asked_for() -> None:
    with pytest.raises(Invalid) as caught:
        compile_template(TemplateDraft("n", "s", html="{% if x %}<div style='display:none'>{% endif %}x</div>"))

    assert caught.value.problems == (
        Problem(
            "text",
            "its Liquid does not survive being compiled: {% if %} is never closed",
            hint="Please give a text of your own.",
        ),
    )


@pytest.mark.parametrize("slug", ["a", "Trial.Welcome_2-x", "a" * 128, "tpl_welcome"])
def test_a_slug_is_kept_as_it_is(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize("slug", ["", "a" * 129, "a b", "a/b", "ä", "a\n", "tpl_01k9zzzzzzzzzzzzzzzzzzzzzz"])
def test_anything_else_is_no_slug(slug: str) -> None:
    with pytest.raises(Invalid):
        check_slug(slug)
