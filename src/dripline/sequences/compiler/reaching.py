"""Steps that nobody reaches, and words about a next step where there is none."""

from collections.abc import Iterator

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.places import place_of, steps_of
from dripline.sequences.language.model import Condition, Definition, Delay, Exit, OnPast, OnTrue, Split, Step
from dripline.sequences.language.walking import nested


def unreachable(definition: Definition) -> Iterator[Problem]:
    """One problem for each step behind one that always leaves."""
    for place, step, following in steps_of(definition):
        if following and _always_leaves(step):
            behind = place_of(following[0], _path_after(place.path))
            yield behind.problem("no contact can get here: the step before always exits.")


def skips_of_nothing(definition: Definition) -> Iterator[Problem]:
    """One warning for each step that would pass over a next one."""
    for place, step, following in steps_of(definition):
        match step:
            case Condition(on_true=OnTrue.SKIP) if not following:
                yield place.under("onTrue").problem("there is no step after this one to skip.")
            case Delay(on_past=OnPast.SKIP) if not following:
                yield place.under("onPast").problem("there is no step after this one to skip.")
            case _:
                pass


def _always_leaves(step: Step) -> bool:
    match step:
        case Exit():
            return True
        case Condition(on_true=OnTrue()):
            return False
        case Condition() | Split():
            return all(any(map(_always_leaves, steps)) for _, steps in nested(step))
        case _:
            return False


def _path_after(path: str) -> str:
    head, _, index = path.removesuffix("]").rpartition("[")
    return f"{head}[{int(index) + 1}]"
