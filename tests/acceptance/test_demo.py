"""The demo shows what it promises, leaves nothing running, and touches no folder but its own."""

import re
import subprocess
from pathlib import Path

from tests.integration.embedded.watching import is_served
from tests.makers.installation import DRIPLINE, environ


def test_the_demo_shows_who_got_which_mail_when_and_why_others_did_not(tmp_path: Path) -> None:
    shown = _demo(tmp_path)

    assert (shown.returncode, shown.stderr) == (0, "")
    rows = re.findall(r"^│ (\w+) +│(.*)│$", shown.stdout, re.MULTILINE)
    assert {name: [cell.strip() for cell in cells.split("│")] for name, cells in rows} == {
        "Ada": ["day 0", "day 3", "day 7", "day 12", "day 14"],
        "Ben": ["day 0", "day 3", "-", "day 12", "day 14"],
        "Cleo": ["day 0", "day 3", "-", "-", "-"],
        "Dan": ["-", "-", "-", "-", "-"],
        "Eve": ["day 0", "-", "-", "-", "-"],
    }
    ends = re.findall(r"^(\w+) .*?((?:completed|left) on day \d+)", shown.stdout, re.MULTILINE)
    assert dict(ends) == {
        "Ada": "completed on day 14",
        "Ben": "completed on day 14",
        "Cleo": "left on day 7",
        "Dan": "left on day 0",
        "Eve": "left on day 1",
    }
    assert "12 mails sent, none twice." in shown.stdout
    assert not is_served(tmp_path / ".dripline-demo")


def _demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `dripline demo --once` does in a folder, with settings around it that are none of its business."""
    given = environ(
        {"DRIPLINE_DATABASE_URL": "postgresql://127.0.0.1:1/mine", "DRIPLINE_DATA_DIR": str(folder / "mine")}
    )
    command = [*DRIPLINE, "demo", "--once"]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=60)
