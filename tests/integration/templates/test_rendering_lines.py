"""Templates on lines, each answered by a line, whatever the one before did."""

import io
import json
import subprocess
import sys
from subprocess import PIPE
from typing import Any

import pytest

from dripline.cli.rendering import LONGEST_LINE, render_lines
from tests.integration.templates.test_rendering import HOSTILE

WIND = "Winds may reach {{event.alert.maxSpeed}} km/h for {{event.duration.hours|a few}} hours."


def answered(*lines: object, is_text: bool = False) -> list[dict[str, str]]:
    written = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    answers = io.BytesIO()
    render_lines(io.BytesIO(written.encode()), answers, is_text=is_text)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("template", "data", "output"),
    [
        ("Hi {{ firstName|there }}", {}, "Hi there"),
        ("{{ firstName }} {{ FIRST_NAME }}", {"firstName": "Ann"}, "Ann Ann"),
        ("{{ EMAIL }}", {"email": "ann@example.com"}, "ann@example.com"),
        ("{{ EMAIL }}", {"contact": {"email": "ann@example.com"}}, "ann@example.com"),
        ("{{ plan }}{{ contact.properties.plan }}", {"contact": {"properties": {"plan": "pro"}}}, "propro"),
        (WIND, {"event": {"alert": {"maxSpeed": 75}}}, "Winds may reach 75 km/h for a few hours."),
        ("{{ code }}{{ variables.code }}", {"variables": {"code": "A"}}, "AA"),
        ("{{ unsubscribe_url }}", {"unsubscribe_url": "https://example.com/u"}, "https://example.com/u"),
        ("{{ 'now' | date: '%Y' }}", {"now": "2020-02-02T00:00:00Z"}, "2020"),
        ("{{ x }}", {"x": "<b>{{ 1 }}"}, "&lt;b&gt;{{ 1 }}"),
        ("ü\n{{ x }}", {"x": "🙂"}, "ü\n🙂"),
    ],
)
def test_a_line_is_answered_as_a_mail_would_read(template: str, data: dict[str, Any], output: str) -> None:
    assert answered({"template": template, "data": data}) == [{"output": output}]


def test_a_text_is_not_escaped() -> None:
    assert answered({"template": "{{ x }}", "data": {"x": "<b>"}}, is_text=True) == [{"output": "<b>"}]


def test_answers_come_in_the_order_of_the_lines() -> None:
    lines = [{"template": "{{ x }}", "data": {"x": number}} for number in range(20)]

    assert answered(*lines, "", "  ") == [{"output": str(number)} for number in range(20)]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_costs_only_its_own_line(hostile: str) -> None:
    refused, served = answered({"template": hostile}, {"template": "{{ x }}", "data": {"x": 1}})

    assert refused.keys() == {"error"}
    assert served == {"output": "1"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nothing", "The line cannot be read: JSON is malformed: invalid character (byte 4)."),
        ("[" * 100_000, "The line cannot be read: "),
        ("{}", "The line cannot be read: Object missing required field `template`."),
        ('{"template": "a", "dta": {}}', "The line cannot be read: Object contains unknown field `dta`."),
        ('{"template": "a", "data": [1]}', "The line cannot be read: Expected `object`, got `array` - at `$.data`."),
        ('{"template": "a", "data": {"x": 1e999}}', "The line cannot be read: "),
        ('{"template": "a", "data": {"x": 123456789012345678901234567890}}', "The line cannot be read: "),
        ('{"template": "\\ud800"}', "The line cannot be read: "),
        ('{"template": "a\\u0000"}', "template: holds the character NUL"),
        ('{"template": "a {{ x | upcse: 1 }}"}', "line 1, column 10, template: unknown filter 'upcse', did you mean"),
        ('{"template": "{% if x %}"}', "line 1, column 1, template: {% if %} is never closed"),
        ('{"template": "{{ 1 | divided_by: 0 }}"}', "line 1, column 8, html: divided_by: "),
        (f'{{"template": "{"a" * 300_000}"}}', "template: is too long: 300000 characters"),
        (f'{{"template": "{"a" * LONGEST_LINE}"}}', f"The line is longer than {LONGEST_LINE} bytes."),
    ],
    ids=range(14),
)
def test_a_line_that_cannot_be_rendered_says_why(line: str, error: str) -> None:
    refused, served = answered(line, {"template": "x"})

    assert refused["error"].startswith(error)
    assert served == {"output": "x"}


def test_a_line_is_answered_before_the_next_one_is_there() -> None:
    command = [sys.executable, "-m", "dripline.cli.main", "template", "render", "--jsonl", "--text"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        answers = []
        for name in ("Ann & Bob", "Eve"):
            running.stdin.write(json.dumps({"template": "{{ x }}", "data": {"x": name}}).encode() + b"\n")
            running.stdin.flush()
            answers.append(json.loads(running.stdout.readline()))
        running.stdin.close()

    assert (answers, running.returncode) == ([{"output": "Ann & Bob"}, {"output": "Eve"}], 0)
