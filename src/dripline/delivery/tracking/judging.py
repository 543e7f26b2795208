"""Who opened or clicked: a person, or a machine, and how that was told. Pure.

Nothing is dropped for it: what machines did is kept, labelled with the reason, and left out of rates.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from dripline.delivery.tracking.agents import is_mail_proxy, is_privacy_proxy, is_robot
from dripline.kernel.ids import EventId


class Machine(StrEnum):
    """How a machine was told from a person."""

    METHOD = "head_request"
    AGENT = "known_agent"
    NO_AGENT = "no_agent"
    PRIVACY = "privacy_proxy"
    TOO_SOON = "too_soon"
    MANY_LINKS = "many_links"


TOO_SOON = timedelta(seconds=5)
"""A click so soon after the mail was handed over is that of a scanner on its way."""
BURST = timedelta(seconds=2)
BURST_LINKS = 3
"""So many different links of one mail within a burst are more than a person follows."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One request by a link: an opening, or (with a target) a click. Its id is that of the event that tells of it.

    Times are real ones.
    """

    id: EventId
    received_at: datetime
    target: str | None
    method: str
    agent: str
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`machine` is None for what a person did; `proxied`: it came through the mail provider, so from nowhere."""

    machine: Machine | None
    proxied: bool = False


def judge_all(hits: Sequence[Hit], *, sent_at: datetime | None) -> list[tuple[Hit, Verdict]]:
    """Whose the hits on one mail are, in the order in which they came."""
    ordered = sorted(hits, key=attrgetter("received_at"))
    counted = zip(ordered, _links(ordered), strict=True)
    return [(hit, judge(hit, sent_at=sent_at, links=links)) for hit, links in counted]


def judge(hit: Hit, *, sent_at: datetime | None, links: int) -> Verdict:
    """Whose a hit is; so many different `links` of the same mail were followed within a burst around it."""
    if hit.method == "HEAD":
        return Verdict(Machine.METHOD)
    if not hit.agent.strip():
        return Verdict(Machine.NO_AGENT)
    if is_mail_proxy(hit.agent):
        return Verdict(None, proxied=True)
    if is_robot(hit.agent):
        return Verdict(Machine.AGENT)
    if hit.target is None:
        return Verdict(Machine.PRIVACY if is_privacy_proxy(hit.agent) else None)
    if sent_at is not None and hit.received_at - sent_at < TOO_SOON:
        return Verdict(Machine.TOO_SOON)
    return Verdict(Machine.MANY_LINKS if links >= BURST_LINKS else None)


def _links(hits: Sequence[Hit]) -> Iterator[int]:
    """For each hit, how many different links were followed within a burst before and after it.

    One look at each, however many there are: a link may be followed by a program, again and again.
    """
    near: Counter[str | None] = Counter()
    first = behind = 0
    for hit in hits:
        while behind < len(hits) and hits[behind].received_at - hit.received_at <= BURST:
            near[hits[behind].target] += 1
            behind += 1
        while hit.received_at - hits[first].received_at > BURST:
            gone = hits[first].target
            near[gone] -= 1
            if not near[gone]:
                del near[gone]
            first += 1
        yield len(near) - (None in near)
