"""Somebody put together from what the columns of a row say, as far as it can be kept."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from dripline.contacts.importing.columns import PREFIX, Column, Field
from dripline.contacts.importing.model import Fault, Person
from dripline.contacts.model import ContactChanges, SuppressionReason
from dripline.contacts.timezones import canonical_timezone
from dripline.kernel.addresses import Address, parse_address
from dripline.kernel.errors import Invalid
from dripline.kernel.tags import LONGEST_TAG, normal_tag
from dripline.kernel.values import Json, check_properties, check_text

_LONGEST_USER_ID = 256
_LONGEST_SHOWN = 80
_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_STATUSES: Mapping[str, SuppressionReason | bool] = {
    "active": False,
    "subscribed": False,
    "unsubscribed": True,
    "bounced": SuppressionReason.BOUNCED,
    "cleaned": SuppressionReason.BOUNCED,
    "complained": SuppressionReason.COMPLAINED,
    "suppressed": SuppressionReason.MANUAL,
}
_BETWEEN_TAGS = re.compile("[;,]")
_MOST_TAGS = 100


class Draft:
    """A row as far as it was read. What is wrong is noted, and the rest is looked at all the same."""

    def __init__(self, address_column: str) -> None:
        self._address_column = address_column
        self._address: Address | None = None
        self._user_id: str | None = None
        self._timezone: str | None = None
        self._tags: tuple[str, ...] = ()
        self._wishes: set[bool] = set()
        self._suppression: SuppressionReason | None = None
        self._properties: dict[str, Json] = {}
        self._columns: dict[str, str] = {}
        self._faults: list[Fault] = []

    def take(self, column: Column, value: Json) -> None:
        """Note what a column says."""
        try:
            self._take(column, value)
        except Invalid as error:
            self._faults.append(Fault(column.name, _told(error)))
        except _Wrong as error:
            self._faults.append(Fault(column.name, f"{error}, found {_shown(value)}"))

    def finish(self) -> Person | tuple[Fault, ...]:
        """The person, or all that is wrong."""
        if len(self._wishes) > 1:
            self._faults.append(Fault("unsubscribed", "contradicts another column"))
        self._check_properties()
        if self._faults:
            return tuple(self._faults)
        if self._address is None:
            return (Fault(self._address_column, "is missing"),)
        # No wish is undone by a file: who has opted out since it was made stays so.
        wish = True if True in self._wishes else None
        changes = ContactChanges(self._properties or None, self._user_id, self._timezone, wish)
        return Person(self._address, changes, self._tags, self._suppression)

    def _take(self, column: Column, value: Json) -> None:
        match column.field:
            case Field.EMAIL:
                self._address = _address(value)
            case Field.USER_ID:
                self._user_id = check_text(_text(value), "userId", longest=_LONGEST_USER_ID)
            case Field.TIMEZONE:
                self._timezone = canonical_timezone(_text(value), "timezone")
            case Field.TAGS:
                self._tags += _tags(value)
            case Field.UNSUBSCRIBED:
                self._wishes.add(_flag(value))
            case Field.SUBSCRIBED:
                self._wishes.add(not _flag(value))
            case Field.SUPPRESSED:
                self._suppression = SuppressionReason.MANUAL if _flag(value) else self._suppression
            case Field.STATUS:
                self._take_status(_status(value))
            case Field.PROPERTIES:
                for name, inner in _object(value).items():
                    self._keep(name, inner, PREFIX + name)
            case Field.PROPERTY:
                self._keep(column.property, value, column.name)
            case Field.NOTHING:
                pass
            case unreachable:
                assert_never(unreachable)

    def _take_status(self, status: SuppressionReason | bool) -> None:
        if isinstance(status, bool):
            self._wishes.add(status)
        else:
            self._suppression = status

    def _keep(self, name: str, value: Json, column: str) -> None:
        self._properties[name] = value
        self._columns[name] = column

    def _check_properties(self) -> None:
        try:
            check_properties(self._properties, "properties")
        except Invalid as error:
            self._faults += self._faults_by_property() or [Fault(None, f"properties: {_told(error)}")]

    def _faults_by_property(self) -> list[Fault]:
        faults = []
        for name, value in self._properties.items():
            try:
                check_properties({name: value}, "properties")
            except Invalid as error:
                faults.append(Fault(self._columns[name], _told(error)))
        return faults


class _Wrong(ValueError):
    """A value that its column cannot have."""


def _address(value: Json) -> Address:
    text = _text(value)
    try:
        return parse_address(text)
    except ValueError as error:
        raise _Wrong(f"is no email address: {error}") from None


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise _Wrong("expected text")
    return value


def _flag(value: Json) -> bool:
    flag = _FLAGS.get(str(value).strip().lower()) if isinstance(value, bool | int | str) else None
    if flag is None:
        raise _Wrong("expected true or false")
    return flag


def _status(value: Json) -> SuppressionReason | bool:
    status = _STATUSES.get(_text(value).strip().lower())
    if status is None:
        raise _Wrong(f"is no status; expected {', '.join(_STATUSES)}")
    return status


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise _Wrong("expected an object")
    return value


def _tags(value: Json) -> tuple[str, ...]:
    """Tags in their normal form: of a list, or of a text with `;` or `,` between them."""
    match value:
        case str():
            texts = [text for text in _BETWEEN_TAGS.split(value) if text.strip()]
        case Sequence():
            texts = [_text(each) for each in value]
        case _:
            raise _Wrong("expected tags")
    if len(texts) > _MOST_TAGS:
        raise _Wrong(f"names {len(texts)} tags; expected at most {_MOST_TAGS}")
    return tuple(_tag(text) for text in texts)


def _tag(text: str) -> str:
    tag = normal_tag(check_text(text, "tags"))
    if not tag:
        raise _Wrong(f"nothing of {_shown(text)} is left as a tag")
    return check_text(tag, "tags", longest=LONGEST_TAG)


def _told(error: Invalid) -> str:
    [problem, *_] = error.problems
    found = f", found {problem.found}" if problem.found else ""
    expected = f"; expected {problem.expected}" if problem.expected else ""
    return f"{problem.message}{found}{expected}" + (f". {problem.hint}" if problem.hint else "")


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
