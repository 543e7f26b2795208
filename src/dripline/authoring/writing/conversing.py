"""Asking until the answer can be used: once, and once more with what was wrong."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dripline.authoring.models.asking import Form, Message, Model
from dripline.kernel.errors import Invalid, Problem

Result = TypeVar("Result")

# How much of a bad answer is held up to the model, and how many of its faults.
_MOST_SHOWN = 4_000
_MOST_FAULTS = 20
_AGAIN = "That cannot be used. Answer again, with the whole JSON object, without these faults:\n{faults}"


class Unusable(Invalid):
    """The model was asked twice, and both answers were wrong."""


async def converse(model: Model, messages: Sequence[Message], form: Form, read: Callable[[str], Result]) -> Result:
    """What `read` makes of the answer; one that it refuses is repaired once by telling the model why.

    Raises:
        Unusable: the second answer was wrong as well; says how.
        NotAnswered, AskedInVain: as for `Model.ask`.
    """
    answer = await model.ask(messages, form)
    try:
        return read(answer)
    except Invalid as error:
        faults = _AGAIN.format(faults="\n".join(map(_fault, error.problems[:_MOST_FAULTS])))
    again = [*messages, Message("assistant", answer[:_MOST_SHOWN]), Message("user", faults)]
    try:
        return read(await model.ask(again, form))
    except Invalid as error:
        message = f"The language model's answer cannot be used, also when asked again: {error.message}"
        raise Unusable(message, error.problems) from None


def _fault(problem: Problem) -> str:
    found = f" Found: {problem.found}." if problem.found else ""
    expected = f" Expected: {problem.expected}." if problem.expected else ""
    return f"- {problem}.{found}{expected}"
