"""The command line tells errors in one message, and starts fast."""

import json
import subprocess
import sys

import pytest

from dripline import __version__
from dripline.cli.main import main
from dripline.sequences.language.schema import language_schema
from dripline.settings import SETTINGS


def test_an_error_is_one_message_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRIPLINE_PORT", "eighty")

    with pytest.raises(SystemExit) as ended:
        main(["serve"])

    assert ended.value.code == 1
    assert capsys.readouterr().err == "DRIPLINE_PORT: expected a whole number from 1 to 65535, found 'eighty'\n"


def test_a_misspelt_setting_is_warned_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DRIPLINE_PROT", "80")
    monkeypatch.setenv("DRIPLINE_PORT", "eighty")

    with pytest.raises(SystemExit):
        main(["serve"])

    assert "warning: DRIPLINE_PROT is no setting of Dripline" in capsys.readouterr().err


def test_settings_lists_every_setting_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRIPLINE_SECRET_KEY", "hunter2hunter2hunter2")

    with pytest.raises(SystemExit) as ended:
        main(["settings"])

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert [setting.name for setting in SETTINGS if setting.name not in shown] == []
    assert "hunter2" not in shown


def test_version_names_the_release(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"dripline {__version__} ")


def test_schema_writes_the_schema_of_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["schema"])

    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(language_schema()))


def test_the_command_line_imports_nothing_heavy() -> None:
    script = "import sys, dripline.cli.main; print([m for m in ('asyncpg', 'litestar', 'uvicorn') if m in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert shown == "[]\n"
