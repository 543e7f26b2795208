"""Trying a definition on somebody without a database: what to read, and the run that comes of it."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from dripline.api.decoding import read_value
from dripline.api.reading.contacts import NewContactBody, read_address, read_changes, read_tags
from dripline.api.reading.dry_runs import AssumedEventBody, read_assumed
from dripline.api.reading.sequences import read_snapshot
from dripline.cli.excerpts import placed
from dripline.contacts.facts import Company
from dripline.contacts.model import Contact, merge_properties
from dripline.contacts.timezones import canonical_timezone
from dripline.documents.parsing import MOST_BYTES
from dripline.engine.insight.dry_running import Imagination, nobody, simulate
from dripline.kernel.errors import Invalid, Problem, Refused
from dripline.kernel.values import Json
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.references import names_in, templates_of
from dripline.sequences.model import References
from dripline.sequences.simulator.dry_run import Run
from dripline.sequences.simulator.world import AssumedEvent
from dripline.sequences.versions import Known

_NOBODY_KNOWN = "somebody@example.com"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact and their tags."""

    contact: Contact
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that began at `start`, and what the author of the definition should know."""

    run: Run
    warnings: tuple[Problem, ...]
    start: datetime


def try_out(
    text: str,
    person: Person,
    event: Mapping[str, Json] | None,
    *,
    events: tuple[AssumedEvent, ...] = (),
    now: datetime,
) -> Trial:
    """Run a definition from `now` on, with everything that it names taken to exist.

    Raises:
        Invalid: it cannot be read.
        Unprocessable: it cannot run.
    """
    definition = name_steps(read_definition(text))
    imagination = Imagination(person.contact, event, Company(person.tags), events)
    run, warnings = simulate(definition, imagination, _all_of(definition), now=now)
    return Trial(run, placed(warnings, text), now)


def _all_of(definition: Definition) -> Known:
    """Everything that a definition names, as if it existed."""
    named = names_in(definition)
    references = References(_made_up(named.lists), _made_up(named.segments), _made_up(named.sequences))
    return Known(_made_up(templates_of(definition)), references, senders=lambda _: None)


def _made_up(names: Iterable[str]) -> Mapping[str, UUID]:
    return {name: UUID(int=number) for number, name in enumerate(sorted(names), start=1)}


def read_file(file: Path) -> str:
    """The text of a definition; of standard input where the file is `-`.

    Raises:
        Refused: there is no such file, or it is no text of a size that a definition can have.
    """
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            content = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise Refused(f"{file} is too large: a definition has at most {MOST_BYTES} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is no UTF-8 text: byte {error.start} cannot be read.") from None


def read_contact(text: str, *, now: datetime) -> Person:
    """The contact that a JSON text describes, in the words of the API. Without an address it is somebody's.

    Raises:
        Invalid: it describes none; names the place.
    """
    described = _object(text, "--contact")
    given = read_value({"email": _NOBODY_KNOWN, **described}, NewContactBody, "--contact")
    contact = nobody(read_address(given.email, "--contact.email"), now)
    changes = read_changes(given, "--contact.")
    contact = replace(
        contact,
        properties=merge_properties({}, changes.properties or {}),
        user_id=changes.user_id,
        timezone=changes.timezone and canonical_timezone(changes.timezone, "--contact.timezone"),
        unsubscribed_at=now if changes.unsubscribed else None,
    )
    return Person(contact, frozenset(read_tags(given.tags, "--contact.tags")))


def read_event(text: str) -> Mapping[str, Json] | None:
    """The properties of the event that enrolls.

    Raises:
        Invalid: they are no JSON object, or cannot be kept.
    """
    return read_snapshot(_object(text, "--event"))


def read_events(text: str, *, now: datetime) -> tuple[AssumedEvent, ...]:
    """The events that are assumed to happen, as a JSON list of what the API takes.

    Raises:
        Invalid: they are none.
    """
    value = _json(text, "--events")
    if not isinstance(value, list):
        raise Invalid.at("--events", "is no JSON list", found=repr(text[:80]), expected='[{"event": "name"}, …]')
    bodies = [read_value(each, AssumedEventBody, f"--events[{index}]") for index, each in enumerate(value)]
    return read_assumed(bodies, "--events", start=now)


def _object(text: str, path: str) -> dict[str, Json]:
    value = _json(text, path)
    if not isinstance(value, dict):
        raise Invalid.at(path, "is no JSON object", found=repr(text[:80]), expected='{"name": value, …}')
    return value


def _json(text: str, path: str) -> Json:
    try:
        value: Json = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Invalid.at(path, f"is no JSON: {error}", found=repr(text[:80]), expected="JSON") from None
    return value
