"""Reading what a dry run shall assume."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from dripline.api.reading.events import LONGEST_NAME, Time, in_utc
from dripline.kernel.clock import iso
from dripline.kernel.durations import EXPECTED, parse_duration
from dripline.kernel.errors import Invalid
from dripline.kernel.values import check_properties, check_text
from dripline.sequences.simulator.world import AssumedEvent

MOST_EVENTS = 100
_LATEST = timedelta(days=3660)


class AssumedEventBody(msgspec.Struct, frozen=True):
    """An event that shall happen during the run: `at` a time, or `after` a duration; else at its start."""

    event: str
    at: Time | None = None
    after: Annotated[str | None, msgspec.Meta(description="A duration such as 2d, counted from the start.")] = None
    properties: dict[str, Any] | None = None


def read_assumed(events: Sequence[AssumedEventBody] | None, path: str, *, start: datetime) -> tuple[AssumedEvent, ...]:
    """The events of a run that begins at `start`.

    Raises:
        Invalid: one has no name, happens at no time of the run, or has properties that no event has.
    """
    events = events or ()
    if len(events) > MOST_EVENTS:
        raise Invalid.at(path, f"has {len(events)} events", expected=f"at most {MOST_EVENTS}")
    return tuple(_read(each, f"{path}[{index}]", start) for index, each in enumerate(events))


def _read(body: AssumedEventBody, path: str, start: datetime) -> AssumedEvent:
    name = check_text(body.event, f"{path}.event", longest=LONGEST_NAME)
    if not name.strip():
        raise Invalid.at(f"{path}.event", "is empty", found=repr(name), expected="the name of the event")
    if body.at is not None and body.after is not None:
        raise Invalid.at(f"{path}.after", "contradicts at", found=body.after[:100], expected="one of the two")
    properties = check_properties(body.properties or {}, f"{path}.properties")
    return AssumedEvent(name, _when(body, path, start), properties)


def _when(body: AssumedEventBody, path: str, start: datetime) -> datetime:
    if body.after is not None:
        try:
            return start + parse_duration(body.after)
        except ValueError:
            raise Invalid.at(
                f"{path}.after", "is no duration", found=repr(body.after[:100]), expected=EXPECTED
            ) from None
    if body.at is None:
        return start
    at = in_utc(body.at, f"{path}.at")
    if not start <= at <= start + _LATEST:
        expected = f"a time from {iso(start)}, when the run begins, to ten years later"
        raise Invalid.at(f"{path}.at", "lies outside the run", found=iso(at), expected=expected)
    return at
