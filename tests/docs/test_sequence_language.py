"""The reference of the sequence language is complete, and its examples do what it says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dripline.cli.trials import Trial, read_contact, read_event, read_events, try_out
from dripline.predicates import paths
from dripline.predicates.model import Operator
from dripline.sequences.language import model
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.schema import TRIGGERS
from dripline.sequences.simulator.dry_run import End, SimulatedStep

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (FOLDER / "sequence-language.md").read_text()
# Comparisons have a page of their own.
PAGES = PAGE + (FOLDER / "conditions.md").read_text()
START = datetime(2030, 1, 1, 12, tzinfo=UTC)

_KINDS = (model.EnrollmentMode, model.Baseline, model.StopKind, model.Day, model.OnTrue, model.Onward, model.OnPast)
_OFFERS = (model.DiscountProvider, model.DiscountType, model.DiscountDuration)
_WORDS = [
    *(str(word) for kind in (*_KINDS, *_OFFERS, Operator) for word in kind),
    *model.ACTIONS.values(),
    *TRIGGERS,
    *paths.FIXED,
]


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), {"otherwise": "else"}.get(name, name))


_FIELDS = {
    _camel(name) for kind in (model.Definition, *model.ACTIONS) for name in kind.__struct_fields__ if name != "test"
}


@pytest.mark.parametrize("word", sorted({*_WORDS, *_FIELDS}))
def test_every_word_of_the_language_is_in_the_reference(word: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(word)}\b[^`\n]*`", PAGES)


@dataclass(frozen=True)
class Told:
    """An example with what its dry run is said to do."""

    definition: str
    told: str

    def try_out(self) -> Trial:
        given = dict(re.findall(r"^(contact|event|events) (.*)$", self.told, re.MULTILINE))
        person = read_contact(given.get("contact", "{}"), now=START)
        event = read_event(given["event"]) if "event" in given else None
        events = read_events(given.get("events", "[]"), now=START)
        return try_out(self.definition, person, event, events=events, now=START)


def _examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def _told() -> Iterator[Told]:
    definition = ""
    for kind, content in re.findall(r"```(yaml|text)\n(.*?)```", PAGE, re.DOTALL):
        if kind == "yaml":
            definition = content
        else:
            yield Told(definition, content)


@pytest.mark.parametrize("example", _examples())
def test_every_example_runs_without_a_warning_but_that_of_the_first(example: str) -> None:
    trial = try_out(example, read_contact("{}", now=START), None, now=START)

    expected = ["exitConditions[0]"] if example == _examples()[0] else []
    assert [warning.path for warning in trial.warnings] == expected


@pytest.mark.parametrize("told", list(_told()), ids=lambda told: told.told.partition("\n")[0])
def test_every_example_does_what_it_is_said_to_do(told: Told) -> None:
    trial = told.try_out()

    assert _shown(trial) == told.told.splitlines()[1:]


def _shown(trial: Trial) -> list[str]:
    rows = [(_time(step), step.id, step.outcome, step.reason or "") for step in trial.run.steps]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:3]]
    lines = ["  ".join(map(str.ljust, row, (*widths, 0))).rstrip() for row in rows]
    return [*lines, _end(trial.run.end)]


def _time(step: SimulatedStep) -> str:
    return f"{step.at:%a %d %H:%M}"


def _end(end: End) -> str:
    reason = f" ({end.reason})" if end.reason else ""
    return f"{end.at:%a %d %H:%M}  {end.status}{reason}"


@pytest.mark.parametrize("form", re.findall(r"^\| `(\{\w+: .*?\})` \| (?!`)", PAGE, re.MULTILINE))
def test_every_form_of_a_trigger_reads(form: str) -> None:
    definition = read_definition(f"trigger: {form}\nsteps: []")

    assert not isinstance(definition.trigger, model.ApiTrigger) or form == "{api: true}"


@pytest.mark.parametrize(("short", "long"), re.findall(r"^\| `(\{\w+: .*?\})` \| `(\{.*?\})` \|$", PAGE, re.MULTILINE))
def test_every_shorter_form_is_what_it_is_said_to_be(short: str, long: str) -> None:
    one, other = (read_definition(f"trigger: {{api: true}}\nsteps: [{step}]") for step in (short, long))

    assert one == other
