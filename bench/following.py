"""following: how long after a change somebody is in a segment, while two thousand contacts a second change."""

from collections.abc import Sequence

from bench.children import program, running, until
from bench.crowd import RULES, TEMPLATE, contacts_in, events_in, prepare
from bench.product import a_worker
from bench.records import Aim, Run, median_figure
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_RATES = (2_000, 500)
_AT_ONCE = 20
_WARM_SECONDS = 1
_WORKER_IS_THERE = "SELECT count(*) > 1 AS is_there FROM pg_stat_activity WHERE application_name = 'dripline worker'"


def _seconds(stage: Stage) -> int:
    return stage.size(30, quick=4)


def _change(rate: int) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        url, seconds = await stage.fresh(TEMPLATE), _seconds(stage)
        count = min(rate * seconds, contacts_in(stage) // 2)
        asked = {"url": url, "rate": rate, "count": count, "at_once": _AT_ONCE, "warm": rate * _WARM_SECONDS}
        async with running("changing", *program("change_contacts", asked)) as changing:
            await changing.heard("ready", within=3_600)
            await stage.settle()
            # Nothing is handed over here; a worker needs somewhere to hand over to all the same.
            async with a_worker(url, sink=25, profile_to=stage.profile_to) as worker:
                await until(lambda: _is_there(stage), within=60)
                async with stage.metered({"worker": worker.pid, "changing": changing.pid}) as meter:
                    await changing.tell(go=True)
                    done = await changing.heard("done")
        late = done["late"]
        return Run(
            side=f"{rate:,} changes/s",
            repetition=repetition,
            units=count,
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=count - done["seen"],
            doubled=done["told"] - done["seen"],
            figures={f"ms {name}": value for name, value in late.items()},
        )

    return measure


async def _is_there(stage: Stage) -> bool:
    """Whether the worker has connected, to work and to hear hints."""
    return bool((await stage.audit(_WORKER_IS_THERE))["is_there"])


def _aims(runs: Sequence[Run]) -> list[Aim]:
    p99 = median_figure(runs, f"{_RATES[0]:,} changes/s", "ms p99")
    return [Aim(f"floor: p99 of 1,000 ms at {_RATES[0]:,} changes a second", 1_000, p99, at_most=True)]


WORKLOAD = Workload(
    name="following",
    about="Contacts get a property that three of the twelve segments look at, twenty to a transaction as a batch of a "
    "client would have them; each enters one of them. One unit is one change, followed. The time runs from when the "
    "change was due to be sent to when somebody else sees the contact in the segment (looked at every 20 ms).",
    unit="changes/s",
    sides=[
        Side(f"{rate:,} changes/s", f"`dripline worker`, {rate:,} changes a second in an open loop", _change(rate))
        for rate in _RATES
    ],
    prepare=prepare,
    aims=_aims,
    settings=lambda stage: {
        "contacts": f"{contacts_in(stage):,}",
        "events": f"{events_in(stage):,}",
        "segments": str(len(RULES)),
        "seconds": str(_seconds(stage)),
        "changes in a transaction": str(_AT_ONCE),
        "warm-up": f"the changes of {_WARM_SECONDS} s, not in the percentiles",
    },
)
