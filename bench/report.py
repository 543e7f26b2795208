"""Reports for people: tables of medians, from the newest file of each workload."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import msgspec

from bench.records import Aim, Report, Run, ratio, runs_of

RESULTS = Path(__file__).parent / "results"
_HEAD = """# Results

Written by `python -m bench`: the newest run of each workload. Medians with least and most of all repetitions; the
sides took turns within one run, in fresh databases on one PostgreSQL. CPU is in seconds for 10,000 units, by process.
Mail is neither signed (DKIM) nor tracked, but where a side says so. `../README.md` says what each workload is, and why
an aim was missed.
"""


def keep(report: Report) -> Path:
    """Write a report as a file of its own, and the page of all newest reports; gives the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{report.at[:10]}-{report.workload}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (RESULTS / "report.md").write_text("\n".join([_HEAD, *(page(each) for each in _newest())]))
    return path


def page(report: Report) -> str:
    """One workload as Markdown."""
    lines = [
        f"## {report.workload}\n",
        f"{report.about}\n",
        *_table(
            ["side", report.unit, "least", "most", "x ours", "CPU s / 10,000", "WAL B / unit", "lost", "doubled"],
            (_row(report.runs, side) for side in report.sides),
        ),
        *_figures(report),
        "",
        *(f"- **{side}**: {about}" for side, about in report.sides.items()),
        "",
        *_table(["aim", "wanted", "got", "met"], (_aim(aim) for aim in report.aims)),
        "",
        f"Measured {report.at}, {max(run.repetition for run in report.runs)} repetitions. "
        + "; ".join(f"{name} {value}" for name, value in report.settings.items())
        + ".\n",
        "<details><summary>Machine and versions</summary>\n",
        "; ".join(f"{name} {value}" for name, value in report.machine.items()) + ".\n",
        "</details>\n",
    ]
    return "\n".join(lines)


def _newest() -> list[Report]:
    newest = {
        path.stem[len("2026-01-01-") :]: path for path in sorted(RESULTS.glob("*.json"), key=lambda path: path.stem)
    }
    return [msgspec.json.decode(path.read_bytes(), type=Report) for _, path in sorted(newest.items())]


def _aim(aim: Aim) -> list[str]:
    wanted = f"{'≤' if aim.at_most else '≥'} {_number(aim.wanted)}"
    return [aim.words, wanted, _number(aim.got), "yes" if aim.is_met else "**no**"]


def _row(runs: Sequence[Run], side: str) -> list[str]:
    own = runs_of(runs, side)
    rates = [run.rate for run in own]
    return [
        side,
        f"**{_number(median(rates))}**",
        _number(min(rates)),
        _number(max(rates)),
        _ratio(runs, side),
        ", ".join(f"{name} {_number(_per_10k(own, name))}" for name in own[0].cpu),
        f"{median(run.wal_bytes / run.units for run in own):,.0f}",
        *(_total([run.lost for run in own]), _total([run.doubled for run in own])),
    ]


def _ratio(runs: Sequence[Run], side: str) -> str:
    """How fast it is as a multiple of our own side that measures the same."""
    first = runs[0].side
    return "1" if side == first else f"{ratio(runs, side, first):.2f}"


def _figures(report: Report) -> list[str]:
    names = sorted({name for run in report.runs for name in run.figures})
    if not names:
        return []
    rows = []
    for side in report.sides:
        own = runs_of(report.runs, side)
        rows.append([side, *(_number(median(run.figures.get(name, 0) for run in own)) for name in names)])
    return ["", *_table(["side", *names], rows)]


def _per_10k(runs: Sequence[Run], process: str) -> float:
    return median(run.cpu[process] / run.units * 10_000 for run in runs)


def _total(counts: Sequence[int | None]) -> str:
    known = [count for count in counts if count is not None]
    return f"{sum(known):,}" if known else "-"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
