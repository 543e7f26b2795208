"""blocks: mails made of blocks compiled to HTML, beside mrml alone on the same MJML."""

from collections.abc import Sequence

from bench.alone import measured, nothing_to_prepare
from bench.children import program
from bench.records import Aim, Run, median_rate
from bench.stage import Stage
from bench.workload import Measure, Side, Workload


def _mails(stage: Stage) -> int:
    return stage.size(1_000, quick=40)


def _compile(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        profile_to = stage.profile_to if how == "dripline" else None
        command = program("compile_blocks", {"how": how, "mails": _mails(stage)}, profile_to=profile_to)
        done, meter = await measured(stage, "compiler", command)
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
    return [Aim("aim: a template saved in 50 ms", 20, median_rate(runs, "dripline, saved"))]


WORKLOAD = Workload(
    name="blocks",
    about="Two lists of blocks in turns, of 9 and 59 blocks, to HTML. One unit is one mail: it is compiled when a "
    "template is saved, not for each contact.",
    unit="mails/s",
    sides=(
        Side(
            "dripline",
            "JSON read and checked, every text cleaned, Liquid held back, MJML written, compiled, put together",
            _compile("dripline"),
        ),
        Side(
            "dripline, saved",
            "a template saved, but for the database: the same, with its text part and the variables that it uses",
            _compile("dripline, saved"),
        ),
        Side("mrml", "mrml alone on the MJML that we make, without the texts and their Liquid", _compile("mrml")),
    ),
    prepare=nothing_to_prepare,
    aims=_aims,
    settings=lambda stage: {"mails": f"{_mails(stage):,}"},
)
