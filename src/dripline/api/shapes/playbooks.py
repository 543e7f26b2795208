"""Playbooks, as the routes about them answer."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from dripline.api.shapes.sequences import SequenceShape
from dripline.authoring.playbooks.facts import COMMON, facts_of
from dripline.authoring.playbooks.making import template_slug
from dripline.authoring.playbooks.model import Event, Mail, Playbook
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json


class PlaybookShape(msgspec.Struct, frozen=True):
    """A playbook in short. `mails`: how many; `trigger` as definitions hold it."""

    name: str
    title: str
    summary: str
    mails: int
    trigger: Mapping[str, Any]


class FactShape(msgspec.Struct, frozen=True):
    """What only its user knows. `value` is what is taken when it is not given."""

    name: str
    means: str
    value: str


class PlaybookMailShape(msgspec.Struct, frozen=True, rename="camel"):
    """A mail, with `[[facts]]` in it. `template` is the slug that it gets when the slug of the sequence is the name."""

    template: str
    name: str
    subject: str
    preview_text: str
    blocks: Sequence[Mapping[str, Any]]


class WholePlaybookShape(msgspec.Struct, frozen=True):
    """A playbook: what it listens to, what it needs to be told, its definition and its mails."""

    name: str
    title: str
    summary: str
    trigger: Mapping[str, Any]
    events: Sequence[Event]
    facts: Sequence[FactShape]
    definition: str
    emails: Sequence[PlaybookMailShape]


class MadeShape(SequenceShape, frozen=True, rename="camel"):
    """The draft that was made, the slugs of its templates, the facts in them, and what is left to be filled in."""

    templates: Sequence[str]
    facts: Mapping[str, str]
    warnings: Sequence[str]


def shape_playbook(playbook: Playbook) -> PlaybookShape:
    """A playbook in short."""
    about = playbook.about
    return PlaybookShape(playbook.name, about.title, about.summary, len(about.mails), _trigger(playbook))


def shape_whole(playbook: Playbook, house: Mapping[str, str]) -> WholePlaybookShape:
    """A playbook; `house` are the facts that the workspace has."""
    about, values = playbook.about, facts_of(playbook, {}, house).values
    return WholePlaybookShape(
        name=playbook.name,
        title=about.title,
        summary=about.summary,
        trigger=_trigger(playbook),
        events=about.events,
        facts=[FactShape(name, means, values[name]) for name, means in {**COMMON, **about.facts}.items()],
        definition=playbook.definition,
        emails=[_mail(template_slug(playbook.name, key), mail) for key, mail in about.mails.items()],
    )


def _mail(slug: str, mail: Mail) -> PlaybookMailShape:
    return PlaybookMailShape(slug, mail.name, mail.subject, mail.preview_text, mail.blocks)


def _trigger(playbook: Playbook) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", to_json(read_definition(playbook.definition))["trigger"])
