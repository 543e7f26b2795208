"""What the names of columns mean: fields of a contact in the spellings that other products export, or properties."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import check_text


class Field(StrEnum):
    """What of a contact a column holds."""

    EMAIL = "email"
    USER_ID = "userId"
    TIMEZONE = "timezone"
    TAGS = "tags"
    UNSUBSCRIBED = "unsubscribed"
    SUBSCRIBED = "subscribed"
    SUPPRESSED = "suppressed"
    STATUS = "status"
    PROPERTIES = "properties"
    PROPERTY = "property"
    # What we give a contact and nobody else: an export has it, and an import passes over it.
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, its name as it stands in the file, and which property it is, where it is one."""

    field: Field
    name: str
    property: str = ""


PREFIX = "properties."
"""Before the name of a column it says that the column is a property, whatever its name."""

_SPELLINGS = {
    Field.EMAIL: ("email", "emailaddress", "mail"),
    Field.USER_ID: ("userid", "externalid"),
    Field.TIMEZONE: ("timezone", "tz"),
    Field.TAGS: ("tags", "tag"),
    Field.UNSUBSCRIBED: ("unsubscribed",),
    Field.SUBSCRIBED: ("subscribed",),
    Field.SUPPRESSED: ("suppressed",),
    Field.STATUS: ("status",),
    Field.PROPERTIES: ("properties", "metadata", "customattributes"),
    Field.NOTHING: ("id", "contactid", "createdat", "updatedat", ""),
}
_FIELDS = {spelling: field for field, spellings in _SPELLINGS.items() for spelling in spellings}
_PROPERTIES = {"firstname": "firstName", "fname": "firstName", "lastname": "lastName", "lname": "lastName"}
_SEPARATORS = str.maketrans("", "", " _-\t")


def column_of(name: str) -> Column:
    """What a name means. Case, spaces, `_` and `-` do not matter, except in the names of properties.

    Raises:
        Invalid: no property can have that name.
    """
    if (begun := name.lstrip()).startswith(PREFIX):
        return _property(name, begun.removeprefix(PREFIX))
    squeezed = _squeezed(name)
    if squeezed in _FIELDS:
        return Column(_FIELDS[squeezed], name)
    return _property(name, _PROPERTIES.get(squeezed, name.strip()))


def _property(name: str, property_: str) -> Column:
    return Column(Field.PROPERTY, name, check_text(property_, "header", longest=256))


def columns_of(header: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a header.

    Raises:
        Invalid: none of them is the address, or two are the same.
    """
    columns = tuple(column_of(name) for name in header)
    if all(column.field is not Field.EMAIL for column in columns):
        found = ", ".join(header)[:200]
        raise _unusable("has no column with addresses", found=found, expected="email")
    seen: dict[tuple[Field, str], int] = {}
    for number, column in enumerate(columns, start=1):
        first = seen.setdefault((column.field, column.property), number)
        if first != number and column.field is not Field.NOTHING:
            message = f"has two columns that are both {column.property or column.field}: {first} and {number}"
            raise _unusable(message, found=column.name, expected="one of them")
    return columns


def is_address(name: str) -> bool:
    """Whether a column of this name holds addresses."""
    return _squeezed(name) in _SPELLINGS[Field.EMAIL]


def _squeezed(name: str) -> str:
    return name.strip().translate(_SEPARATORS).lower()


def _unusable(message: str, *, found: str, expected: str) -> Invalid:
    return Invalid.of([Problem("header", message, line=1, column=1, found=found, expected=expected)])


def name_of(property_: str) -> str:
    """The name for the column of a property, by which `column_of` knows it again."""
    column = column_of(property_)
    is_plain = column.field is Field.PROPERTY and column.property == property_
    return property_ if is_plain else PREFIX + property_
