"""What an export writes, an import reads back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.contacts.exporting import Tagged, csv_header, csv_rows, json_lines
from dripline.contacts.importing.form import read_form
from dripline.contacts.importing.model import Fault, Person
from dripline.contacts.importing.reading import Reader
from dripline.contacts.model import Contact, ContactChanges, SuppressionReason
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId
from dripline.kernel.values import Json

AT = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
RISKY = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", ";"]), TEXTS)
NAMES = TEXTS | RISKY | st.sampled_from(["email", "status", "first_name", "properties", "properties.x", " x ", ""])
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | RISKY,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
ADDRESSES = st.sampled_from(
    ["ann@example.com", "+ann@example.com", "'x@example.com", "=x@example.com", "ü@example.com"]
)
TAGS = st.lists(st.sampled_from(["vip", "-x", "saas.monthly", "über", "1"]), unique=True, max_size=3)


@st.composite
def contacts(draw: st.DrawFn) -> Tagged:
    contact = Contact(
        id=ContactId(UUID(int=1)),
        address=parse_address(draw(ADDRESSES)),
        user_id=draw(st.none() | st.sampled_from(["u-1", "42", "007", "true", "=1", '"q"', "'+1"])),
        properties=draw(st.dictionaries(NAMES, VALUES, max_size=3)),
        timezone=draw(st.sampled_from([None, "Europe/Berlin"])),
        unsubscribed_at=draw(st.sampled_from([None, AT])),
        suppressed=draw(st.booleans()),
        created_at=AT,
        updated_at=AT,
    )
    return contact, draw(TAGS)


@given(st.lists(contacts(), max_size=3))
def test_a_table_is_read_back_as_it_was(written: list[Tagged]) -> None:
    names = sorted({name for contact, _ in written for name in contact.properties})

    read = _read(csv_header(names) + csv_rows(written, names))

    assert read == [_expected(*each) for each in written]
    assert [_types(person) for person in read] == [_types(_expected(*each)) for each in written]


@given(st.lists(contacts(), min_size=1, max_size=3))
def test_lines_of_json_are_read_back_as_they_were(written: list[Tagged]) -> None:
    assert _read(json_lines(written)) == [_expected(*each) for each in written]


def _read(content: bytes) -> list[Person | tuple[Fault, ...]]:
    return [row.read for row in Reader(read_form(content, is_whole=True)).feed(_body(content), is_last=True)]


def _body(content: bytes) -> bytes:
    return content[read_form(content, is_whole=True).begin.offset :]


def _expected(contact: Contact, tags: Sequence[str]) -> Person:
    changes = ContactChanges(
        contact.properties or None, contact.user_id, contact.timezone, True if contact.unsubscribed_at else None
    )
    suppression = SuppressionReason.MANUAL if contact.suppressed else None
    return Person(contact.address, changes, tuple(tags), suppression)


def _types(person: Person | tuple[Fault, ...]) -> object:
    assert isinstance(person, Person)
    return {name: type(value) for name, value in (person.changes.properties or {}).items()}
