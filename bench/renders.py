"""renders: five templates for many contacts, beside python-liquid alone."""

from collections.abc import Sequence

from bench.alone import measured, nothing_to_prepare
from bench.children import program
from bench.records import Aim, Run, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload


def _mails(stage: Stage) -> int:
    return stage.size(20_000, quick=400)


def _render(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        command = program("render", {"how": how, "mails": _mails(stage)})
        done, meter = await measured(stage, "renderer", command)
        return Run(
            side=how,
            repetition=repetition,
            units=_mails(stage),
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            lost=_mails(stage) - done["whole"],
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [Aim("floor: half of python-liquid alone", 0.5, ratio(runs, "dripline", "python-liquid"))]


WORKLOAD = Workload(
    name="renders",
    about="Subject, HTML and text of five templates of 0.2 to 52 kB, two of them made of blocks, each for contacts "
    "with twenty properties and an event. One unit is one mail.",
    unit="mails/s",
    sides=(
        Side("dripline", "the worker's renderer: one child, batches of 40, with all limits", _render("dripline")),
        Side(
            "python-liquid",
            "the library alone in one process: no child that can be killed, no limits, no names in any case",
            _render("python-liquid"),
        ),
    ),
    prepare=nothing_to_prepare,
    aims=_aims,
    settings=lambda stage: {"mails": f"{_mails(stage):,}", "mails in a batch": "40"},
)
