"""When a step that waits is over."""

from datetime import datetime, timedelta

from dripline.sequences.interpreter.model import Facts
from dripline.sequences.interpreter.program import Delay, Until
from dripline.sequences.interpreter.walltime import instant, local_date, read_time, zone_of
from dripline.sequences.interpreter.windows import Window, next_open


def delay_ends(node: Delay, since: datetime, facts: Facts) -> datetime:
    """The end of a delay that was reached at `since`."""
    over = since + node.duration
    if node.at is None:
        return over
    zone = zone_of(_timezone(facts))
    day = local_date(over, zone)
    ends = instant(day, node.at, zone)
    return ends if ends > since else instant(day + timedelta(days=1), node.at, zone)


def date_of(node: Until, facts: Facts) -> datetime | None:
    """The date that a delay is waiting for, as the facts have it now; None when they have none."""
    found = facts.look_up(node.path)
    return read_time(found, node.at, zone_of(_timezone(facts))) if isinstance(found, str) else None


def mail_may_go(window: Window | None, facts: Facts, now: datetime) -> datetime:
    """When a mail may go out that is due now; now itself while the window is open, or where there is none."""
    return next_open(window, _timezone(facts), now) if window is not None else now


def _timezone(facts: Facts) -> str | None:
    found = facts.look_up("contact.timezone")
    return found if isinstance(found, str) else None
