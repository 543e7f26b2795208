from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.clock import real_now
from dripline.kernel.ids import PREFIXES, base32, first_uuid, from_base32, new_uuid, read, show


def test_ids_grow_and_are_of_version_7() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [new_uuid() for _ in range(2_000)], range(4)))

    assert all(ids == sorted(ids) for ids in made)
    assert len({each for ids in made for each in ids}) == 8_000
    assert {(each.version, each.variant) for ids in made for each in ids} == {(7, "specified in RFC 4122")}


@given(st.uuids(), st.sampled_from(sorted(PREFIXES)))
def test_what_is_shown_reads_back(value: UUID, kind: str) -> None:
    text = show(kind, value)

    assert read(kind, text) == value
    assert len(text) == len(PREFIXES[kind]) + 1 + 26


@given(st.uuids(), st.uuids())
def test_the_order_of_texts_is_the_order_of_ids(one: UUID, other: UUID) -> None:
    assert (base32(one) < base32(other)) == (one < other)


@given(st.text())
def test_any_other_text_is_no_id(text: str) -> None:
    found = from_base32(text)

    assert found is None or base32(found) == text


def test_ids_made_from_a_time_on_are_not_below_its_first() -> None:
    before, id_, after = real_now(), new_uuid(), real_now() + timedelta(milliseconds=1)

    assert first_uuid(before) < id_ < first_uuid(after)
    assert (first_uuid(before).version, first_uuid(before).variant) == (7, "specified in RFC 4122")
