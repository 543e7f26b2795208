"""Reading a span of time from a query: `from` and `to`, each a date or a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from litestar.params import QueryParameter

from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid

_EXPECTED = "a date such as 2026-03-01, or a time such as 2026-03-01T12:00:00Z"

From: TypeAlias = Annotated[
    str | None, QueryParameter(name="from", max_length=40, description="A date or a time (UTC) that it begins with.")
]
To: TypeAlias = Annotated[
    str | None, QueryParameter(name="to", max_length=40, description="A date or a time (UTC) that it ends before.")
]


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From `since` up to before `until`, both aware, in UTC."""

    since: datetime
    until: datetime


def read_span(since: str | None, until: str | None, *, default: TimeSpan) -> TimeSpan:
    """The span that a query asks for. A date is its midnight in UTC, and so is a time without a zone in UTC.

    Raises:
        Invalid: one cannot be read, or it ends before it begins.
    """
    span = TimeSpan(
        _read(since, "from") if since is not None else default.since,
        _read(until, "to") if until is not None else default.until,
    )
    if span.until < span.since:
        raise Invalid.at("to", "comes before from", found=iso(span.until), expected=f"a time from {iso(span.since)} on")
    return span


def _read(text: str, path: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid.at(path, "is no time", found=text, expected=_EXPECTED) from None
