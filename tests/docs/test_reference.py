"""The reference names every setting and every command, and nothing that is not there."""

import re
from pathlib import Path

from dripline.cli.main import app
from dripline.settings import SETTINGS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_reference_of_settings_is_the_list_of_settings() -> None:
    text = (REFERENCE / "settings.md").read_text()
    rows = re.findall(r"^\| `(DRIPLINE_\w+)` \| (.*?) \| (.*?) \| (.*) \|$", text, re.MULTILINE)

    shown = [
        (setting.name, f"`{setting.default}`" if setting.default else "", setting.unit, setting.help)
        for setting in SETTINGS
    ]

    assert rows == shown


def test_the_reference_of_commands_names_every_command() -> None:
    text = (REFERENCE / "cli.md").read_text()
    described = re.findall(r"^## `dripline ([\w-]+)", text, re.MULTILINE)

    commands = [name for name in app if not name.startswith("-")]

    assert sorted(described) == sorted(commands)
