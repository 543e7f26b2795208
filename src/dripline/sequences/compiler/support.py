"""What this release reads and keeps, but does not run."""

from collections.abc import Iterator

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.places import steps_of
from dripline.sequences.language.model import Definition, Discount, Email, Step, Webhook


def not_run_yet(definition: Definition) -> tuple[Problem, ...]:
    """One problem for each place that this release reads and keeps, but does not run."""
    return tuple(
        place.under(key).problem(f"{what} is read and kept, but this release does not run it yet.")
        for place, step, _ in steps_of(definition)
        for key, what in _in_step(step)
    )


def _in_step(step: Step) -> Iterator[tuple[str, str]]:
    match step:
        case Discount():
            yield "action", "the action 'discount'"
        case Webhook():
            yield "action", "the action 'webhook'"
        case Email(template=str(), preview_text=str()):
            yield "previewText", "a 'previewText' beside a template"
        case _:
            pass
