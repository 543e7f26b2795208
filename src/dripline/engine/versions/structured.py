"""Structured sequences: what stands above the steps, said in ids of lists, segments and senders."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dripline.contacts.lists import find_list
from dripline.database.work import Tx
from dripline.delivery.identities import find_identity, identities_of
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import TemplateId, WorkspaceId, read, show
from dripline.kernel.values import Json
from dripline.segments.store import find_segment
from dripline.sequences.editing.heading import set_existing, set_sender, set_trigger
from dripline.sequences.editing.structured import TriggerType
from dripline.sequences.language.reading import read_definition
from dripline.templates.store import find_template, find_template_by_slug

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the steps of a structured sequence. None leaves it as it is; an empty sender takes it away."""

    trigger_type: TriggerType | None = None
    trigger_list: str | None = None
    trigger_segment: str | None = None
    trigger_event: str | None = None
    trigger_tag: str | None = None
    sender: str | None = None
    enroll_existing: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all is left as it is."""
        return self == Heading()


_BELONGINGS = {
    TriggerType.LIST_ADD: ("triggerListId", "trigger_list"),
    TriggerType.SEGMENT: ("triggerSegmentId", "trigger_segment"),
    TriggerType.EVENT: ("triggerEvent", "trigger_event"),
    TriggerType.TAG: ("triggerTag", "trigger_tag"),
}


async def with_heading(tx: Tx, workspace: WorkspaceId, text: str, heading: Heading) -> str:
    """The text of a definition with what a heading says.

    Raises:
        Invalid: the text cannot be read, what it names is not there, or it does not fit together.
    """
    trigger = await _trigger(tx, workspace, heading)
    sender = await sender_of(tx, workspace, heading.sender) if heading.sender else heading.sender

    def write() -> str:
        # As it was sent, so that its faults name lines that its author knows.
        read_definition(text)
        result = set_trigger(text, trigger) if trigger is not None else text
        result = set_sender(result, sender or None) if sender is not None else result
        return set_existing(result, heading.enroll_existing) if heading.enroll_existing is not None else result

    return await asyncio.to_thread(write)


async def sender_of(tx: Tx, workspace: WorkspaceId, ref: str) -> str:
    """A sender as definitions hold it, by its id or address.

    Raises:
        Invalid: there is none, at `senderId`.
    """
    return str((await _named("senderId", ref, find_identity(tx, workspace, ref))).mailbox)


async def template_of(tx: Tx, workspace: WorkspaceId, ref: str) -> str:
    """The slug of a template, by its id or slug.

    Raises:
        Invalid: there is none, at `templateId`.
    """
    template = read("template", ref)
    found = await (
        find_template(tx, workspace, TemplateId(template))
        if template is not None
        else find_template_by_slug(tx, workspace, ref)
    )
    if found is None:
        raise _unknown("templateId", ref)
    return found.slug


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids, as text, of lists by the names that definitions use, and of senders by their `Name <address>`."""

    lists: Mapping[str, str] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)


async def ids_behind(tx: Tx, workspace: WorkspaceId, *, lists: Iterable[str], senders: Iterable[str]) -> Ids:
    """The ids of those that are there."""
    found: dict[str, str] = {}
    for name in sorted(set(lists)):
        try:
            found[name] = show("list", (await find_list(tx, workspace, name)).id)
        except NotFound:
            continue
    return Ids(found, await identities_of(tx, workspace, set(senders)))


async def _trigger(tx: Tx, workspace: WorkspaceId, heading: Heading) -> Mapping[str, Json] | None:
    kind = _kind(heading)
    match kind:
        case None:
            return None
        case TriggerType.API | TriggerType.MANUAL:
            return {"api": True}
        case TriggerType.CONTACT_ADDED:
            return {"contact": "added"}
        case TriggerType.INACTIVITY | TriggerType.FREQUENCY:
            expected = "a definition, which has a place for its numbers"
            raise Invalid.at("triggerType", "is not given this way", found=repr(str(kind)), expected=expected)
        case TriggerType.LIST_ADD | TriggerType.SEGMENT | TriggerType.EVENT | TriggerType.TAG:
            path, name = _BELONGINGS[kind]
            if not (ref := getattr(heading, name)):
                raise Invalid.at(path, "is missing", found="nothing", expected=f"what the trigger {kind!s} is about")
            return await _about(tx, workspace, kind, path, ref)


async def _about(tx: Tx, workspace: WorkspaceId, kind: TriggerType, path: str, ref: str) -> Mapping[str, Json]:
    if kind is TriggerType.LIST_ADD:
        return {"list": show("list", (await _named(path, ref, find_list(tx, workspace, ref))).id)}
    if kind is TriggerType.SEGMENT:
        return {"segment": show("segment", (await _named(path, ref, find_segment(tx, workspace, ref))).id)}
    return {kind.value: ref}


def _kind(heading: Heading) -> TriggerType | None:
    """The type of the trigger: that which is given, or that which what is given belongs to."""
    given = [kind for kind, (_, name) in _BELONGINGS.items() if getattr(heading, name) is not None]
    for kind in given:
        if kind is not (heading.trigger_type or given[0]):
            path, name = _BELONGINGS[kind]
            message = f"belongs to the trigger type {kind!s}"
            raise Invalid.at(path, message, found=repr(getattr(heading, name)[:80]), expected="nothing")
    return heading.trigger_type or (given[0] if given else None)


async def _named(path: str, ref: str, find: Awaitable[Found]) -> Found:
    try:
        return await find
    except NotFound:
        raise _unknown(path, ref) from None


def _unknown(path: str, ref: str) -> Invalid:
    return Invalid.at(path, "is not there", found=repr(ref[:80]), expected="an id of this workspace")
