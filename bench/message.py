"""message: mails written as bytes, beside the standard library; and signed, beside dkimpy."""

from collections.abc import Sequence

from bench.alone import measured, nothing_to_prepare
from bench.children import program
from bench.records import Aim, Run, ratio
from bench.stage import Stage
from bench.workload import Measure, Side, Workload

_OURS, _LIBRARY = "dripline", "EmailMessage"
_SIGNED, _DKIMPY = "dripline, signed", "dripline, signed by dkimpy"
# So that each side takes a few seconds.
_MAILS = {_OURS: 60_000, _LIBRARY: 2_000, _SIGNED: 6_000, _DKIMPY: 600}


def _mails(stage: Stage, how: str) -> int:
    return stage.size(_MAILS[how], quick=_MAILS[how] // 20)


def _write(how: str) -> Measure:
    async def measure(stage: Stage, repetition: int) -> Run:
        command = program("write_mails", {"how": how, "mails": _mails(stage, how)})
        done, meter = await measured(stage, "writer", command)
        return Run(
            side=how,
            repetition=repetition,
            units=_mails(stage, how),
            seconds=done["seconds"],
            cpu=meter.cpu,
            wal_bytes=meter.wal_bytes,
            figures={"octets": done["octets"] / _mails(stage, how)},
        )

    return measure


def _aims(runs: Sequence[Run]) -> list[Aim]:
    return [
        Aim("goal: 20 times the standard library", 20, ratio(runs, _OURS, _LIBRARY)),
        Aim("signed: 5 times dkimpy", 5, ratio(runs, _SIGNED, _DKIMPY)),
    ]


WORKLOAD = Workload(
    name="message",
    about="One mail of about 7 kB with text and HTML, thirteen headers, in UTF-8, each to somebody else, from what was "
    "rendered to the bytes that are handed over. Every side's mail reads the same. One unit is one mail.",
    unit="mails/s",
    sides=(
        Side(_OURS, "the product's composer, one process", _write(_OURS)),
        Side(_LIBRARY, "email.message.EmailMessage, policy SMTP with long lines", _write(_LIBRARY)),
        Side(_SIGNED, "the same as dripline, and one DKIM signature, RSA of 2048 bits", _write(_SIGNED)),
        Side(
            _DKIMPY,
            "the product's composer, signed by dkimpy with its usual headers, RSA of 2048 bits",
            _write(_DKIMPY),
        ),
    ),
    prepare=nothing_to_prepare,
    aims=_aims,
    settings=lambda stage: {f"mails: {how}": f"{_mails(stage, how):,}" for how in _MAILS},
)
