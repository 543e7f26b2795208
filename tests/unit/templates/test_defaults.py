import pytest

from dripline.kernel.errors import Invalid
from dripline.templates.blocks.theme import Theme
from dripline.templates.defaults import Brand, LogoDefaults, MailDefaults, check_defaults, workspace_variables


def test_templates_find_what_is_said_and_nothing_else() -> None:
    said = MailDefaults(
        company="Example Ltd",
        postal_address="1 Main Street,\n12345 Town",
        logo=LogoDefaults(url="https://example.com/logo.png"),
        brand=Brand(voice="Calm.", facts=("We sail.",)),
    )

    assert workspace_variables(MailDefaults()) == {}
    assert workspace_variables(said) == {
        "company": "Example Ltd",
        "postalAddress": "1 Main Street, 12345 Town",
        "logo": {"url": "https://example.com/logo.png", "alt": "Example Ltd"},
    }


def test_space_around_texts_is_dropped() -> None:
    said = check_defaults(MailDefaults(company=" Example Ltd ", postal_address=" 1 Main Street \n\n Town\n"))

    assert said == MailDefaults(company="Example Ltd", postal_address="1 Main Street\nTown")


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        (MailDefaults(company="x" * 257), ["company"]),
        (MailDefaults(website="javascript:alert(1)"), ["website"]),
        (MailDefaults(website="example.com"), ["website"]),
        (MailDefaults(logo=LogoDefaults(url="ftp://example.com/a.png", alt="\0")), ["logo.alt", "logo.url"]),
        (MailDefaults(theme=Theme(accent_color="red;x", page_color='"')), ["theme.pageColor", "theme.accentColor"]),
        (MailDefaults(brand=Brand(facts=("fine", "x" * 1_001))), ["brand.facts[1]"]),
    ],
)
def test_what_cannot_be_a_default_is_named(said: MailDefaults, paths: list[str]) -> None:
    with pytest.raises(Invalid) as error:
        check_defaults(said)

    assert [problem.path for problem in error.value.problems] == paths
