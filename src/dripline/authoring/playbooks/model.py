"""What a playbook is."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event that a playbook listens to; `sample` are properties like those that start it."""

    event: str
    means: str
    sample: Mapping[str, Any] | None = None


class Mail(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A mail, with `[[facts]]` in its texts and links."""

    name: str
    subject: str
    preview_text: str
    blocks: Sequence[Mapping[str, Any]]


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in `playbook.yaml`. `facts` are links, by what they are called: what each leads to."""

    title: str
    summary: str
    events: Sequence[Event]
    facts: Mapping[str, str]
    mails: Mapping[str, Mail]


class Playbook(msgspec.Struct, frozen=True):
    """A playbook. The templates in its `definition` are called by its name, a dash and the key of the mail."""

    name: str
    about: About
    definition: str

    @property
    def sample(self) -> Mapping[str, Any] | None:
        """The properties of an event that starts it; None when no event does."""
        return next((event.sample for event in self.about.events if event.sample is not None), None)
