"""Lanes: what mail is drained by, and the budgets that limit a lane.

A lane is a sending domain, and where mail to a family of mailbox providers has a rate of its own, the family as well:
so what waits for Gmail keeps nobody else waiting.
"""

from dripline.delivery.families import Family
from dripline.delivery.warmup.moving import day_budget

RATES = "rate:"
"""What the names of budgets of rates begin with."""

EVERYTHING = "all"
"""The rate of all mail of a workspace. The others go by the family, or by `through` a connection."""


def lane_of(domain: str, family: Family | None = None) -> str:
    """The lane of mail from a domain, to a family that has a rate of its own."""
    return domain if family is None else f"{domain}/{family}"


def domain_of(lane: str) -> str:
    """The sending domain of a lane."""
    return lane.partition("/")[0]


def through(connection: str) -> str:
    """The rate of mail through a connection."""
    return f"connection:{connection}"


def rate_budget(name: str) -> str:
    """The name of the budget of a rate."""
    return f"{RATES}{name}"


def budgets_of(lane: str, *, connection: str | None = None) -> list[str]:
    """The budgets, as far as they exist, that each mail of a lane takes a permit of; with the connection that it is
    going to leave through, that one's too.
    """
    domain, _, family = lane.partition("/")
    rates = [EVERYTHING, family, through(connection) if connection is not None else ""]
    return [day_budget(domain), *(rate_budget(rate) for rate in rates if rate)]
