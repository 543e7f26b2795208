"""Blocks turned into HTML on the command line."""

import io
import json
import sys
from pathlib import Path

import pytest

from dripline.cli.main import main
from dripline.templates.blocks.examples import EXAMPLES
from tests.makers.blocks import html_of

TEXT = {"type": "text", "content": "Hi {{ firstName }}"}


def run(*words: object) -> int:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["blocks", "to-html", *map(str, words)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("wrap", [lambda blocks: blocks, lambda blocks: {"blocks": blocks}])
def test_a_file_of_blocks_becomes_html(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrap: object) -> None:
    assert callable(wrap)
    file = tmp_path / "blocks.json"
    file.write_text(json.dumps(wrap(list(EXAMPLES.values()))))

    status = run(file)

    shown = capsys.readouterr()
    assert (status, shown.out, shown.err) == (0, html_of(*EXAMPLES.values()) + "\n", "")


def test_blocks_are_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps([{**TEXT, "colour": "red"}]).encode())))

    status = run("-")

    shown = capsys.readouterr()
    assert (status, "Hi {{ firstName }}" in shown.out) == (0, True)
    assert shown.err == "warning: blocks[0].colour: is unknown and was left out\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            '[{"type": "text"}, {"type": "txt"}]',
            "blocks[0].content: is missing\nblocks[1].type: is no type of a block, did",
        ),
        ("[", "this is no JSON"),
        ('"x"', "blocks: is a text"),
        ("\ufeff", "this is no JSON"),
    ],
)
def test_every_fault_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    file = tmp_path / "blocks.json"
    file.write_text(content)

    status = run(file)

    shown = capsys.readouterr()
    assert (status, shown.out, told in shown.err) == (1, "", True)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nothing") == 1
    assert "No such file" in capsys.readouterr().err
