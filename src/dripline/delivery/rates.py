"""Rates: how much mail may leave in a span of time: all of a workspace's, that to one family of mailbox providers, or
that through one of its connections.

A rate is a budget and nothing else: each mail takes a permit before it is claimed, so that the rate holds across all
workers. What waits for the rate of a family waits in a lane of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.delivery.lanes import RATES, rate_budget
from dripline.durable.budgets import Budget, budgets_under, close_budget, open_budget
from dripline.kernel.ids import WorkspaceId

LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` mails in each span of `within`, of those that the name stands for (see `lanes`)."""

    name: str
    most: int
    within: timedelta


async def list_rates(tx: Tx, workspace: WorkspaceId) -> list[Rate]:
    """The rates of a workspace, by name."""
    return [_rate(budget) for budget in await budgets_under(tx, workspace, RATES)]


async def set_rate(tx: Tx, workspace: WorkspaceId, rate: Rate, *, now: datetime) -> None:
    """Limit from now on. What was handed over in this span counts when there was a limit before."""
    await open_budget(tx, workspace, rate_budget(rate.name), capacity=rate.most, period=rate.within, anchor=now)


async def remove_rate(tx: Tx, workspace: WorkspaceId, name: str) -> None:
    """Limit no more. There may be no such rate."""
    await close_budget(tx, workspace, rate_budget(name))


def _rate(budget: Budget) -> Rate:
    return Rate(budget.name.removeprefix(RATES), budget.capacity, budget.period)
