"""Filters of attributes, which are properties: `name:value`, all of it text, whatever the property is."""

from collections.abc import Callable

import msgspec

from dripline.documents.scalars import checked_number
from dripline.kernel.values import Json
from dripline.predicates.model import AnyOf, Comparison, Operator, Predicate
from dripline.predicates.paths import Scope, full
from dripline.predicates.truth import moment
from dripline.segments.formats.values import Filter, Read

_LONGEST_NUMBER = 64


def _is_empty(path: str) -> Predicate:
    return AnyOf((Comparison(path, Operator.NOT_EXISTS), Comparison(path, Operator.EQUALS, "")))


def empty_at(path: str) -> Read:
    """Asks whether there is nothing at a path, or an empty text."""

    def read(filter_: Filter) -> Predicate:
        filter_.nothing()
        return _is_empty(path)

    return read


def attribute(compare: Callable[[Filter, str, str], Predicate]) -> Read:
    """Reads `name:value`."""
    expected = "the name of an attribute and a value, such as plan:pro"

    def read(filter_: Filter) -> Predicate:
        name, colon, value = filter_.text(expected).partition(":")
        path = _attribute_path(filter_, name, expected)
        if name and not colon:
            filter_.wrong(expected)
        return compare(filter_, path, value.strip())

    return read


def attribute_alone(filter_: Filter) -> Predicate:
    """Reads `name`, with or without a colon after it."""
    expected = "the name of an attribute"
    return _is_empty(_attribute_path(filter_, filter_.text(expected).removesuffix(":"), expected))


def _attribute_path(filter_: Filter, name: str, expected: str) -> str:
    path = full(f"contact.properties.{name.strip()}", Scope.SEGMENT)
    if path is None:
        filter_.wrong(expected)
    return path or ""


def equals(_: Filter, path: str, value: str) -> Predicate:
    """An attribute may be a number or a truth value, where the filter can only write text."""
    equal = [Comparison(path, Operator.EQUALS, each) for each in (value, *_meant(value))]
    return AnyOf(tuple(equal)) if len(equal) > 1 else equal[0]


def contains(_: Filter, path: str, value: str) -> Predicate:
    """The value is a part of the attribute."""
    return Comparison(path, Operator.CONTAINS, value)


def ordered(operator: Operator) -> Callable[[Filter, str, str], Predicate]:
    """The attribute is greater or less than the value, a number or a date."""

    def compare(filter_: Filter, path: str, value: str) -> Predicate:
        numbers = [each for each in _meant(value) if not isinstance(each, bool)]
        if not numbers and moment(value) is None:
            filter_.wrong("a number or a date after the colon, such as age:30")
        return Comparison(path, operator, numbers[0] if numbers else value)

    return compare


def _meant(text: str) -> tuple[bool | int | float, ...]:
    """The number or truth value that a text writes, if it does."""
    try:
        value: Json = msgspec.json.decode(text) if len(text) <= _LONGEST_NUMBER else None
        match value:
            case bool():
                return (value,)
            case int() | float():
                return (checked_number(value),)
    except ValueError:
        pass
    return ()
