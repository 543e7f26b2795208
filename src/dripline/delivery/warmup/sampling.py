"""What health is judged by: the mail of the last seven days, or since somebody has resumed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.delivery.counting import Counted
from dripline.delivery.warmup.health import SPAN, Sample
from dripline.durable.tallies import Span, day_of, hour_of, read_sums, total
from dripline.kernel.ids import WorkspaceId


async def read_sample(tx: Tx, workspace: WorkspaceId, subject: str, *, since: datetime | None, now: datetime) -> Sample:
    """The mail that a subject is judged by at `now`; from the hour `since` on, where somebody has resumed then."""
    first = day_of(now - SPAN + timedelta(days=1))
    begin = max(first, since) if since is not None else first
    by = Span.DAY if begin == first else Span.HOUR
    counted = total((await read_sums(tx, workspace, subject, since=begin, by=by)).values())
    rejected = counted.get(Counted.REJECTED, 0)
    return Sample(
        tried=sent(counted) + rejected,
        bounced=counted.get(Counted.BOUNCED, 0) + rejected,
        complained=counted.get(Counted.COMPLAINED, 0),
    )


def judged_from(resumed_at: datetime) -> datetime:
    """The hour from which mail is judged when somebody has resumed: what came before is forgiven."""
    return hour_of(resumed_at) + timedelta(hours=1)


def sent(counted: Mapping[str, int]) -> int:
    """How much was handed over; what is in doubt counts."""
    return counted.get(Counted.SENT, 0) + counted.get(Counted.IN_DOUBT, 0)
