"""Sequences of this wire format as definitions of ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from dripline.api.dialects.sequenzy.heading import enrollment_of, event_of, stop_of, window_of
from dripline.api.dialects.sequenzy.notes import Document, Notes
from dripline.api.dialects.sequenzy.requests import WireNewSequence, WireSequenceChanges
from dripline.api.dialects.sequenzy.senders import sender_of
from dripline.api.dialects.sequenzy.steps import steps_of
from dripline.api.dialects.sequenzy.triggers import EVENT_RECEIVED, trigger_of
from dripline.documents.editing import Change, edit
from dripline.kernel.errors import Invalid, Problem
from dripline.sequences.language.model import Definition, EnrollmentMode
from dripline.sequences.language.reading import read_definition, read_document
from dripline.sequences.language.writing import write_definition


@dataclass(frozen=True, slots=True)
class Drafted:
    """A definition as text, and what its author should know about it."""

    definition: str
    warnings: tuple[str, ...]
    notes: Notes = field(default_factory=Notes, compare=False, repr=False)

    def told(self, problems: Sequence[Problem]) -> list[str]:
        """Problems of the definition in words, each with its place in the request."""
        moved = self.notes.moved(Invalid.of(problems)).problems if problems else ()
        return [f"{each.path}: {each.message}" for each in moved]


def draft_of(data: WireNewSequence) -> Drafted:
    """The definition that a request asks for. Without steps it has none.

    Raises:
        Invalid: something in it cannot be; names every place.
        NotImplementedHere: it asks for something that this installation does not have.
    """
    notes = Notes()
    if data.goal is not None and data.steps:
        notes.warn("goal was passed over, because steps are given.")
    if data.email_count is not None and (data.goal is None or data.steps):
        notes.warn("emailCount was passed over: it belongs to a goal.")
    return Drafted(write_definition(_read(_document(data, notes), notes)), tuple(notes.warnings), notes)


def changed(text: str, data: WireSequenceChanges) -> str:
    """The text of a definition after a change of its settings; what is not changed stays as it was written.

    Raises:
        Invalid: something in the change cannot be; names every place.
        NotImplementedHere: it asks for something that this installation does not have.
    """
    notes, definition = Notes(), read_definition(text)
    settings: Document = {}
    if data.enrollment_mode is not None or data.enrollment_field_path is not msgspec.UNSET:
        settings["enrollment"] = _changed_enrollment(definition, data, notes)
    if data.stop_condition is not None:
        settings["stopCondition"] = stop_of(data.stop_condition, notes)
    if data.sending_window is not None:
        settings["window"] = window_of(data.sending_window, notes)
    notes.faults.raise_any()
    return _edited(text, settings, notes)


def _edited(text: str, settings: Document, notes: Notes) -> str:
    kept = {key: value for key, value in settings.items() if value is not None}
    dropped = frozenset(settings.keys() - kept.keys())
    edited = edit(text, [Change((), kept, dropped, after="trigger")]) if settings else text
    try:
        read_definition(edited)
    except Invalid as invalid:
        raise notes.moved(invalid) from None
    return edited


def _document(data: WireNewSequence, notes: Notes) -> Document:
    trigger = trigger_of(data, notes)
    event = data.event_name if data.trigger == EVENT_RECEIVED else None
    leaves_with_segment = data.stop_on_segment_exit and "segment" in trigger
    return {
        "trigger": trigger,
        "enrollment": enrollment_of(data.enrollment_mode, data.enrollment_field_path, event, notes),
        "exitConditions": [{"not": {"segment": trigger["segment"]}}] if leaves_with_segment else None,
        "stopCondition": stop_of(data.stop_condition, notes),
        "sender": sender_of(data.from_email, data.from_name, "", notes),
        "window": window_of(data.sending_window, notes),
        "steps": steps_of(data.steps or (), notes),
    }


def _changed_enrollment(definition: Definition, data: WireSequenceChanges, notes: Notes) -> Document | None:
    current = definition.enrollment
    mode = data.enrollment_mode if data.enrollment_mode is not None else str(current.mode)
    field = data.enrollment_field_path
    if field is msgspec.UNSET and mode == EnrollmentMode.MATCHING_FIELD:
        field = current.field
    made = enrollment_of(mode, field, event_of(definition), notes)
    if made is None:
        return None
    return {**made, "existing": True} if current.existing else made


def _read(document: Document, notes: Notes) -> Definition:
    notes.faults.raise_any()
    try:
        return read_document(document)
    except Invalid as invalid:
        raise notes.moved(invalid) from None
