"""How often the mail of a domain is complained about, over the time that mailbox providers look back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.delivery.counting import Counted, about_domain
from dripline.durable.tallies import day_of, read_sums
from dripline.kernel.ids import WorkspaceId

SPAN = timedelta(days=30)
_EVERY_DOMAIN = about_domain("").removesuffix("/")


@dataclass(frozen=True, slots=True)
class Complaints:
    """How many mails went out in that time, and how many complaints about them came to us."""

    sent: int = 0
    complained: int = 0


NO_COMPLAINTS = Complaints()


async def read_complaints(tx: Tx, workspace: WorkspaceId, *, now: datetime) -> Mapping[str, Complaints]:
    """Those of each domain, by its subject (see `complaints_of`), in the 30 days that end with today."""
    sums = await read_sums(tx, workspace, _EVERY_DOMAIN, since=day_of(now - SPAN + timedelta(days=1)))
    return {
        subject: Complaints(
            counts.get(Counted.SENT, 0) + counts.get(Counted.IN_DOUBT, 0), counts.get(Counted.COMPLAINED, 0)
        )
        for subject, counts in sums.items()
    }


def complaints_of(domain: str, found: Mapping[str, Complaints]) -> Complaints:
    """Those of one domain."""
    return found.get(about_domain(domain), NO_COMPLAINTS)
