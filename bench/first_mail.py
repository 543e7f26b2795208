"""first mail: how long from the event to the mail that it starts, while events keep coming."""

from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import msgspec

from bench.children import program, running
from bench.mail import taken_by
from bench.people import address, a_sequence, a_workspace, opened, some_contacts
from bench.product import a_port, a_sink, a_worker, an_api
from bench.records import Aim, Run, median_figure
from bench.stage import Stage
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
            pids = {"api": api.pid, "worker": worker.pid, "sink": sink.pid, "load": load.pid}
            async with stage.metered(pids) as meter:
                await load.tell(go=True)
                await load.heard("ready")
                done = await load.heard("done")
                await all_taken(sink, count - done["refused"])
            taken = await taken_by(sink, _letters(stage))
        times = msgspec.json.decode(_times(stage).read_bytes(), type=Times)
        return _run(rate, repetition, times, taken, meter)

    return measure
