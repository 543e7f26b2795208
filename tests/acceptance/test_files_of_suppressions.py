"""Suppressed addresses go in from files and out to files by the command line."""

import csv
import subprocess
from pathlib import Path

from tests.makers.installation import DRIPLINE, Installation, environ


def _run(product: Installation, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What `dripline suppressions` with these words does."""
    settings = environ({"DRIPLINE_DATA_DIR": str(product.folder), "DRIPLINE_KEY": product.key})
    command = [*DRIPLINE, "suppressions", *words]
    return subprocess.run(command, env=settings, input=given, capture_output=True, text=True, check=False, timeout=60)


def test_suppressions_go_in_and_come_out_the_same(product: Installation, tmp_path: Path) -> None:
    file = tmp_path / "never.csv"
    file.write_text("email,reason,detail\nada@never.example.com,bounced,550 no such user\nben@never.example.com,,\n")

    first = _run(product, "import", str(file))
    exported = _run(product, "export")
    back = _run(product, "import", "-", given=exported.stdout)

    assert (first.returncode, first.stdout, first.stderr) == (
        0,
        "2 suppressed, 0 known before, 0 rejected\n",
        "",
    )
    rows = csv.DictReader(exported.stdout.splitlines())
    assert [(row["email"], row["reason"], row["detail"]) for row in rows] == [
        ("ada@never.example.com", "bounced", "550 no such user"),
        ("ben@never.example.com", "manual", ""),
    ]
    assert (back.returncode, back.stdout) == (0, "0 suppressed, 2 known before, 0 rejected\n")


def test_rows_that_cannot_be_read_are_named_and_the_command_ends_with_1(product: Installation, tmp_path: Path) -> None:
    file = tmp_path / "never.csv"
    file.write_text("email,reason\nnobody,\ncarl@never.example.com,manual\n")

    ran = _run(product, "import", str(file))

    assert (ran.returncode, ran.stdout) == (1, "1 suppressed, 0 known before, 1 rejected\n")
    assert ran.stderr.startswith("row 2, email: ")


def test_a_file_that_is_not_there_is_one_message(product: Installation, tmp_path: Path) -> None:
    ran = _run(product, "import", str(tmp_path / "none.csv"))

    assert (ran.returncode, ran.stderr) == (1, f"{tmp_path / 'none.csv'}: No such file or directory.\n")
