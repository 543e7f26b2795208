"""Evaluating a condition against what is known about one contact."""

from typing import Protocol

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison
from dripline.predicates.truth import holds


class Facts(Protocol):
    """What is known when a condition is looked at."""

    def look_up(self, path: str) -> Json:
        """The value at a dotted path, or None when there is none."""
        ...


def evaluate(comparison: Comparison, facts: Facts) -> bool:
    """Whether the condition is true of these facts."""
    return holds(comparison.operator, facts.look_up(comparison.path), comparison.value)
