"""Changing what stands above the steps: the trigger, the sender, whether those who match already are enrolled."""

from collections.abc import Mapping, Sequence

from dripline.documents.editing import Change, edit, read_fields, values_of
from dripline.kernel.values import Json
from dripline.sequences.language.beside import with_trigger
from dripline.sequences.language.model import ApiTrigger
from dripline.sequences.language.reading import read_node


def new_text() -> str:
    """A definition without steps, which enrolls by call."""
    return "trigger:\n  api: true\nsteps: []\n"


def set_trigger(text: str, trigger: Mapping[str, Json]) -> str:
    """The text with another trigger.

    Raises:
        Invalid: the result is no definition.
    """
    if "trigger" not in values_of(text):
        text = with_trigger(text, ApiTrigger())
    return _checked(text, [] if values_of(text)["trigger"] == trigger else [Change((), {"trigger": trigger})])


def set_sender(text: str, sender: str | None) -> str:
    """The text with another sender of all its mail; without one, that of the workspace is used.

    Raises:
        Invalid: the result is no definition.
    """
    if sender is None:
        return _checked(text, [Change((), {}, frozenset({"sender"}))])
    return _checked(text, [Change((), {"sender": sender}, after="trigger")])


def set_existing(text: str, existing: bool) -> str:
    """The text that enrolls those who match already when it is activated, or does not.

    Raises:
        Invalid: the result is no definition.
    """
    enrollment = values_of(text).get("enrollment")
    if not enrollment:
        change = Change((), {"enrollment": {"existing": existing}}, after="trigger")
        return _checked(text, [change] if existing else [])
    return _checked(text, [Change(("enrollment",), {"existing": existing})])


def _checked(text: str, changes: Sequence[Change]) -> str:
    changed = edit(text, changes) if changes else text
    read_node(read_fields(changed))
    return changed
