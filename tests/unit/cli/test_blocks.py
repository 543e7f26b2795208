"""Blocks turned into HTML, and HTML into blocks, on the command line."""

import io
import json
import sys
from pathlib import Path

import pytest

from dripline.cli.main import main
from dripline.templates.blocks.examples import EXAMPLES
from tests.makers.blocks import html_of

TEXT = {"type": "text", "content": "Hi {{ firstName }}"}


def run(*words: object, command: str = "to-html") -> int:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["blocks", command, *map(str, words)])
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


def test_html_becomes_blocks_that_become_html_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = "<title>Hi</title><div style='display:none'>Look {{ x }}</div><p>One</p><form>Two</form>"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(html.encode())))
    file = tmp_path / "blocks.json"

    first = run("-", command="from-html")

    told = capsys.readouterr()
    file.write_text(told.out)
    second = run(file)
    shown = capsys.readouterr().out
    assert (first, second) == (0, 0)
    assert json.loads(told.out) == {
        "blocks": [{"type": "text", "content": "<p>One</p>"}, {"type": "html", "content": "<form>Two</form>"}],
        "subject": "Hi",
        "previewText": "Look {{ x }}",
    }
    assert told.err == "warning: 1 part of it stayed HTML, in blocks of the type html.\n"
    assert shown.index("Look {{ x }}</div>") < shown.index("<p") < shown.index("<form>Two</form>")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "html: is empty"),
        (b"\xff", "this is no UTF-8"),
        (b"a\x00", "html"),
        (b"<div>" * 2_000, "html: has 2000 elements open at once"),
    ],
)
def test_html_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, told: str
) -> None:
    file = tmp_path / "mail.html"
    file.write_bytes(content)

    status = run(file, command="from-html")

    shown = capsys.readouterr()
    assert (status, shown.out, told in shown.err) == (1, "", True)


@pytest.mark.parametrize(("line", "told"), [(3, "previewText: is no text"), ("{{", "previewText: {{ is never closed")])
def test_a_line_of_the_inbox_that_is_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: object, told: str
) -> None:
    file = tmp_path / "blocks.json"
    file.write_text(json.dumps({"blocks": [TEXT], "previewText": line}))

    status = run(file)

    assert (status, told in capsys.readouterr().err.replace("line 1, column 1, ", "")) == (1, True)
