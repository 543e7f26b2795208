"""Going through all steps of a definition, nested ones included, in the order they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dripline.sequences.language.model import Condition, Definition, Split, Step


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step, the path of its place (`steps[2].then[0]`), and the steps after it in the same list."""

    step: Step
    path: str
    following: Sequence[Step]


def walk(definition: Definition) -> Iterator[PlacedStep]:
    """Every step once."""
    return _walk(definition.steps, "steps")


def _walk(steps: Sequence[Step], path: str) -> Iterator[PlacedStep]:
    for index, step in enumerate(steps):
        here = f"{path}[{index}]"
        yield PlacedStep(step, here, steps[index + 1 :])
        for name, inner in nested(step):
            yield from _walk(inner, f"{here}.{name}")


def nested(step: Step) -> tuple[tuple[str, Sequence[Step]], ...]:
    """The lists of steps inside a step, each with the path to it."""
    match step:
        case Condition():
            return ("then", step.then), ("else", step.otherwise)
        case Split():
            return tuple((f"branches[{index}].steps", branch.steps) for index, branch in enumerate(step.branches))
        case _:
            return ()
