"""Starting, pausing, resuming a warm-up, and what moves it by itself: a day that sent, and bad health.

The limit is a budget of permits for a day, from midnight to midnight UTC, of which every mail of the domain takes one
before it is claimed. The budget itself knows what it grows to, so the new day begins with the first permit that is
taken in it, whoever takes it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.delivery.counting import about_domain
from dripline.delivery.warmup.health import Health, Level, Sample, judge
from dripline.delivery.warmup.model import MANUAL, Status, Warmup
from dripline.delivery.warmup.plan import Plan
from dripline.delivery.warmup.sampling import judged_from, read_sample, sent
from dripline.delivery.warmup.store import count_in_hand, find_warmup, lock_warmup, save_warmup
from dripline.delivery.webhooks.choosing import announce
from dripline.delivery.webhooks.model import DOMAIN_STOPPED
from dripline.durable.budgets import Budget, budgets, close_budget, grow_next, put_budget
from dripline.durable.tallies import day_of, read_sums, total
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import WorkspaceId

_DAY = timedelta(days=1)


def day_budget(domain: str) -> str:
    """The name of the budget that limits what a sending domain sends in a day (UTC)."""
    return f"domain:{domain}/day"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a domain stands now: its warm-up as of today, today's limit, what was sent today, and how well it goes.

    `limit` is None where nothing limits. `days_left` counts those that send, until the limit is the target.
    """

    warmup: Warmup
    limit: int | None
    sent_today: int
    health: Health
    sample: Sample
    days_left: int


async def standing(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> Standing:
    """How a domain stands at `now`, the workspace's time."""
    warmup = await find_warmup(tx, workspace, domain)
    if warmup.status in {Status.ACTIVE, Status.COMPLETED}:
        budget = (await budgets(tx, workspace, [day_budget(domain)])).get(day_budget(domain))
        # Nobody has taken a permit yet today, and with it turned the day.
        if budget is not None and budget.at(now).capacity != budget.capacity:
            warmup = _grown(warmup)
    today = day_of(now)
    counted = total((await read_sums(tx, workspace, about_domain(domain), since=today)).values())
    sample = await _sample(tx, workspace, warmup, now=now)
    left = max(0, warmup.plan.days() - warmup.day) if warmup.limits else 0
    return Standing(warmup, warmup.limit if warmup.limits else None, sent(counted), judge(sample), sample, left)


async def plan(tx: Tx, workspace: WorkspaceId, domain: str, wanted: Plan, *, now: datetime) -> None:
    """Give a domain another plan. A warm-up that runs goes on with it, at the day that it is at."""
    warmup = replace(await _lock(tx, workspace, domain), plan=wanted)
    if warmup.status is Status.COMPLETED and warmup.limit < wanted.target_limit:
        warmup = replace(warmup, status=Status.ACTIVE)
    await _write(tx, workspace, warmup, now=now)


async def start(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> None:
    """Begin with the first day. What was sent today counts.

    Raises:
        Conflict: it has begun.
    """
    warmup = await _lock(tx, workspace, domain)
    if warmup.limits:
        raise Conflict(f"The warm-up of {domain} is {warmup.status} already.")
    await _write(tx, workspace, Warmup(domain, Status.ACTIVE, warmup.plan, started_at=now), now=now)


async def stop(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> None:
    """Limit the domain no more; its plan is kept."""
    warmup = await _lock(tx, workspace, domain)
    await _write(tx, workspace, Warmup(domain, plan=warmup.plan), now=now)


async def pause(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime, reason: str = MANUAL) -> None:
    """Let nothing of this domain out until somebody resumes.

    Raises:
        Conflict: it is not warming up, or is paused.
    """
    warmup = await _lock(tx, workspace, domain)
    if warmup.status not in {Status.ACTIVE, Status.COMPLETED}:
        raise Conflict(f"The warm-up of {domain} is {warmup.status}, and cannot be paused.")
    await _write(tx, workspace, replace(warmup, status=Status.PAUSED, reason=reason), now=now)


async def resume(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> None:
    """Go on at the day that it was paused at. What had come back before is not held against it any more.

    Raises:
        Conflict: it is not paused.
    """
    warmup = await _lock(tx, workspace, domain)
    if warmup.status is not Status.PAUSED:
        raise Conflict(f"The warm-up of {domain} is {warmup.status}, not paused.")
    done = warmup.plan.limit(warmup.day) >= warmup.plan.target_limit
    status = Status.COMPLETED if done else Status.ACTIVE
    resumed = replace(warmup, status=status, reason=None, healthy_since=judged_from(now))
    await _write(tx, workspace, resumed, now=now)


async def next_day(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> None:
    """A day has begun after one that sent: `now` is in it, and its budget has the new limit already."""
    warmup = _grown(await _lock(tx, workspace, domain))
    await save_warmup(tx, workspace, warmup, now=now)
    if warmup.next_limit is not None:
        await grow_next(tx, workspace, day_budget(domain), warmup.next_limit)


async def check_health(tx: Tx, workspace: WorkspaceId, domain: str, *, now: datetime) -> Warmup | None:
    """Stop a domain whose mail is received badly; gives its warm-up if that was done now. The tallies are written."""
    seen = await find_warmup(tx, workspace, domain)
    if seen.status not in {Status.ACTIVE, Status.COMPLETED}:
        return None
    health = judge(await _sample(tx, workspace, seen, now=now))
    if health.level is not Level.CRITICAL:
        return None
    warmup = await _lock(tx, workspace, domain)
    if warmup.status is Status.PAUSED:
        return None
    stopped = replace(warmup, status=Status.PAUSED, reason=health.cause)
    await _write(tx, workspace, stopped, now=now)
    await announce(tx, workspace, DOMAIN_STOPPED, {"domain": domain, "reason": health.cause}, at=now)
    return stopped


def _grown(warmup: Warmup) -> Warmup:
    grown = replace(warmup, day=warmup.day + 1)
    done = grown.status is Status.ACTIVE and grown.limit >= grown.plan.target_limit
    return replace(grown, status=Status.COMPLETED) if done else grown


async def _sample(tx: Tx, workspace: WorkspaceId, warmup: Warmup, *, now: datetime) -> Sample:
    return await read_sample(tx, workspace, about_domain(warmup.domain), since=warmup.healthy_since, now=now)


async def _lock(tx: Tx, workspace: WorkspaceId, domain: str) -> Warmup:
    return await lock_warmup(tx, workspace, domain, budget=day_budget(domain))


async def _write(tx: Tx, workspace: WorkspaceId, warmup: Warmup, *, now: datetime) -> None:
    """Write a warm-up, and give its budget the limit of its day."""
    await save_warmup(tx, workspace, warmup, now=now)
    name = day_budget(warmup.domain)
    if not warmup.limits:
        await close_budget(tx, workspace, name)
        return
    # In this order: a mail that is settled between the two looks is counted twice rather than not at all.
    in_hand = await count_in_hand(tx, workspace, warmup.domain)
    today = day_of(now)
    counted = total((await read_sums(tx, workspace, about_domain(warmup.domain), since=today)).values())
    used = in_hand + sent(counted)
    await put_budget(tx, workspace, Budget(name, warmup.limit, _DAY, today, used, warmup.next_limit))
