"""Who opened or clicked: a person, or a machine, and how that was told. Pure.

Nothing is dropped for it: what machines did is kept, labelled with the reason, and left out of rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dripline.delivery.tracking.agents import is_mail_proxy, is_privacy_proxy, is_robot


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
    """One request by a link: an opening, or (with a target) a click. Times are real ones."""

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


def judge(hit: Hit, *, sent_at: datetime | None, together: Sequence[Hit]) -> Verdict:
    """Whose hit it is; `together` are the hits on the same mail around it, itself among them."""
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
    near = {
        each.target for each in together if each.target is not None and abs(each.received_at - hit.received_at) <= BURST
    }
    return Verdict(Machine.MANY_LINKS if len(near) >= BURST_LINKS else None)
