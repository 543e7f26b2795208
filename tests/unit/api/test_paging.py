import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.api.paging import Page, page, read_cursor, write_cursor
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import new_uuid, show


@given(st.uuids())
def test_a_cursor_is_read_back(last: UUID) -> None:
    assert read_cursor("contact", write_cursor("contact", last)) == last


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_cursor("contact", text)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid):
        read_cursor("contact", write_cursor("event", new_uuid()))


def test_a_cursor_is_base64_of_json_with_the_last_id() -> None:
    last = new_uuid()

    assert (
        base64.urlsafe_b64decode(write_cursor("contact", last) + "==")
        == b'{"id":"%s"}' % show("contact", last).encode()
    )


def test_no_cursor_is_the_first_page() -> None:
    assert read_cursor("contact", None) is None


def test_one_row_too_many_says_that_there_is_more() -> None:
    rows = [new_uuid() for _ in range(3)]

    first = page(rows, limit=2, kind="contact", id_of=lambda row: row, shape=str)
    last = page(rows, limit=3, kind="contact", id_of=lambda row: row, shape=str)

    cursor = write_cursor("contact", rows[1])
    assert first == Page([str(row) for row in rows[:2]], [str(row) for row in rows[:2]], cursor, cursor, True)
    assert (last.next_cursor, last.has_more) == (None, False)
