import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.contacts.importing.columns import Column, Field, column_of, columns_of, name_of
from dripline.kernel.errors import Invalid

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (("email", "E-Mail", "Email Address", " email_address "), Field.EMAIL),
        (("userId", "user_id", "External ID", "externalId"), Field.USER_ID),
        (("timezone", "Time Zone", "TZ"), Field.TIMEZONE),
        (("tags", "Tag"), Field.TAGS),
        (("unsubscribed",), Field.UNSUBSCRIBED),
        (("subscribed", "Subscribed"), Field.SUBSCRIBED),
        (("status", "Status"), Field.STATUS),
        (("createdAt", "created_at", "id", "contactId", ""), Field.NOTHING),
    ],
)
def test_fields_are_known_in_the_spellings_of_other_products(names: tuple[str, ...], field: Field) -> None:
    assert [column_of(name) for name in names] == [Column(field, name) for name in names]


@pytest.mark.parametrize(
    ("name", "property_"),
    [
        ("firstName", "firstName"),
        ("First Name", "firstName"),
        ("first_name", "firstName"),
        ("FNAME", "firstName"),
        ("last-name", "lastName"),
        ("Company Name", "Company Name"),
        (" plan ", "plan"),
        ("properties.status", "status"),
        ("properties.first_name", "first_name"),
    ],
)
def test_every_other_column_is_a_property(name: str, property_: str) -> None:
    assert column_of(name) == Column(Field.PROPERTY, name, property_)


@given(NAMES)
def test_a_property_is_known_again_by_the_name_of_its_column(property_: str) -> None:
    found = column_of(name_of(property_))

    assert (found.field, found.property) == (Field.PROPERTY, property_)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["name", "plan"], "header: has no column with addresses"),
        (["email", "plan", "E-Mail"], "header: has two columns that are both email: 1 and 3"),
        (["email", "firstName", "first_name"], "header: has two columns that are both firstName: 2 and 3"),
        (["email", "a" * 257], "header: is too long: 257 characters"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(header: list[str], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        columns_of(header)

    assert str(refused.value).endswith(message)


def test_columns_without_a_name_may_come_often() -> None:
    assert [column.field for column in columns_of(["email", "", " "])] == [Field.EMAIL, Field.NOTHING, Field.NOTHING]
