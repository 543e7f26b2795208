"""The pages hold together: links lead somewhere, names exist, nothing is left out, and no machine shows through."""

import re
from pathlib import Path

import pytest
from cyclopts import App

from dripline.cli.main import app
from tests.makers.installation import ROOT

_AT_THE_TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = sorted(
    [*(ROOT / name for name in _AT_THE_TOP), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Where packages come from is said by nobody's page, but by the configuration of whoever installs.
_REGISTRY = re.compile(r"index-url|(?:files|registry|registries)\.[a-z]+\.[a-z]{2,}|\bpip\.conf\b", re.IGNORECASE)
_MACHINE = re.compile(r"(?<![\w.$-])/(?:home|root|work|tmp|Users|mnt)/")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = _FENCED.sub("", page.read_text())
    links = [link for link in _LINK.findall(text) if not link.startswith(("https://", "http://", "mailto:"))]

    broken = [link for link in links if not _leads_somewhere(page, link)]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_page_names_a_registry_or_a_path_of_a_machine(page: Path) -> None:
    text = page.read_text()

    assert [match[0] for pattern in (_REGISTRY, _MACHINE) for match in pattern.finditer(text)] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(index.read_text())}

    assert {_name(page) for page in (ROOT / "docs").rglob("*.md")} - {_name(page) for page in linked} == {_name(index)}


def test_contributing_names_every_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text()))

    assert named == targets


def test_the_reference_of_commands_names_every_option() -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    sections = {section.split()[1].strip("`"): section for section in text.split("\n## `")[1:]}

    missing = [
        f"{name} {option}"
        for name, section in sections.items()
        for command in _commands(app[name])
        for argument in command.assemble_argument_collection()
        for option in argument.names
        if option.startswith("--") and option not in section
    ]

    assert missing == []


def _commands(command: App) -> list[App]:
    """The command itself, or those that are grouped in it."""
    if command.default_command is not None:
        return [command]
    return [inner for name in command if not name.startswith("-") for inner in _commands(command[name])]


def test_the_reference_of_events_names_every_system_event() -> None:
    sources = (file.read_text() for file in (ROOT / "src").rglob("*.py"))
    recorded = {name for source in sources for name in re.findall(r'"(email\.[a-z_]+)"', source)}
    # A mailbox provider is called so too.
    recorded -= {"email.com"}
    page = (ROOT / "docs" / "reference" / "events.md").read_text()

    assert set(re.findall(r"^\| `(email\.\w+)` \|", page, re.MULTILINE)) == recorded


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not heading or heading in _headings(target.read_text())


def _headings(text: str) -> set[str]:
    """The anchors that a page has, as code hosts make them: lower case, spaces as dashes, no punctuation."""
    titles = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
