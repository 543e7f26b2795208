"""The one place that reads the wall clock. Rules take `now` as an argument."""

from datetime import UTC, datetime


def real_now() -> datetime:
    """The real time, aware, UTC. For leases, ids, audit rows, and the edge of each request and turn."""
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, as the API writes every time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
