"""The dry run of a file: the path of one contact, or every fault with its line."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

from dripline.cli.main import main
from tests.makers.published import TRIAL_EXPIRY

TRIAL = '{"email": "ada@example.com", "properties": {"plan": "trial"}}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trial.yaml"
    path.write_text(TRIAL_EXPIRY)
    return path


def run(*words: object) -> int:
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["dry-run", *map(str, words)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_it_shows_every_step_with_its_time_outcome_and_template(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(file, "--contact", TRIAL)

    shown = capsys.readouterr().out
    rows = [re.split(r"  +", line.strip()) for line in shown.splitlines()]
    mails = [(row[0], row[2], row[3]) for row in rows if len(row) > 3 and row[3] in {"sent", "skipped"}]
    assert status == 0
    assert mails == [
        ("0m", "trial-welcome", "sent"),
        ("3d", "trial-tips", "sent"),
        ("7d", "trial-feature-prompt", "sent"),
        ("12d", "trial-expiring-soon", "sent"),
        ("14d", "trial-expired", "sent"),
    ]
    assert "completed after 14d" in shown


def test_a_warning_has_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file)

    shown = capsys.readouterr().out
    assert "exited (exit_condition) after 0m" in shown
    assert f"warning: {file}:5:5: exitConditions[0]: " in shown
    assert "    5 |   - property: contact.properties.plan\n      |     ^\n" in shown


def test_json_has_the_shape_of_the_api(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(file, "--contact", TRIAL, "--json")

    answer = json.loads(capsys.readouterr().out)
    assert status == 0
    assert answer.keys() == {"steps", "end", "warnings"}
    assert answer["steps"][0].keys() == {"id", "action", "at", "outcome", "reason", "template", "subject"}
    assert (answer["end"]["status"], answer["warnings"][0]["line"]) == ("completed", 5)


def test_an_event_that_enrolls_is_seen_by_conditions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sequence.yaml"
    condition = "{action: condition, property: event.vip, operator: equals, value: true, onTrue: exit}"
    file.write_text(f"trigger: {{event: bought}}\nsteps:\n  - {condition}\n  - {{action: email, template: thanks}}\n")

    run(file, "--event", '{"vip": true}', "--json")

    assert json.loads(capsys.readouterr().out)["end"]["reason"] == "condition"


def test_a_definition_may_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRIAL_EXPIRY.encode())))

    status = run("-", "--contact", TRIAL)

    assert (status, "completed after 14d" in capsys.readouterr().out) == (0, True)


def test_every_fault_is_shown_with_line_column_and_the_line_itself(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TRIAL_EXPIRY.replace("duration: 4d", "duration: 4 days").replace("template: trial-expired", "templat: x")
    file.write_text(text)

    status = run(file)

    said = capsys.readouterr()
    assert (status, said.out) == (1, "")
    places = [line for line in said.err.splitlines() if line.startswith(str(file))]
    assert [place.removeprefix(f"{file}:").split(" ")[0] for place in places] == ["17:15:", "31:5:", "32:5:"]
    assert "   17 |     duration: 4 days\n      |               ^\n" in said.err
    assert "Did you mean 'template'?" in said.err


def test_what_is_wrong_with_the_whole_has_its_line_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TRIAL_EXPIRY.replace("- action: delay\n    duration: 2d", "- action: exit"))

    status = run(file)

    assert (status, capsys.readouterr().err.startswith(f"{file}:30:")) == (1, True)


def test_faults_as_json_are_the_error_of_the_api(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("trigger:\n  event: [1\n")

    status = run(file, "--json")

    error = json.loads(capsys.readouterr().out)["error"]
    assert (status, error["code"]) == (1, "VALIDATION_ERROR")
    assert error["details"][0]["line"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--contact", "ada"], "--contact: is no JSON"),
        (["--contact", "[]"], "--contact: is no JSON object"),
        (["--contact", '{"propertis": {}}'], "--contact.propertis: is no field of this. Did you mean properties?"),
        (["--contact", '{"email": "ada"}'], "--contact.email: is no email address"),
        (["--contact", '{"timezone": "Mars"}'], "--contact.timezone: is no time zone"),
        (["--event", "7"], "--event: is no JSON object"),
    ],
)
def test_options_that_cannot_be_read_are_named(
    words: list[str], message: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(file, *words)

    assert (status, capsys.readouterr().err[: len(message)]) == (1, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), (b"\xff", "is no UTF-8 text"), (b"#" * 300_000, "is too large")],
)
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sequence.yaml"
    if content is not None:
        file.write_bytes(content)

    status = run(file)

    said = capsys.readouterr().err
    assert (status, said.startswith(f"{file} {message}")) == (1, True)


def test_a_contact_who_may_not_be_mailed_leaves_at_the_first_mail(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(file, "--contact", '{"unsubscribed": true, "properties": {"plan": "trial"}}')

    assert "exited (unsubscribed) after 0m" in capsys.readouterr().out


WAITING = """
trigger: {event: signup, where: [{property: event.plan, operator: equals, value: pro}]}
steps:
  - {action: condition, tag: vip, onTrue: exit}
  - {action: wait, event: login, timeout: 5d, where: [{property: event.days, operator: equals, value: 2}]}
  - {action: addToList, list: active}
  - {action: condition, list: active, then: [{action: email, template: tips}]}
"""
EVENTS = '[{"event": "login"}, {"event": "login", "after": "2d", "properties": {"days": 2}}]'


@pytest.mark.parametrize(("events", "after"), [((), "5d"), (("--events", EVENTS), "2d")])
def test_events_are_assumed_to_happen(
    file: Path, capsys: pytest.CaptureFixture[str], events: tuple[str, ...], after: str
) -> None:
    file.write_text(WAITING)

    assert run(file, *events) == 0
    assert f"completed after {after}" in capsys.readouterr().out


def test_tags_of_the_contact_count(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(WAITING)

    assert run(file, "--contact", '{"tags": ["VIP"]}') == 0
    assert "exited (condition) after 0m" in capsys.readouterr().out


def test_an_event_that_would_not_enroll_is_a_warning(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(WAITING)

    run(file, "--event", '{"plan": "free"}')

    shown = capsys.readouterr().out
    assert f"warning: {file}:2:34: trigger.where[0]: the event that was given would not enroll: " in shown
    assert 'event.plan is "free": equals "pro" does not hold.' in shown


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ("{", "--events: is no JSON"),
        ("{}", "--events: is no JSON list"),
        ("[7]", "--events[0]"),
        ('[{"event": " "}]', "--events[0].event: is empty"),
        ('[{"name": "x"}]', "--events[0].name"),
        ('[{"event": "x", "after": "soon"}]', "--events[0].after: is no duration"),
        ('[{"event": "x", "after": "1d", "at": "2030-01-01T00:00:00Z"}]', "--events[0].after: contradicts at"),
        ('[{"event": "x", "at": "2001-01-01T00:00:00Z"}]', "--events[0].at: lies outside the run"),
        ('[{"event": "x", "at": "9999-12-31T23:59:59-12:00"}]', "--events[0].at: lies outside the calendar"),
    ],
)
def test_events_that_cannot_be_assumed_are_named(
    file: Path, capsys: pytest.CaptureFixture[str], events: str, fault: str
) -> None:
    file.write_text(WAITING)

    assert run(file, "--events", events) == 1
    assert fault in capsys.readouterr().err
