"""Steps of this wire format into ours. One of theirs may become several of ours: a delay belongs to a step there."""

from collections.abc import Mapping, Sequence
from typing import Any

from dripline.api.dialects.sequenzy.branches import WireBranch, WireBranching, shares_of, test_of
from dripline.api.dialects.sequenzy.delays import WireUntil, delay_of, until_of
from dripline.api.dialects.sequenzy.leaves import LEAVES, Given, pass_over, read_part
from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here

DELAY = "delay"
CONDITION = "condition"

_WORDS = (*LEAVES, CONDITION, DELAY)
_ALIASES = {
    "action_email": "email",
    "discount": "create_discount",
    "action_create_discount": "create_discount",
    "logic_delay": DELAY,
    "logic_condition": CONDITION,
    "branch": CONDITION,
    "logic_branch": CONDITION,
    "wait": "wait_for_event",
    "logic_wait_for_event": "wait_for_event",
    "action_add_tag": "add_tag",
    "action_remove_tag": "remove_tag",
    "action_add_to_list": "add_to_list",
    "action_remove_from_list": "remove_from_list",
    "action_update_attributes": "update_subscriber",
}
_NOT_OURS = frozenset(
    {
        "sms",
        "action_sms",
        "push",
        "action_push",
        "webhook",
        "action_webhook",
        "ai",
        "action_ai",
        "ab_test",
        "action_ab_test",
    }
)
_OTHER_WAITS = ("waitUntilWeekday", "waitUntilKeyDate")


def steps_of(steps: Sequence[Any], notes: Notes) -> list[Document]:
    """The steps as our definition writes them.

    Raises:
        NotImplementedHere: one is of a kind that this installation does not have.
    """
    return _Writer(notes).write(steps, ours="steps", theirs="steps")


class _Writer:
    """Writes lists of steps, and knows where in the definition each of them lands."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def write(self, steps: Sequence[Any], *, ours: str, theirs: str) -> list[Document]:
        written: list[Document] = []
        for index, given in enumerate(steps):
            path = f"{theirs}[{index}]"
            if isinstance(given, Mapping):
                self._step(given, path, ours, written)
            else:
                self._notes.fault(path, "expected an object.", expected="a step")
        return written

    def _step(self, given: Given, path: str, ours: str, written: list[Document]) -> None:
        config = given.get("config")
        step = {**config, **given} if isinstance(config, Mapping) else given
        kind = self._kind(step, path)
        self._delay(step, path, ours, written)
        here = f"{ours}[{len(written)}]"
        if kind == DELAY:
            pass_over(step, (), path, self._notes)
        elif kind == CONDITION:
            written += self._condition(step, path, here)
        elif kind is not None:
            made = LEAVES[kind](step, path, self._notes)
            for place in range(len(made)):
                self._notes.came_from(f"{ours}[{len(written) + place}]", path, alike=True)
            written += made

    def _kind(self, step: Given, path: str) -> str | None:
        word = step.get("type") or step.get("nodeType") or "email"
        if isinstance(word, str):
            if word in _NOT_OURS:
                raise not_here(f"steps of the type {word!r}")
            if (kind := _ALIASES.get(word, word)) in _WORDS:
                return kind
        self._notes.unknown_word(f"{path}.type", word, _WORDS)
        return None

    def _delay(self, step: Given, path: str, ours: str, written: list[Document]) -> None:
        for name in _OTHER_WAITS:
            if step.get(name) is not None:
                raise not_here(f"{name} in steps")
        place, delay = f"{path}.delay", delay_of(step, path, self._notes)
        if step.get("waitUntil") is not None:
            place = f"{path}.waitUntil"
            until = read_part(step["waitUntil"], WireUntil, place, self._notes)
            delay = until_of(until, place, self._notes) if until is not None else None
        if delay is not None:
            self._notes.came_from(f"{ours}[{len(written)}]", place)
            written.append(delay)

    def _condition(self, step: Given, path: str, here: str) -> list[Document]:
        branching = read_part(step, WireBranching, path, self._notes)
        if branching is None:
            return []
        pass_over(step, WireBranching, path, self._notes)
        if branching.branches == []:
            self._notes.fault(f"{path}.branches", "are none.", expected="at least one branch")
            return []
        if branching.split_mode == "random":
            return [self._split(branching, path, here)]
        if branching.split_mode != "condition":
            self._notes.unknown_word(f"{path}.splitMode", branching.split_mode, ("condition", "random"))
        return self._chain(branching, 0, path, here)

    def _chain(self, branching: WireBranching, place: int, path: str, here: str) -> list[Document]:
        """The way at this place, with those after it behind its `else`."""
        way, at = branching.ways[place], _place_of(branching, place, path)
        self._notes.came_from(here, at)
        then = self.write(way.steps or (), ours=f"{here}.then", theirs=f"{at}.steps")
        if place + 1 < len(branching.ways):
            otherwise = self._chain(branching, place + 1, path, f"{here}.else[0]")
        else:
            otherwise = self.write(branching.else_steps or (), ours=f"{here}.else", theirs=f"{path}.elseSteps")
        ways: Document = {name: steps for name, steps in (("then", then), ("else", otherwise)) if steps}
        test = test_of(way, at, self._notes)
        if not ways:
            self._notes.warn(f"{at}: no way from here has steps, so the condition was left out.")
        return [{"action": "condition", **test, **ways}] if ways else []

    def _split(self, branching: WireBranching, path: str, here: str) -> Document:
        if branching.else_steps:
            self._notes.fault(f"{path}.elseSteps", "do not belong to a random split.", expected="no elseSteps")
        self._notes.came_from(here, path)
        shares = shares_of(branching, path, self._notes)
        ways = [
            self._way(way, share, _place_of(branching, place, path), f"{here}.branches[{place}]")
            for place, (way, share) in enumerate(zip(branching.ways, shares, strict=True))
        ]
        return {"action": "split", "branches": ways}

    def _way(self, way: WireBranch, share: int, path: str, here: str) -> Document:
        steps = self.write(way.steps or (), ours=f"{here}.steps", theirs=f"{path}.steps")
        return {**({"name": way.label} if way.label else {}), "weight": share, "steps": steps}


def _place_of(branching: WireBranching, place: int, path: str) -> str:
    return f"{path}.branches[{place}]" if branching.branches is not None else path
