"""Giving ids to the steps that have none."""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from dripline.sequences.language.model import ACTIONS, Condition, Definition, Email, Split, SplitBranch, Step
from dripline.sequences.language.walking import walk

_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_LONGEST_STEM = 56


def name_steps(definition: Definition) -> Definition:
    """The definition with an id for every step; ids that are given stay.

    An email is named after its template (`welcome`, `welcome-2`), any other step after its action and count
    (`delay-1`). The same definition always gets the same ids.
    """
    given = (placed.step.id for placed in walk(definition))
    return _Namer(step_id for step_id in given if step_id is not None).name(definition)


class _Namer:
    """Hands out ids that are not taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def name(self, definition: Definition) -> Definition:
        return replace(definition, steps=self._steps(definition.steps))

    def _steps(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        return tuple(self._step(step) for step in steps)

    def _step(self, step: Step) -> Step:
        named = step if step.id is not None else replace(step, id=self._new_id(step))
        match named:
            case Condition(then=then, otherwise=otherwise):
                return replace(named, then=self._steps(then), otherwise=self._steps(otherwise))
            case Split(branches=branches):
                return replace(named, branches=tuple(map(self._branch, branches)))
            case _:
                return named

    def _branch(self, branch: SplitBranch) -> SplitBranch:
        return replace(branch, steps=self._steps(branch.steps))

    def _new_id(self, step: Step) -> str:
        template = step.template if isinstance(step, Email) else None
        stem = _FOREIGN.sub("-", template).strip("-")[:_LONGEST_STEM] if template else ""
        return self._unique(stem, bare=True) if stem else self._unique(ACTIONS[type(step)], bare=False)

    def _unique(self, stem: str, *, bare: bool) -> str:
        number = self._next.get(stem, 1)
        while (candidate := stem if bare and number == 1 else f"{stem}-{number}") in self._taken:
            number += 1
        self._next[stem] = number + 1
        self._taken.add(candidate)
        return candidate
