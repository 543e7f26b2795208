import csv
import io
import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.contacts.importing.form import read_form
from dripline.contacts.importing.model import LONGEST_ROW, Fault, Format, Person, Place, Row
from dripline.contacts.importing.reading import Reader, passed_over
from dripline.contacts.model import ContactChanges, SuppressionReason
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import Invalid

CELLS = st.text(st.sampled_from("ab1 ,;\t\"'\n\r={[é€😀"), max_size=8)
LINES = st.text(st.sampled_from('ab@.com,"\n\r 1{}é'), max_size=80)


def read(content: bytes, *, cuts: Sequence[int] = (), place: Place | None = None) -> list[Row]:
    """All rows of a file, fed in chunks that end at these places, from a place on."""
    reader = Reader(read_form(content, is_whole=True), place)
    begin = place.offset if place is not None else read_form(content, is_whole=True).begin.offset
    ends = [begin, *sorted(cut for cut in cuts if begin < cut < len(content)), len(content)]
    rows = [row for start, end in pairwise(ends) for row in reader.feed(content[start:end])]
    return [*rows, *reader.feed(b"", is_last=True)]


def read_all(content: bytes) -> list[Person | tuple[Fault, ...]]:
    return [row.read for row in read(content)]


def a_person(email: str = "ann@example.com", *, tags: tuple[str, ...] = (), **changes: object) -> Person:
    return Person(parse_address(email), ContactChanges(**changes), tags)  # type: ignore[arg-type]


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5), st.sampled_from([",", ";", "\t"]), st.data())
def test_chunks_may_end_anywhere(cells: list[list[str]], delimiter: str, data: st.DataObject) -> None:
    text, end = io.StringIO(newline=""), data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["email", "note", "x"], *(["ann@example.com", *pair] for pair in cells)])
    content = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.getvalue().encode()

    rows = read(content, cuts=data.draw(st.lists(st.integers(0, len(content)), max_size=6)))

    assert rows == read(content)
    assert len(rows) == len(cells)


@given(LINES, st.data())
def test_chunks_may_end_anywhere_in_what_is_no_csv(lines: str, data: st.DataObject) -> None:
    content = b"email,note\n" + lines.encode()

    rows = read(content, cuts=data.draw(st.lists(st.integers(0, len(content)), max_size=6)))

    assert rows == read(content)
    assert [row.row for row in rows] == list(range(1, len(rows) + 1))


@given(LINES)
def test_reading_goes_on_behind_any_row(lines: str) -> None:
    for content in (b"email,note\n" + lines.encode(), b'{"email": "ann@example.com"}\n' + lines.encode()):
        rows = read(content)

        for number, row in enumerate(rows, start=1):
            assert read(content, place=row.after) == rows[number:]


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3), max_size=4),
    st.data(),
)
def test_lines_of_json_may_be_cut_anywhere(objects: list[dict[str, object]], data: st.DataObject) -> None:
    lines = [json.dumps({"email": "ann@example.com", "properties": each}).encode() for each in objects]
    content = b'{"email": "bob@example.com"}\n' + b"\r\n".join(lines)

    rows = read(content, cuts=data.draw(st.lists(st.integers(0, len(content)), max_size=6)))

    assert rows == read(content)
    assert len(rows) == len(objects) + 1


def test_a_row_says_who_somebody_is() -> None:
    content = (
        b"E-Mail;First Name;seats;vip;User ID;Time Zone;Tags;Status\n"
        b" Ann@Example.com ;Ann;3;true;u-1;europe/kiev;VIP_User, beta;active\n"
    )

    assert read_all(content) == [
        a_person(
            "Ann@example.com",
            properties={"firstName": "Ann", "seats": 3, "vip": True},
            user_id="u-1",
            timezone="Europe/Kyiv",
            tags=("vip-user", "beta"),
        )
    ]


def test_a_line_of_json_says_who_somebody_is() -> None:
    line = {
        "email": "ann@example.com",
        "userId": "u-1",
        "properties": {"plan": "pro", "gone": None},
        "firstName": "Ann",
        "tags": ["VIP_User", "beta"],
        "createdAt": "2026-01-01T00:00:00.000Z",
        "timezone": None,
    }

    assert read_all(json.dumps(line).encode()) == [
        a_person(properties={"plan": "pro", "gone": None, "firstName": "Ann"}, user_id="u-1", tags=("vip-user", "beta"))
    ]


@pytest.mark.parametrize(
    ("header", "cell", "unsubscribed", "suppression"),
    [
        ("unsubscribed", "true", True, None),
        ("unsubscribed", "No", None, None),
        ("subscribed", "0", True, None),
        ("subscribed", "yes", None, None),
        ("status", "active", None, None),
        ("status", "Unsubscribed", True, None),
        ("status", "bounced", None, SuppressionReason.BOUNCED),
        ("status", "complained", None, SuppressionReason.COMPLAINED),
        ("suppressed", "true", None, SuppressionReason.MANUAL),
        ("suppressed", "false", None, None),
    ],
)
def test_a_wish_is_read_and_never_undone(
    header: str, cell: str, unsubscribed: bool | None, suppression: SuppressionReason | None
) -> None:
    [person] = read_all(f"email,{header}\nann@example.com,{cell}\n".encode())

    assert isinstance(person, Person)
    assert (person.changes.unsubscribed, person.suppression) == (unsubscribed, suppression)


@pytest.mark.parametrize(
    ("header", "cells", "faults"),
    [
        ("email,plan", ",pro", [("email", "is missing")]),
        ("E-Mail,plan", " ,pro", [("E-Mail", "is missing")]),
        ("email,timezone", "ann@example.com,Mars/Base", [("timezone", "is no time zone, found 'Mars/Base'")]),
        ("email,tags", "ann@example.com,!!", [("tags", "nothing of '!!' is left as a tag")]),
        ("email,tags", f"ann@example.com,{'a;' * 101}", [("tags", "names 101 tags; expected at most 100")]),
        ("email,unsubscribed", "ann@example.com,maybe", [("unsubscribed", "expected true or false, found 'maybe'")]),
        ("email,Status", "ann@example.com,trial", [("Status", "is no status; expected active, ")]),
        ("email,plan", "ann@example.com,pro,what", [(None, "has 3 cells, and the header has 2")]),
        ("email,plan", 'ann@example.com,"pro" plus', [(None, "text follows behind a closing quote")]),
        ("email,plan", 'ann@example.com,"pro', [(None, "a quote opens and does not close")]),
        ("email,subscribed,unsubscribed", "ann@example.com,1,1", [("unsubscribed", "contradicts another column")]),
        ("email,properties", "ann@example.com,5", [("properties", "expected an object, found 5")]),
        ("email,First Name", f"ann@example.com,{'x' * 40_000}", [("First Name", "is too long")]),
        ("email,a,b", f"ann@example.com,{'x' * 20_000},{'y' * 20_000}", [(None, "properties: is too large")]),
        ("email,tz", "ann(at)example,x", [("email", "is no email address: "), ("tz", "is no time zone")]),
    ],
)
def test_every_fault_of_a_row_has_its_column(header: str, cells: str, faults: list[tuple[str | None, str]]) -> None:
    good, bad, after = read(f"{header}\nbob@example.com\n{cells}\ncleo@example.com\n".encode())

    assert isinstance(bad.read, tuple)
    assert [
        (found.column, found.message[: len(said)]) for found, (_, said) in zip(bad.read, faults, strict=True)
    ] == faults
    assert (good.read, after.read) == (a_person("bob@example.com"), a_person("cleo@example.com"))
    assert [(row.row, row.line) for row in (good, bad, after)] == [(1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("{", None, "is no JSON: "),
        ("5", None, "is no JSON object"),
        ("[" * 50_000, None, "is no JSON: "),
        ('{"plan": "pro"}', "email", "is missing"),
        ('{"email": 5}', "email", "expected text, found 5"),
        ('{"email": "ann@example.com", "userId": 5}', "userId", "expected text, found 5"),
        ('{"email": "ann@example.com", "tags": [1]}', "tags", "expected text, found [1]"),
        ('{"email": "ann@example.com", "properties": []}', "properties", "expected an object, found []"),
        ('{"email": "ann@example.com", "properties": {"a": "\\u0000"}}', "properties.a", "holds the character NUL"),
    ],
)
def test_a_fault_in_a_line_of_json_has_its_name(line: str, column: str | None, message: str) -> None:
    [_, row] = read(b'{"email": "bob@example.com"}\n\n' + line.encode())

    assert isinstance(row.read, tuple)
    assert [(fault.column, fault.message[: len(message)]) for fault in row.read] == [(column, message)]
    assert (row.row, row.line) == (2, 3)


def test_what_is_no_utf_8_is_named_with_its_column() -> None:
    content = "email,city\nann@example.com,Köln\nbob@example.com,Bonn\n".encode("latin-1")

    assert read_all(content) == [
        (Fault("city", "is not UTF-8"),),
        a_person("bob@example.com", properties={"city": "Bonn"}),
    ]


def test_a_cell_may_hold_line_ends_and_lines_are_counted_all_the_same() -> None:
    content = b'email,note\r\nann@example.com,"one\r\ntwo"\r\nno address,x\r\n'

    first, second = read(content)

    assert first.read == a_person(properties={"note": "one\r\ntwo"})
    assert (second.row, second.line) == (2, 4)


def test_blank_lines_and_lines_of_delimiters_are_no_rows() -> None:
    content = b"\n\nemail,plan\n\n,\nann@example.com,pro\n\n"

    [row] = read(content)

    assert (row.row, row.line) == (1, 6)


def test_a_quote_that_never_closes_costs_one_row_of_a_long_file() -> None:
    line = b"bob@example.com,x\n"
    count = 3 * LONGEST_ROW // len(line)
    content = b'email,note\nann@example.com,"x\n' + line * count

    rows = read(content, cuts=range(0, len(content), 50_000))

    problem = f"is longer than {LONGEST_ROW:,} bytes, or a quote opens and does not close"
    assert rows[0].read == (Fault(None, problem),)
    assert (len(rows), rows[-1].line) == (count + 1, count + 2)
    assert all(isinstance(row.read, Person) for row in rows[1:])


@pytest.mark.parametrize("size", [LONGEST_ROW + 1, 5 * LONGEST_ROW])
@pytest.mark.parametrize("head", [b"email,note\n", b'{"email": "cleo@example.com"}\n'])
def test_a_line_that_is_too_long_is_passed_over(head: bytes, size: int) -> None:
    content = head + b"x" * size + b"\n" + b"y" * size

    rows = [row for row in read(content, cuts=range(0, len(content), 100_000)) if isinstance(row.read, tuple)]

    assert [row.read for row in rows] == [(Fault(None, f"is longer than {LONGEST_ROW:,} bytes"),)] * 2
    assert [row.line for row in rows] == [2, 3]


@given(st.data())
def test_the_reader_says_where_the_next_row_begins(data: st.DataObject) -> None:
    content = b"email,note\n" + data.draw(LINES).encode() + b"\n" * data.draw(st.integers(0, 3))
    cut = data.draw(st.integers(0, len(content)))
    form = read_form(content, is_whole=True)
    reader = Reader(form)

    rows = list(reader.feed(content[form.begin.offset : max(cut, form.begin.offset)]))

    assert reader.place is not None
    assert [*rows, *read(content, place=reader.place)] == read(content)


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [("email,plan", ","), ("email;plan", ";"), ("email\tplan", "\t"), ("email", ","), ('email;"a,b,c";d', ";")],
)
def test_the_delimiter_is_told_from_the_header(head: str, delimiter: str) -> None:
    assert read_form(head.encode(), is_whole=True).delimiter == delimiter


def test_the_form_is_told_from_the_first_letter() -> None:
    forms = [read_form(head, is_whole=True).format for head in (b"email", b'\xef\xbb\xbf\n{"email": 1}', b"  {")]

    assert forms == [Format.CSV, Format.JSON_LINES, Format.JSON_LINES]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t", "The file is empty."),
        ("email\n".encode("utf-16"), "The file is not UTF-8."),
        (b"PK\x03\x04\0\0", "The file is not UTF-8."),
        (b'[{"email": "ann@example.com"}]', "The file is a JSON list."),
        (b'email,"plan\n', "header: cannot be read: a quote opens and does not close"),
        (b"x" * 200_000, "header: cannot be read: is longer than 131,072 bytes"),
        (b"name,plan\nann@example.com,pro\n", "header: has no column with addresses"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_form(content, is_whole=True)

    assert str(refused.value).endswith(message)


def test_columns_that_only_we_give_are_passed_over_and_named() -> None:
    form = read_form(b"id,email,createdAt,,plan\n", is_whole=True)

    assert passed_over(form) == ["id", "createdAt", ""]
