"""The database reads the same texts as times as the evaluator does."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.predicates.truth import moment
from tests.makers.conditions import TEXTS

# Nearly dates: every part may be one too small or too large, and any may be missing.
_YEARS = st.sampled_from(("2030", "2028", "1900", "2000", "0000", "0001", "9999", "203", "20300"))
_MONTHS = st.sampled_from(("01", "02", "04", "12", "00", "13", "1"))
_DAYS = st.sampled_from(("01", "09", "28", "29", "30", "31", "00", "32", "1"))
_CLOCKS = st.sampled_from(("", "T09:30", "t23:59:59", " 24:00", "T23:60", "T09:30:60", "T9:30", "T", " 00:00:00"))
_FRACTIONS = st.sampled_from(("", ".1", ".123456", ".1234567", ".999999999", ".1234567890", "."))
_ZONES = st.sampled_from(("", "Z", "z", "+02:00", "-14:00", "+14:59", "+15:00", "+0200", "-00:00", "Z\n", " Z", "+02"))
_NEARLY = st.builds("{}-{}-{}{}{}{}".format, _YEARS, _MONTHS, _DAYS, _CLOCKS, _FRACTIONS, _ZONES)
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)

# As seconds and not as a time: the driver reads no years before 1 or after 9999.
_MOMENTS = Query(
    "moments",
    "Gives how many microseconds lie between a time and the times that texts name.",
    "SELECT (extract(epoch FROM moment(text) - $2::timestamptz) * 1000000)::bigint AS length"
    " FROM unnest($1::text[]) WITH ORDINALITY AS given(text, place) ORDER BY place",
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_NEARLY | TEXTS, min_size=20, max_size=60))
async def test_the_database_reads_the_same_texts_as_times(database: Database, texts: list[str]) -> None:
    async with database.work() as tx:
        rows = await tx.rows(_MOMENTS, texts, _BEGINNING)

    assert [row["length"] for row in rows] == [_length(text) for text in texts]


def _length(text: str) -> int | None:
    at = moment(text)
    if at is None:
        return None
    between = at - _BEGINNING
    return (between.days * 86_400 + between.seconds) * 1_000_000 + between.microseconds
