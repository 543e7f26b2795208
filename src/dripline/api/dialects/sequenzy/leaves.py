"""Steps of this wire format that hold no other steps, each into one or several of ours."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import msgspec

from dripline.api.decoding import read_known
from dripline.api.dialects.sequenzy.markup import blocks_in
from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here
from dripline.api.dialects.sequenzy.senders import sender_of
from dripline.documents.nodes import Mark
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.templates.blocks.model import write
from dripline.templates.blocks.reading import read_blocks

Given = Mapping[str, Json]
Kind = TypeVar("Kind", bound=msgspec.Struct)

_DISCOUNT_FIELDS = (
    "label",
    "provider",
    "discountType",
    "percentOff",
    "amountOff",
    "currency",
    "duration",
    "durationInMonths",
    "appliesToAllPlans",
    "planIds",
    "codePrefix",
    "maxRedemptions",
    "lockToSubscriber",
    "expiresAt",
    "expiresInHours",
    "name",
)
# What any step may have, besides its own fields.
_COMMON = frozenset({"type", "nodeType", "config", "delay", "delayMs", "waitUntil", "id", "label"})


class WireEmail(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A mail: a subject, and either blocks or html, which becomes blocks."""

    subject: str
    preview_text: str | None = None
    blocks: list[dict[str, Any]] | None = None
    html: str | None = None
    name: str | None = None
    from_email: str | None = None
    from_name: str | None = None


class WireWait(msgspec.Struct, frozen=True, rename="camel"):
    """A wait for an event; its timeout in days."""

    event_name: str
    timeout_days: int | float = 7
    timeout_action: str = "continue"


class WireTagStep(msgspec.Struct, frozen=True, rename="camel"):
    """A tag, by name; its id is its name."""

    tag_name: str | None = None
    tag_id: str | None = None


class WireListStep(msgspec.Struct, frozen=True, rename="camel"):
    """A list, by id."""

    list_id: str


class WireAttributeUpdate(msgspec.Struct, frozen=True):
    """One attribute, and what it becomes; null takes it away."""

    name: str
    value: Any = None


class WireContactUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """What changes about the contact."""

    first_name: str | None = None
    last_name: str | None = None
    status: str | None = None
    custom_attribute_updates: list[WireAttributeUpdate] | None = None


def read_part(value: Json, kind: type[Kind], path: str, notes: Notes) -> Kind | None:
    """A part of a request, or None after a fault."""
    try:
        return read_known(value, kind, path)
    except Invalid as invalid:
        notes.take(invalid)
        return None


def pass_over(step: Given, own: Collection[str] | type[msgspec.Struct], path: str, notes: Notes) -> None:
    """Warn of what a step has besides its own fields."""
    if isinstance(own, type):
        own = {field.encode_name for field in msgspec.structs.fields(own)}
    for name, value in step.items():
        if name not in _COMMON and name not in own and value is not None:
            notes.warn(f"{path}.{name} is not known here: it was passed over.")


def _email(step: Given, path: str, notes: Notes) -> list[Document]:
    mail = read_part(step, WireEmail, path, notes)
    if mail is None:
        return []
    if (mail.html is None) == (mail.blocks is None):
        message = "has neither blocks nor html." if mail.html is None else "has both blocks and html."
        notes.fault(path, message, expected="either blocks or html")
        return []
    pass_over(step, WireEmail, path, notes)
    if mail.blocks is not None:
        _look_at_blocks(mail.blocks, f"{path}.blocks", notes)
    converted = blocks_in(mail.html, f"{path}.html", notes) if mail.html is not None else None
    blocks = mail.blocks
    if converted is not None:
        blocks = write(converted.blocks)
        notes.converted.append(blocks)
    optional = {
        "html": mail.html if converted is None else None,
        "blocks": blocks,
        "name": mail.name,
        "previewText": mail.preview_text or (converted.preview_text if converted is not None else None),
        "sender": sender_of(mail.from_email, mail.from_name, f"{path}.", notes),
    }
    kept = {name: value for name, value in optional.items() if value is not None}
    return [{"action": "email", "subject": mail.subject, **kept}]


def _look_at_blocks(blocks: list[dict[str, Any]], path: str, notes: Notes) -> None:
    read = read_blocks(blocks, path)
    for problem in read.problems:
        mark = Mark(problem.line, problem.column or 1) if problem.line is not None else None
        said = _sentence(problem.message)
        notes.faults.note(problem.path, said, mark, found=problem.found, expected=problem.expected, hint=problem.hint)
    for warning in read.warnings:
        notes.warn(_sentence(str(warning)))


def _sentence(text: str) -> str:
    return text if text.endswith(("?", ".")) else f"{text}."


def _discount(step: Given, path: str, notes: Notes) -> list[Document]:
    inner = step.get("discount")
    fields = {**step, **inner} if isinstance(inner, Mapping) else step
    kept = {name: fields[name] for name in _DISCOUNT_FIELDS if fields.get(name) is not None}
    if kept.get("expiresInHours") is not None and kept.pop("expiresAt", None) is not None:
        notes.warn(f"{path}: expiresAt was passed over, because expiresInHours is given.")
    if kept.get("amountOff") is not None:
        kept.setdefault("currency", "usd")
    pass_over(step, ("discount", *_DISCOUNT_FIELDS), path, notes)
    return [{"action": "discount", **kept}]


def _wait(step: Given, path: str, notes: Notes) -> list[Document]:
    wait = read_part(step, WireWait, path, notes)
    if wait is None:
        return []
    pass_over(step, WireWait, path, notes)
    if not 1 <= wait.timeout_days <= 365 or wait.timeout_days != int(wait.timeout_days):
        notes.fault(f"{path}.timeoutDays", "expected 1 to 365.", expected="a whole number from 1 to 365")
        return []
    if wait.timeout_action not in ("continue", "exit"):
        notes.unknown_word(f"{path}.timeoutAction", wait.timeout_action, ("continue", "exit"))
        return []
    timeout = f"{int(wait.timeout_days)}d"
    return [{"action": "wait", "event": wait.event_name, "timeout": timeout, "onTimeout": wait.timeout_action}]


def _tagging(action: str) -> "Write":
    def write(step: Given, path: str, notes: Notes) -> list[Document]:
        named = read_part(step, WireTagStep, path, notes)
        if named is None:
            return []
        pass_over(step, WireTagStep, path, notes)
        tag = named.tag_name or named.tag_id
        if not tag:
            notes.missing(f"{path}.tagName", expected="the name of a tag")
        return [{"action": action, "tag": tag}] if tag else []

    return write


def _listing(action: str) -> "Write":
    def write(step: Given, path: str, notes: Notes) -> list[Document]:
        named = read_part(step, WireListStep, path, notes)
        pass_over(step, WireListStep, path, notes)
        return [{"action": action, "list": named.list_id}] if named is not None else []

    return write


def _update(step: Given, path: str, notes: Notes) -> list[Document]:
    wanted = read_part(step, WireContactUpdate, path, notes)
    if wanted is None:
        return []
    if wanted.status is not None:
        raise not_here("steps that change the status of a contact")
    pass_over(step, WireContactUpdate, path, notes)
    named = {"firstName": wanted.first_name, "lastName": wanted.last_name}
    values: list[tuple[str, Json]] = [(name, value) for name, value in named.items() if value is not None]
    values += [(each.name, each.value) for each in wanted.custom_attribute_updates or ()]
    if not values:
        notes.fault(path, "changes nothing.", expected="firstName, lastName or customAttributeUpdates")
    return [{"action": "setProperty", "property": name, "value": value} for name, value in values]


Write = Callable[[Given, str, Notes], list[Document]]

LEAVES: Mapping[str, Write] = {
    "email": _email,
    "create_discount": _discount,
    "wait_for_event": _wait,
    "add_tag": _tagging("tag"),
    "remove_tag": _tagging("untag"),
    "add_to_list": _listing("addToList"),
    "remove_from_list": _listing("removeFromList"),
    "update_subscriber": _update,
}
