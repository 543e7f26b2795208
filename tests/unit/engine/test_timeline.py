from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.engine.insight.timeline import END, Kind, Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

# Few values, so that times and ids are often the same.
PLACES = st.builds(
    Place,
    at=st.integers(0, 2).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    kind=st.sampled_from(Kind),
    id=st.integers(1, 3).map(lambda number: UUID(int=number)),
    number=st.integers(-1, 2),
)


@given(PLACES, PLACES)
def test_what_a_source_gives_is_exactly_what_stands_before_the_place(item: Place, place: Place) -> None:
    given_by_source = (item.at, item.id, item.number) < place.bound(item.kind)

    assert given_by_source == (item < place)


@given(PLACES)
def test_everything_stands_before_the_end(item: Place) -> None:
    assert item < END
    assert (item.at, item.id, item.number) < END.bound(item.kind)
