"""Extending a sequence at its end: where those go on who had come to the end of an older version. Pure."""

from dripline.sequences.interpreter.program import StepId
from dripline.sequences.language.model import Definition, Step
from dripline.sequences.language.walking import nested, walk
from dripline.sequences.moving import id_of


def continuation(old: Definition, new: Definition) -> StepId | None:
    """The first of the steps that `new` has after the last one of `old`; None when it does not go on from there.

    It goes on where the last step of `old` stands in the outermost list of `new`, followed by steps that are all new:
    nobody comes to a step twice.
    """
    if not old.steps:
        return None
    last = id_of(old.steps[-1])
    outermost = [id_of(step) for step in new.steps]
    if last not in outermost:
        return None
    added = new.steps[outermost.index(last) + 1 :]
    known = {id_of(placed.step) for placed in walk(old)}
    if not added or known & {each for step in added for each in _ids_in(step)}:
        return None
    return id_of(added[0])


def _ids_in(step: Step) -> set[StepId]:
    return {id_of(step)}.union(*(_ids_in(each) for _, inner in nested(step) for each in inner))
