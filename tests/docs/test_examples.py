"""Every example and every code block that is meant to run does run, and prints what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dripline.sequences.compiler.checking import check
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from tests.makers.installation import ROOT, Installation

PAGES = (
    "README.md",
    "docs/tutorial/first-sequence.md",
    "docs/how-to/test-a-sequence.md",
    "docs/how-to/pause-and-resume.md",
    "docs/how-to/edit-a-live-sequence.md",
    "docs/how-to/find-out-why.md",
    "docs/how-to/give-all-mails-one-look.md",
    "docs/reference/contacts.md",
    "docs/reference/campaigns.md",
    "docs/reference/segments.md",
    "docs/reference/sequenzy.md",
    "docs/reference/structured-sequences.md",
)
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<content>.*?)^```\n", re.MULTILINE | re.DOTALL)
_END = "end of a block"


@pytest.mark.parametrize("page", PAGES)
def test_the_code_blocks_of_a_page_run_and_print_what_it_shows(
    page: str, product: Installation, tmp_path: Path
) -> None:
    blocks = list(_runnable((ROOT / page).read_text()))
    script = "\n".join(["set -euo pipefail", *(f"{code}echo '{_END}'" for code, _ in blocks)])

    ran = _run(["bash", "-c", script], product, tmp_path)

    assert (ran.returncode, ran.stderr) == (0, "")
    printed = ran.stdout.split(f"{_END}\n")
    assert [text for text, (_, shown) in zip(printed, blocks, strict=False) if shown is not None] == [
        shown for _, shown in blocks if shown is not None
    ]


def test_the_trial_expiry_example_runs_again_and_again(product: Installation, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples/trial-expiry/run.py")]

    runs = [_run(command, product, tmp_path) for _ in range(2)]

    lines = """\
Lena  day  0  Welcome, Lena
Lena  day  3  Three shortcuts worth knowing
Lena  day  7  You have not tried reports yet
Lena  day 12  Two days left
Lena  day 14  Your trial is over
Tom   day  0  Welcome, Tom
Tom   day  3  Three shortcuts worth knowing
Tom   day 12  Two days left
Tom   day 14  Your trial is over
"""
    assert [(run.stdout, run.stderr) for run in runs] == [(lines, "")] * 2


def test_the_order_follow_up_example_runs_again_and_again(product: Installation, tmp_path: Path) -> None:
    command = [str(ROOT / "examples/order-follow-up/run.sh")]

    runs = [_run(command, product, tmp_path).stdout for _ in range(2)]

    assert [re.findall(r"^[-0-9]{10} (.*)", printed, re.MULTILINE) for printed in runs] == [
        ["Your order ORD-12345", "How do you like it?"]
    ] * 2
    assert "We have your order ORD-12345: 3 items, 79.99 GBP." in runs[0]


def test_every_folder_of_examples_is_run_by_a_test() -> None:
    folders = {folder.name for folder in (ROOT / "examples").iterdir() if folder.is_dir()}

    assert folders == {"trial-expiry", "order-follow-up"}


@pytest.mark.parametrize("file", sorted((ROOT / "examples").rglob("*.yaml")), ids=lambda file: file.parent.name)
def test_the_sequences_of_the_examples_have_templates_for_every_email(file: Path) -> None:
    templates = {template.stem for template in (file.parent / "templates").iterdir()}

    definition = name_steps(read_definition(file.read_text()))

    report = check(definition, templates=templates, lists=(), segments=(), sequences=(), senders=lambda _: None)

    assert report.problems == ()


def _runnable(text: str) -> Iterator[tuple[str, str | None]]:
    """The blocks marked `sh`, each with what the `text` block right after it says that it prints."""
    found = list(_BLOCK.finditer(text))
    for place, block in enumerate(found):
        if block["kind"] != "sh":
            continue
        after = found[place + 1] if place + 1 < len(found) else None
        follows = after is not None and after["kind"] == "text" and not text[block.end() : after.start()].strip()
        yield block["content"], after["content"] if after is not None and follows else None


def _run(command: Sequence[str], product: Installation, folder: Path) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "API": f"{product.url}/api", "KEY": product.key}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=60)
