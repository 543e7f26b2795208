"""Received mail classified on the command line."""

import io
import json
import sys
from pathlib import Path

import pytest

from dripline.cli.main import main
from tests.makers.returned import BOUNCES


def run(*words: object) -> int:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["bounce", "classify", *map(str, words)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_one_mail_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BOUNCES["postfix"].raw)))

    status = run()

    assert (status, json.loads(capsys.readouterr().out)) == (
        0,
        {
            "file": "-",
            "kind": "bounce",
            "recipients": [{"address": "jane@customer.example", "class": "hard", "status": "5.1.1"}],
        },
    )


def test_a_folder_gives_a_line_for_each_file_whatever_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.eml").write_bytes(BOUNCES["qmail"].raw)
    (tmp_path / "b.bin").write_bytes(b"\x00\xff")
    (tmp_path / "c.eml").write_bytes(b"")

    status = run("--dir", tmp_path)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert [(line["file"], line["kind"]) for line in lines] == [
        ("b.bin", "none"),
        ("c.eml", "none"),
        ("inner/a.eml", "bounce"),
    ]
    assert lines[1]["fault"] == "it is empty"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run("--dir", tmp_path / "none")

    assert (status, capsys.readouterr().err) == (1, f"{tmp_path / 'none'}: there is no such folder.\n")
