"""Contacts go in from files and out to files by the command line."""

import subprocess
from pathlib import Path

from tests.makers.installation import DRIPLINE, Installation, environ


def _run(product: Installation, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = environ({"DRIPLINE_DATA_DIR": str(product.folder), "DRIPLINE_KEY": product.key, **settings})
    return subprocess.run(
        [*DRIPLINE, *words],
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_a_file_goes_in_and_comes_out_the_same(product: Installation, tmp_path: Path) -> None:
    product.ask("POST", "/api/lists", {"name": "From a file"})
    file = tmp_path / "people.csv"
    file.write_text("email,firstName,seats\nada@files.example.com,Ada,3\nben@files.example.com,Ben,5\n")

    rehearsed = _run(product, "import", str(file), "--list", "from-a-file", "--dry-run")
    imported = _run(product, "import", str(file), "--list", "from-a-file", "--tags", "a,b")
    again = tmp_path / "again.csv"
    exported = _run(product, "export", "--list", "from-a-file", "--out", str(again))
    back = _run(product, "import", str(again), "--no-enroll")
    shown = _run(product, "export", "--list", "from-a-file", "--format", "jsonl")

    assert [each.returncode for each in (rehearsed, imported, exported, back, shown)] == [0] * 5, (
        rehearsed.stderr,
        imported.stderr,
        exported.stderr,
    )
    assert rehearsed.stdout == (
        "2 rows: 2 created, 0 updated, 0 unchanged, 0 failed\nNothing was written: this was a dry run.\n"
    )
    assert imported.stdout == "2 rows: 2 created, 0 updated, 0 unchanged, 0 failed\n"
    assert back.stdout == ("2 rows: 0 created, 0 updated, 2 unchanged, 0 failed\nColumns passed over: id, createdAt\n")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["again.csv", "people.csv"]
    assert shown.stdout.count('"tags":["a","b"]') == 2


def test_rows_that_fail_are_shown_and_the_command_ends_with_1(product: Installation, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,timezone\nada@rows.example.com,Mars/Base\nben@rows.example.com,\nnobody,\n")

    ran = _run(product, "import", str(file))

    assert ran.returncode == 1
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert [line[:4] for line in lines[1:3]] == [
        ["1", "2", "timezone", "is"],
        ["3", "4", "email", "is"],
    ]
    assert ran.stdout.endswith("3 rows: 1 created, 0 updated, 0 unchanged, 2 failed\n")


def test_what_cannot_be_done_is_said_in_one_message(product: Installation, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name\nAda\n")
    file = str(tmp_path / "names.csv")

    tries = [
        _run(product, "import", file),
        _run(product, "import", str(tmp_path / "nothing.csv")),
        _run(product, "import", file, DRIPLINE_KEY="dl_test_of_somebody_else"),
        _run(product, "import", file, DRIPLINE_KEY=""),
        _run(product, "import", file, "--url", "http://127.0.0.1:1"),
        _run(product, "export", "--list", "nowhere", "--out", str(tmp_path / "out.csv")),
        _run(product, "import", file, "--url", "localhost"),
    ]

    assert [each.returncode for each in tries] == [1] * 7
    assert all("Traceback" not in each.stderr and each.stderr.count("\n") == 1 for each in tries)
    assert "has no column with addresses" in tries[0].stderr
    assert "nothing.csv cannot be read" in tries[1].stderr
    assert "UNAUTHORISED" in tries[2].stderr
    assert "--key" in tries[3].stderr
    assert tries[4].stderr.startswith("http://127.0.0.1:1 got no answer to POST ")
    assert "NOT_FOUND" in tries[5].stderr
    assert tries[6].stderr == ("'localhost' is no address of a product: expected one such as http://127.0.0.1:8025.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["names.csv"]


def test_the_address_of_a_product_may_be_that_of_its_api(product: Installation) -> None:
    written = [_run(product, "export", "--url", f"{product.url}{end}") for end in ("", "/", "/api", "/api/")]

    assert [each.returncode for each in written] == [0] * 4
    assert {each.stdout for each in written} == {written[0].stdout}
