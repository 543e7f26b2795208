"""first mail: how long from the event to the mail that it starts, while events keep coming."""

from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import msgspec

from bench.children import program, read_json, running
from bench.mail import all_taken, taken_by
from bench.people import a_sequence, a_workspace, address, opened, some_contacts
from bench.product import a_port, a_sink, a_worker, an_api, healthy
from bench.programs.requests import NAMES
from bench.records import Aim, Run, median_figure
from bench.stage import Meter, Stage
from bench.workload import Measure, Side, Workload

_TEMPLATE = "bench_first_mail"
_CONNECTIONS = 64
_SEED = 20_260
_WARM_SECONDS = 3

_WELCOME = """
trigger: { event: any.event }
steps:
  - { id: decide, action: condition, property: contact.properties.done, operator: equals, value: true, onTrue: exit }
  - { id: mail, action: email, template: welcome }
"""
_RATES = (500, 100)


class Times(msgspec.Struct):
    """What the load generator wrote down: when each request was due, and how long its answer took from then."""

    due: list[float]
    took: list[float]


def _seconds(stage: Stage) -> int:
    return stage.size(20, quick=5)


async def _prepare(stage: Stage) -> None:
    async def fill(url: str) -> None:
        async with opened(url) as database:
            workspace = await a_workspace(database)
            for name in NAMES:
                definition = _WELCOME.replace("any.event", name)
                await a_sequence(database, workspace, definition, name=name.replace(".", "-"))
            await some_contacts(database, workspace.id, stage.size(100_000, quick=20_000))

    await stage.template(_TEMPLATE, fill)


def _at_rate(rate: int) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        url, port = await stage.fresh(_TEMPLATE), a_port()
        count = rate * (_seconds(stage) + _WARM_SECONDS)
        asked = {
            "port": port,
            "connections": _CONNECTIONS,
            "rate": rate,
            "requests": count,
            "contacts": count,
            "seed": _SEED + repetition,
            "file": str(_times(stage)),
        }
        profile = stage.profile_to
        async with (
            a_sink(_letters(stage)) as (sink, sink_port),
            running("load", *program("load", asked)) as load,
            an_api(url, port=port, sink=sink_port) as api,
            a_worker(url, sink=sink_port, profile_to=profile) as worker,
        ):
            await load.heard("made")
            await healthy(port)
            pids = {"api": api.pid, "worker": worker.pid, "sink": sink.pid, "load": load.pid}
            async with stage.metered(pids) as meter:
                await load.tell(go=True)
                await load.heard("ready")
                done = await load.heard("done")
                await all_taken(sink, count - done["refused"])
            taken = await taken_by(sink, _letters(stage))
        times = read_json(_times(stage), Times)
        return _run(rate, repetition, times, taken, meter)

    return measure


def _run(rate: int, repetition: int, times: Times, taken: Sequence[tuple[str, float]], meter: Meter) -> Run:
    arrived = dict(reversed(taken))
    first = rate * _WARM_SECONDS
    accepted = [number for number, took in enumerate(times.took) if took >= 0]
    mailed = [number for number in accepted if address(number) in arrived]
    measured = [number for number in mailed if number >= first]
    waits = [arrived[address(number)] - times.due[number] for number in measured]
    acknowledged = [times.took[number] for number in measured]
    return Run(
        side=f"{rate}/s",
        repetition=repetition,
        units=len(measured),
        seconds=times.due[-1] - times.due[first],
        cpu=meter.cpu,
        wal_bytes=meter.wal_bytes,
        lost=len(accepted) - len(mailed),
        doubled=len(taken) - len(arrived),
        figures={
            **{f"mail {name} ms": value for name, value in percentiles(waits).items()},
            **{f"answer {name} ms": value for name, value in percentiles(acknowledged).items()},
            "refused": len(times.took) - len(accepted),
        },
    )


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds that half, 95 and 99 of a hundred stay below."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {name: round(cuts[at - 1] * 1000, 1) for name, at in (("p50", 50), ("p95", 95), ("p99", 99))}


def _times(stage: Stage) -> Path:
    return stage.folder / "times.json"


def _letters(stage: Stage) -> Path:
    return stage.folder / "sink.json"


def _aims(runs: Sequence[Run]) -> list[Aim]:
    words = "aim: p99 from the intended event to the sink's 250, at {}/s, in ms"
    return [
        Aim(words.format(rate), 250, median_figure(runs, f"{rate}/s", "mail p99 ms"), at_most=True) for rate in _RATES
    ]


WORKLOAD = Workload(
    name="first-mail",
    about="Events come in at the times of a Poisson process, whether or not the product keeps up; each starts a "
    "sequence that mails at once. Measured is the time from when the event was due to be sent until the sink has "
    "written its 250, across the real processes: API, worker, rendering children, sink.",
    unit="mails/s",
    sides=tuple(
        Side(f"{rate}/s", f"{rate} events a second, `dripline serve` and one `dripline worker`", _at_rate(rate))
        for rate in _RATES
    ),
    prepare=_prepare,
    aims=_aims,
    settings=lambda stage: {
        "measured": f"{_seconds(stage)} s after {_WARM_SECONDS} s of warm-up",
        "seed": str(_SEED),
        "connections": str(_CONNECTIONS),
        "DKIM": "off",
        "tracking": "off",
    },
)
