"""The conditions of blocks: the one grammar of conditions, asked in Liquid when the mail is made."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, assert_never
from urllib.parse import quote

from dripline.documents.conditions import read_predicate
from dripline.documents.converting import convert
from dripline.documents.faults import Faults
from dripline.documents.fields import Reader
from dripline.documents.nodes import Fields
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    SegmentTest,
    TagTest,
)

_KNOWN = ("contact.email", "contact.userId", "contact.timezone", "contact.tags")
_OPEN = ("contact.properties.", "event.")
_EXPECTED = (
    f"a property: {', '.join(_KNOWN)}, contact.properties.<name> or event.<name>; or a tag; joined by all, any and not"
)
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9 _.,:;@/-]*", re.ASCII)


def read_condition(value: Mapping[str, Any], path: str) -> tuple[Predicate | None, tuple[Problem, ...]]:
    """The condition of a block, or what is wrong with it: a mail knows less than a sequence does."""
    faults = Faults()
    try:
        node = convert(value, faults)
        assert isinstance(node, Fields)
        reader = Reader(node, "", faults)
        predicate = read_predicate(reader)
        reader.finish()
        faults.raise_any()
    except Invalid as error:
        return None, tuple(_under(path, problem) for problem in error.problems)
    if unknown := _unknown(predicate):
        return None, (Problem(path, f"asks for {unknown}, which a mail does not know", expected=_EXPECTED),)
    return predicate, ()


def _under(path: str, problem: Problem) -> Problem:
    place = f"{path}.{problem.path}" if problem.path else path
    return Problem(place, problem.message, found=problem.found, expected=problem.expected, hint=problem.hint)


def _unknown(predicate: Predicate) -> str | None:
    match predicate:
        case Comparison(path=path):
            return None if path in _KNOWN or path.startswith(_OPEN) else path
        case All(tests=tests) | AnyOf(tests=tests):
            return next((unknown for test in tests if (unknown := _unknown(test))), None)
        case Not(test=test):
            return _unknown(test)
        case TagTest():
            return None
        case DateTest():
            return "where a date lies from now"
        case ListTest():
            return "a list"
        case SegmentTest():
            return "a segment"
        case EventTest():
            return "an event that happened"
        case unreachable:
            assert_never(unreachable)


def asked(predicate: Predicate, fresh: Callable[[], str]) -> tuple[str, str]:
    """Liquid that finds out whether a condition is true, and the name of the variable that then says so.

    `fresh` gives names that nothing else has.
    """
    name = fresh()
    match predicate:
        case Comparison(path, operator, value):
            before, place = _place(path, fresh)
            argument, text = _literal(value, fresh) if operator.takes_value else ("", "")
            wanted = f", {text}" if text else ""
            return f'{before}{argument}{{% assign {name} = {place} | holds: "{operator}"{wanted} %}}', name
        case TagTest(tag=tag):
            return asked(Comparison("contact.tags", Operator.CONTAINS, tag), fresh)
        case All(tests=tests):
            return _joined([asked(test, fresh) for test in tests], name, "and"), name
        case AnyOf(tests=tests):
            return _joined([asked(test, fresh) for test in tests], name, "or"), name
        case Not(test=test):
            before, inner = asked(test, fresh)
            return f"{before}{_assigned(name, inner, yes='false', no='true')}", name
        case _:
            raise AssertionError(f"a mail cannot ask {predicate}")


def _joined(tests: list[tuple[str, str]], name: str, word: str) -> str:
    # One after the other: Liquid reads a long "and" from the right, and knows no brackets.
    first, *others = tests
    parts = [first[0], f"{{% assign {name} = {first[1]} %}}"]
    for before, inner in others:
        parts += [before, _assigned(name, f"{name} {word} {inner}", yes="true", no="false")]
    return "".join(parts)


def _assigned(name: str, test: str, *, yes: str, no: str) -> str:
    return f"{{% if {test} %}}{{% assign {name} = {yes} %}}{{% else %}}{{% assign {name} = {no} %}}{{% endif %}}"


def _place(path: str, fresh: Callable[[], str]) -> tuple[str, str]:
    """Liquid that must come first, and the path in Liquid."""
    root, *names = path.split(".")
    written = [_literal(name, fresh) for name in names]
    return "".join(before for before, _ in written), root + "".join(f"[{text}]" for _, text in written)


def _literal(value: Json, fresh: Callable[[], str]) -> tuple[str, str]:
    """Liquid that must come first, and how the value is then written."""
    match value:
        case bool():
            return "", "true" if value else "false"
        case int() | float():
            return "", format(Decimal(repr(value)), "f")
        case str() if _PLAIN_TEXT.fullmatch(value):
            return "", f'"{value}"'
        case str():
            # Whatever the text holds, what is written of it are letters, digits and signs of percent.
            name = fresh()
            return f'{{% assign {name} = "{quote(value, safe="")}" | url_decode %}}', name
        case _:
            raise AssertionError(f"no condition compares with {value!r}")
