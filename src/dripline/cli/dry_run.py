"""`dripline dry-run`."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from dripline.kernel.errors import Invalid, Problem, Unprocessable

if TYPE_CHECKING:
    from dripline.cli.trials import Trial


def dry_run(
    file: Annotated[
        Path, Parameter(help="A definition in YAML or JSON; - reads standard input.", allow_leading_hyphen=True)
    ],
    /,
    *,
    contact: Annotated[str, Parameter(help='Who it is, as JSON: {"email": …, "properties": {…}, "tags": […]}.')] = "{}",
    event: Annotated[str | None, Parameter(help="Properties of the event that enrolls, as JSON.")] = None,
    events: Annotated[
        str | None, Parameter(help='Events that happen later, as JSON: [{"event": "login", "after": "2d"}].')
    ] = None,
    json: Annotated[bool, Parameter(help="Write JSON, as the API answers.", negative=())] = False,
) -> int:
    """Show what a sequence would do with a contact, step by step.

    Needs no database and sends nothing; everything that the sequence names is taken to exist. Ends with 1 when
    the definition has faults, and shows each with its line.
    """
    from dripline.cli.excerpts import placed
    from dripline.cli.trials import read_contact, read_event, read_events, read_file, try_out
    from dripline.kernel.clock import real_now

    now = real_now()
    person = read_contact(contact, now=now)
    snapshot = read_event(event) if event is not None else None
    assumed = read_events(events, now=now) if events is not None else ()
    text = read_file(file)
    try:
        trial = try_out(text, person, snapshot, events=assumed, now=now)
    except (Invalid, Unprocessable) as error:
        _show_faults(error.of(placed(error.problems, text)), str(file), text, json=json)
        return 1
    if json:
        _write_json(trial)
    else:
        _print(trial, str(file), text)
    return 0


def _print(trial: "Trial", name: str, text: str) -> None:
    from dripline.cli.tables import print_table

    print_table(("after", "at (UTC)", "step", "outcome", "why", "template"), list(_rows(trial)))
    end = trial.run.end
    reason = f" ({end.reason})" if end.reason else ""
    sys.stdout.write(f"\n{end.status}{reason} after {_after(trial, end.at)}, at {_show(end.at)} UTC\n")
    for warning in trial.warnings:
        sys.stdout.write(f"\nwarning: {_excerpt(warning, name, text)}\n")


def _rows(trial: "Trial") -> Iterator[Sequence[str]]:
    for step in trial.run.steps:
        when = _after(trial, step.at), _show(step.at)
        yield (*when, step.id, step.outcome, step.reason or "", step.template or "")


def _after(trial: "Trial", at: datetime) -> str:
    """How long after the start, in days and not in weeks: authors count days."""
    minutes = int((at - trial.start).total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes % 1440 // 60, "h"), (minutes % 60, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0m"


def _show(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _show_faults(error: Invalid | Unprocessable, name: str, text: str, *, json: bool) -> None:
    if json:
        _write_error(error)
        return
    for problem in error.problems:
        sys.stderr.write(f"{_excerpt(problem, name, text)}\n")


def _excerpt(problem: Problem, name: str, text: str) -> str:
    from dripline.cli.excerpts import excerpt

    return excerpt(problem, name, text)


def _write_json(trial: "Trial") -> None:
    from dripline.api.problem import details_of
    from dripline.api.routes.dry_run import DryRunShape, EndShape, StepShape
    from dripline.kernel.clock import iso

    steps = [
        StepShape(step.id, step.action, iso(step.at), step.outcome, step.reason, step.template, subject=None)
        for step in trial.run.steps
    ]
    end = EndShape(trial.run.end.status, trial.run.end.reason, iso(trial.run.end.at))
    _write(DryRunShape(steps, end, details_of(trial.warnings)))


def _write_error(error: Invalid | Unprocessable) -> None:
    from dripline.api.problem import ErrorBody, shape_of

    shape = shape_of(error)
    _write(ErrorBody(shape, shape.code, shape.message))


def _write(value: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
