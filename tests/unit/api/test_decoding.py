"""JSON as it comes in: what must be accepted, what must be refused, and where the fault is said to be."""

import json
from contextlib import suppress
from enum import StrEnum
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.api.decoding import DEEPEST, read_body, read_json, read_value
from dripline.kernel.errors import Invalid, Problem

# RFC 8259: texts that are JSON, whatever they look like.
MUST_ACCEPT: list[tuple[bytes, Any]] = [
    (b"{}", {}),
    (b" \t\r\n[ ]\n", []),
    (b'""', ""),
    (b"0", 0),
    (b"-0", 0),
    (b"1e5", 100000.0),
    (b"1E-2", 0.01),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
    (b"true", True),
    (b"null", None),
    (b'"\\u00e9\\ud83d\\ude00"', "é😀"),
    ('"é😀"'.encode(), "é😀"),
    (b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
    (b'"\\\\u0000"', "\\u0000"),
    (b'"[[[[{{{{"', "[[[[{{{{"),
    (b'{"a":1,"a":2}', {"a": 2}),
    (b'{"":{"":0}}', {"": {"": 0}}),
    (b"\x7f".join([b'"', b'"']), "\x7f"),
    (b"[" * DEEPEST + b"]" * DEEPEST, json.loads("[" * DEEPEST + "]" * DEEPEST)),
    (b"[" + b"[],{}," * 50 + b"1]", [[], {}] * 50 + [1]),
    (b"[" + b'"[","{",' * 50 + b"1]", ["[", "{"] * 50 + [1]),
]

MUST_REFUSE = [
    b"",
    b" ",
    b"{",
    b"}",
    b"[1,]",
    b"{,}",
    b'{"a"}',
    b'{"a":}',
    b"{a:1}",
    b"{'a':1}",
    b"[1 2]",
    b"01",
    b"+1",
    b"1.",
    b".5",
    b"1e",
    b"0x1",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"nul",
    b"True",
    b"{} {}",
    b"{}x",
    b'"',
    b'"\\',
    b'"\\x"',
    b'"\\u12"',
    b'"\t"',
    b'"\n"',
    b'"\x00"',
    b'"\\u0000"',
    b'{"\\u0000":1}',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\ud800x"',
    b'{"\\ud800":1}',
    b'"\xff"',
    b'"\xc0\x80"',
    b'"\xed\xa0\x80"',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"// comment\n{}",
    b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    b"[" * 500_000,
    b'{"a":' * 100_000,
    b"]" * 1000,
    b"[}" * 100,
]


@pytest.mark.parametrize(("body", "value"), MUST_ACCEPT)
def test_what_is_json_is_read(body: bytes, value: Any) -> None:
    assert read_json(body) == value


@pytest.mark.parametrize("body", MUST_REFUSE, ids=lambda body: repr(body[:20]))
def test_what_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_json(body)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_VALUES = st.recursive(_SCALARS | _TEXTS, lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner), max_leaves=20)


@given(value=_VALUES, ascii_only=st.booleans())
@settings(max_examples=200)
def test_what_is_written_is_read_back(value: Any, *, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert read_json(text) == value


@given(body=st.binary(max_size=200))
@settings(max_examples=300)
def test_bytes_are_read_or_refused_and_nothing_else_happens(body: bytes) -> None:
    with suppress(Invalid):
        read_json(body)


@given(depth=st.integers(1, 80), mixed=st.lists(st.booleans(), min_size=80, max_size=80), tail=_VALUES)
@settings(max_examples=100)
def test_the_depth_is_counted_exactly(depth: int, mixed: list[bool], tail: Any) -> None:
    body = json.dumps("[{")
    for wrap in mixed[:depth]:
        body = f"[{body},[]]" if wrap else f'{{"a":{body}}}'
    deepest = depth + (mixed[0] if depth else 0)

    refused = False
    try:
        read_json(body.encode())
    except Invalid:
        refused = True

    assert refused == (deepest > DEEPEST)


def problem_of(body: bytes, kind: type[msgspec.Struct]) -> Problem:
    with pytest.raises(Invalid) as caught:
        read_body(body, kind)
    return caught.value.problems[0]


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    count: int


class Outer(msgspec.Struct, rename="camel"):
    user_id: str
    inner: list[Inner] | None = None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            b'{"userId": 5}',
            Problem("userId", "expected a string, found a whole number", found="a whole number", expected="a string"),
        ),
        (
            b'{"userId": "a", "inner": [{"count": "7"}]}',
            Problem(
                "inner[0].count",
                "expected a whole number, found a string",
                found="a string",
                expected="a whole number",
            ),
        ),
        (b"{}", Problem("userId", "is missing.", found="nothing", expected="a value")),
        (
            b'{"userId": "a", "inner": [{}]}',
            Problem("inner[0].count", "is missing.", found="nothing", expected="a value"),
        ),
        (
            b'{"userid": "a"}',
            Problem(
                "userid",
                "is no field of this.",
                found="userid",
                expected="userId, inner",
                hint="Did you mean userId?",
            ),
        ),
        (
            b'{"userId": "a",\n  inner: 1}',
            Problem(
                "",
                "JSON is malformed: object keys must be strings.",
                line=2,
                column=3,
                expected="JSON (RFC 8259)",
            ),
        ),
    ],
)
def test_a_fault_names_its_place_what_was_found_and_what_was_expected(body: bytes, problem: Problem) -> None:
    assert problem_of(body, Outer) == problem


def test_a_value_inside_a_request_is_named_by_its_whole_path() -> None:
    with pytest.raises(Invalid) as caught:
        read_value({"userId": None}, Outer, "events[3]")

    assert caught.value.problems[0].path == "events[3].userId"


def test_what_cannot_be_printed_is_not_written_back() -> None:
    problem = problem_of(b'{"a\\nb\\u0007": 1}', Outer)

    assert problem.path == "a�b�"


class Mood(StrEnum):
    GLAD = "glad"
    SAD = "sad"


class Tempered(msgspec.Struct, frozen=True, rename="camel"):
    its_mood: Literal["calm", "wild"] | None = None


class Moody(msgspec.Struct, frozen=True):
    mood: Mood | None = None
    inner: Tempered | None = None
    many: list[Tempered] | None = None
    named: dict[str, Mood] | None = None


@pytest.mark.parametrize(
    ("value", "path", "expected", "hint"),
    [
        ({"mood": "angry"}, "mood", "glad or sad", None),
        ({"mood": "gladd"}, "mood", "glad or sad", "Did you mean glad?"),
        ({"inner": {"itsMood": "x"}}, "inner.itsMood", "calm or wild", None),
        ({"many": [{}, {"itsMood": "x"}]}, "many[1].itsMood", "calm or wild", None),
        ({"named": {"a": "x"}}, "named[...]", "glad or sad", None),
    ],
)
def test_a_wrong_word_is_answered_with_the_words_that_may_stand_there(
    value: dict[str, Any], path: str, expected: str, hint: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        read_value(value, Moody)

    [problem] = caught.value.problems
    assert (problem.path, problem.expected, problem.hint) == (path, expected, hint)
    assert problem.message.startswith(f"expected {expected}, found ")
