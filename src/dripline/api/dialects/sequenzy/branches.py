"""Conditions and splits of this wire format into ours."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here
from dripline.api.dialects.sequenzy.triggers import comparison
from dripline.kernel.values import Json
from dripline.predicates.model import Operator


class WireBranch(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One way: its condition, and the steps of those who go it."""

    condition_type: str | None = None
    label: str | None = None
    tag_name: str | None = None
    tag_id: str | None = None
    list_id: str | None = None
    segment_id: str | None = None
    event_name: str | None = None
    field_name: str | None = None
    field_value: Any = None
    activity_scope: str | None = None
    steps: list[Any] | None = None


class WireBranching(WireBranch, frozen=True, rename="camel", kw_only=True):
    """A choice between ways, tested in their order; or, with one condition, between two."""

    branches: list[WireBranch] | None = None
    else_steps: list[Any] | None = None
    split_mode: str = "condition"
    random_percentages: list[int | float] | None = None

    @property
    def ways(self) -> Sequence[WireBranch]:
        return self.branches if self.branches is not None else [self]


def test_of(branch: WireBranch, path: str, notes: Notes) -> Document:
    """The condition of a branch, as our definition writes it.

    Raises:
        NotImplementedHere: it asks for something that this installation does not know.
    """
    word = branch.condition_type
    if word in _NOT_OURS:
        raise not_here(f"the condition {word!r}")
    if word is None or word not in _TESTS:
        notes.unknown_word(f"{path}.conditionType", word, _TESTS)
        return {"property": "contact.email", "operator": "exists"}
    return _TESTS[word](branch, path, notes)


def shares_of(branching: WireBranching, path: str, notes: Notes) -> list[int]:
    """The percentages of a random split, one for each way."""
    shares = branching.random_percentages or []
    if len(shares) != len(branching.ways):
        notes.fault(f"{path}.randomPercentages", "are not as many as the branches.", expected=f"{len(branching.ways)}")
    if any(share != int(share) or share < 1 for share in shares) or sum(shares) != 100:
        notes.fault(f"{path}.randomPercentages", "do not add up to 100.", expected="whole numbers that add up to 100")
    padded = [*shares, *[1] * len(branching.ways)][: len(branching.ways)]
    return [max(1, int(share)) for share in padded]


def _has_tag(branch: WireBranch, path: str, notes: Notes) -> Document:
    return {"tag": _needed(branch.tag_name or branch.tag_id, f"{path}.tagName", notes)}


def _lacks_tag(branch: WireBranch, path: str, notes: Notes) -> Document:
    return {"not": _has_tag(branch, path, notes)}


def _in_list(branch: WireBranch, path: str, notes: Notes) -> Document:
    return {"list": _needed(branch.list_id, f"{path}.listId", notes)}


def _in_segment(branch: WireBranch, path: str, notes: Notes) -> Document:
    return {"segment": _needed(branch.segment_id, f"{path}.segmentId", notes)}


def _event_received(branch: WireBranch, path: str, notes: Notes) -> Document:
    if branch.activity_scope not in (None, "this_sequence"):
        raise not_here(f"the activityScope {branch.activity_scope!r}")
    if branch.activity_scope is None:
        notes.warn(f"{path}: only what happened since the contact entered the sequence counts.")
    return {"event": _needed(branch.event_name, f"{path}.eventName", notes)}


def _field(operator: Operator) -> "_Test":
    def read(branch: WireBranch, path: str, notes: Notes) -> Document:
        name = _needed(branch.field_name, f"{path}.fieldName", notes)
        where = "contact.email" if name == "email" else f"contact.properties.{name}"
        return comparison(where, operator, branch.field_value)

    return read


_Test = Callable[[WireBranch, str, Notes], Document]

_TESTS: Mapping[str, _Test] = {
    "has_tag": _has_tag,
    "does_not_have_tag": _lacks_tag,
    "in_list": _in_list,
    "in_segment": _in_segment,
    "event_received": _event_received,
    "field_equals": _field(Operator.EQUALS),
    "field_contains": _field(Operator.CONTAINS),
    "field_greater_than": _field(Operator.GREATER_THAN),
    "field_less_than": _field(Operator.LESS_THAN),
}
_NOT_OURS = frozenset({"link_clicked", "has_phone", "sms_subscribed"})


def _needed(text: str | None, path: str, notes: Notes) -> Json:
    if text is None or not text.strip():
        notes.missing(path, expected="what to look for")
        return "-"
    return text
