"""Sequences of ours in the words of this wire format."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from dripline.api.dialects.sequenzy.heading import mode_shown, stop_shown, window_shown
from dripline.api.dialects.sequenzy.triggers import config_of
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import iso
from dripline.kernel.durations import format_duration, parse_duration
from dripline.kernel.ids import show
from dripline.sequences.compiler.inlining import template_of
from dripline.sequences.language.model import Definition, Delay, Discount, Email, SetProperty, Step
from dripline.sequences.language.walking import walk
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status, Writing
from dripline.templates.model import SourceKind, Template

NODE_TYPES: Mapping[str, str] = {
    "email": "action_email",
    "delay": "logic_delay",
    "condition": "logic_condition",
    "wait": "logic_wait_for_event",
    "split": "logic_branch",
    "discount": "action_create_discount",
    "tag": "action_add_tag",
    "untag": "action_remove_tag",
    "addToList": "action_add_to_list",
    "removeFromList": "action_remove_from_list",
    "setProperty": "action_update_attributes",
    "enroll": "action_enroll",
    "exit": "action_exit",
    "webhook": "action_webhook",
}
"""The types of their nodes, by the actions of ours; the two that they do not have are named alike."""

# Every graph of theirs begins and ends with a node that is none of the steps.
_TRIGGER_AND_COMPLETION = 2


class WireStates(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a sequence stands, in one word and in one sentence."""

    status: str
    effective_status: str
    effective_status_summary: str
    accepts_new_enrollments: bool
    processes_existing_enrollments: bool
    enrollment_paused: bool = False


class WireSequence(WireStates, frozen=True, rename="camel", kw_only=True):
    """A sequence. `enrichmentStatus` is `complete` also where nothing is written for it in the background."""

    id: str
    name: str
    description: str | None = None
    labels: Sequence[str] = ()
    trigger: str
    trigger_config: Mapping[str, Any]
    enrollment_mode: str
    enrollment_field_path: str | None
    stop_condition: Any
    sending_window: Any
    from_email: str | None
    from_name: str | None
    email_count: int
    discount_count: int
    subscriber_update_count: int
    node_count: int
    enrichment_status: str
    enriched_count: int
    enrichment_error: str | None
    graph_revision: int
    paused_at: str | None
    created_at: str
    updated_at: str


class WireMail(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A mail of a sequence. `delayMs` is what it waits for after the step before it."""

    node_id: str
    node_type: str = "action_email"
    email_id: str | None
    name: str | None
    subject: str | None
    preview_text: str | None
    html: str | None
    blocks: Sequence[Any] | None
    step_number: int
    structural_step_number: int
    delay_ms: int
    delay_display: str | None
    from_email: str | None
    from_name: str | None
    is_transactional: bool = False


class WireWholeSequence(WireSequence, frozen=True, rename="camel", kw_only=True):
    """A sequence with its mails."""

    emails: Sequence[WireMail]


_EFFECTIVE = {
    Status.DRAFT: ("draft", "A draft: it enrolls nobody until it is enabled."),
    Status.ACTIVE: ("live", "Live: contacts enter, and those inside go on."),
    Status.PAUSED: ("paused", "Paused: nobody enters, and those inside stay where they are."),
    Status.RESUMING: ("paused", "About to go on: those inside are being prepared, and nobody enters yet."),
    Status.ARCHIVED: ("archived", "Archived: nobody enters, and nobody is inside."),
}


def states_of(status: Status) -> WireStates:
    """How a sequence stands."""
    effective, summary = _EFFECTIVE[status]
    is_live = status is Status.ACTIVE
    return WireStates(
        # Their words know no time between paused and active.
        status=Status.PAUSED if status is Status.RESUMING else status,
        effective_status=effective,
        effective_status_summary=summary,
        accepts_new_enrollments=is_live,
        processes_existing_enrollments=is_live,
    )


def sequence_of(sequence: Drip, definition: Definition) -> WireSequence:
    """A sequence; `definition` is what it says."""
    return WireSequence(**_fields(sequence, definition))


def whole_sequence_of(sequence: Drip, definition: Definition, templates: Mapping[str, Template]) -> WireWholeSequence:
    """A sequence with its mails. Every step of `definition` has an id; `templates` by the names that steps mail."""
    return WireWholeSequence(**_fields(sequence, definition), emails=list(_mails(definition, templates)))


def _fields(sequence: Drip, definition: Definition) -> dict[str, Any]:
    steps = [placed.step for placed in walk(definition)]
    trigger, config = config_of(definition.trigger)
    mode, field = mode_shown(definition)
    emails, enrichment = _count(steps, Email), sequence.enrichment
    from_email, from_name = _sender(definition.sender)
    return msgspec.structs.asdict(states_of(sequence.status)) | {
        "id": show("sequence", sequence.id),
        "name": sequence.name,
        "trigger": trigger,
        "trigger_config": config,
        "enrollment_mode": mode,
        "enrollment_field_path": field,
        "stop_condition": stop_shown(definition),
        "sending_window": window_shown(definition.window),
        "from_email": from_email,
        "from_name": from_name,
        "email_count": emails,
        "discount_count": _count(steps, Discount),
        "subscriber_update_count": _count(steps, SetProperty),
        "node_count": len(steps) + _TRIGGER_AND_COMPLETION,
        "enrichment_status": enrichment.status if enrichment is not None else Writing.COMPLETE,
        "enriched_count": enrichment.written if enrichment is not None else emails,
        "enrichment_error": enrichment.error if enrichment is not None else None,
        "graph_revision": sequence.revision,
        "paused_at": iso(sequence.paused_at) if sequence.paused_at is not None else None,
        "created_at": iso(sequence.created_at),
        "updated_at": iso(sequence.updated_at),
    }


def _count(steps: Sequence[Step], kind: type[Step]) -> int:
    return sum(isinstance(step, kind) for step in steps)


def _mails(definition: Definition, templates: Mapping[str, Template]) -> Iterator[WireMail]:
    number, delays = 0, _Delays()
    for place, placed in enumerate(walk(definition), start=1):
        wait = delays.before(placed.path, placed.step)
        if isinstance(placed.step, Email):
            number += 1
            template = templates.get(template_of(placed.step))
            yield _mail(placed.step, template, number=number, place=place, wait=wait)


class _Delays:
    """Adds up the delays right before a step, in its own list of steps."""

    def __init__(self) -> None:
        self._waits: dict[str, timedelta] = {}

    def before(self, path: str, step: Step) -> timedelta:
        """What is waited for before the step at `path`; called for every step, in order."""
        siblings = path.rpartition("[")[0]
        wait = self._waits.pop(siblings, timedelta())
        if isinstance(step, Delay) and step.duration is not None:
            self._waits[siblings] = wait + parse_duration(step.duration)
        return wait


def _mail(step: Email, template: Template | None, *, number: int, place: int, wait: timedelta) -> WireMail:
    from_email, from_name = _sender(step.sender)
    kind = template.source_kind if template is not None else None
    html = template.source if template is not None and kind is SourceKind.HTML else None
    blocks = msgspec.json.decode(template.source) if template is not None and kind is SourceKind.BLOCKS else None
    return WireMail(
        node_id=step.id or "",
        email_id=show("template", template.id) if template is not None else None,
        name=step.name or (template.name if template is not None else None),
        subject=template.subject if template is not None else step.subject,
        preview_text=step.preview_text or (template.preview_text if template is not None else None),
        html=html if template is not None else step.html,
        blocks=blocks if template is not None else step.blocks,
        step_number=number,
        structural_step_number=place,
        delay_ms=wait // timedelta(milliseconds=1),
        delay_display=format_duration(wait) if wait else None,
        from_email=from_email,
        from_name=from_name,
    )


def _sender(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    mailbox = parse_mailbox(text)
    return mailbox.address.text, mailbox.name or None
