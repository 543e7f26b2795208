"""`dripline demo`."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from rich.console import Console

    from dripline.processes.demo.outcome import Totals, Walk
    from dripline.processes.demo.product import Product

_FOLDER = Path(".dripline-demo")
_WIDTH_OF_A_FILE = 140


def demo(
    *,
    once: Annotated[bool, Parameter(help="Stop after the table.", negative=())] = False,
    port: Annotated[int | None, Parameter(help="Port to listen on. Without it a free one.")] = None,
    data: Annotated[Path, Parameter(help="Folder for the data, emptied first.")] = _FOLDER,
) -> None:
    """Show fourteen days of a trial-expiry sequence with five contacts, in seconds; then keep running.

    Everything happens in a folder of its own, which is emptied at each start, and in a test workspace: no mail leaves.
    """
    from dripline.processes.supervisor import until_signal

    asyncio.run(until_signal(_demo(data, port=port, once=once)))


async def _demo(folder: Path, *, port: int | None, once: bool) -> None:
    from rich.console import Console

    from dripline.processes.demo.folder import LOG, make_fresh
    from dripline.processes.demo.product import running
    from dripline.telemetry import set_up_logging

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_A_FILE)
    make_fresh(folder)
    with (folder / LOG).open("a") as log:
        set_up_logging("demo", stream=log)
        with console.status("Starting PostgreSQL, the API and a worker …") as status:
            async with running(folder, port=port) as product:
                status.stop()
                await _show(console, product)
                if not once:
                    _say_where(console, product, folder)
                    await product.ended()


async def _show(console: "Console", product: "Product") -> None:
    from rich.progress import BarColumn, Progress, TextColumn

    from dripline.processes.demo.outcome import read_totals, read_walks
    from dripline.processes.demo.playing import load, play
    from dripline.processes.demo.story import DAYS

    began = time.monotonic()  # allow: wall-clock (how long the demo took, for people)
    await load(product.client)
    columns = TextColumn("The test clock moves: day {task.completed} of {task.total}"), BarColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=DAYS)
        start = await play(product.client, passed=lambda day: progress.update(task, completed=day))
    seconds = time.monotonic() - began  # allow: wall-clock (how long the demo took, for people)
    _print_walks(console, await read_walks(product.client, start=start))
    _print_totals(console, await read_totals(product.client), seconds)


def _print_walks(console: "Console", walks: Sequence["Walk"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from dripline.processes.demo.story import TEMPLATES

    mails = Table(title="Trial expiry: who got which mail when", title_justify="left")
    mails.add_column("", style="bold")
    for template in TEMPLATES:
        mails.add_column(template.removeprefix("trial-").replace("-", "\n", 1), justify="center")
    reasons = Table("", "does what", "and so", box=None, pad_edge=False)
    for walk in walks:
        days = (f"day {walk.mails[template]}" if template in walk.mails else "-" for template in TEMPLATES)
        mails.add_row(walk.person.name, *days)
        # As Text: square brackets in a value are no markup.
        reasons.add_row(*map(Text, (walk.person.name, walk.person.does, walk.why)))
    console.print(mails, reasons, sep="\n")


def _print_totals(console: "Console", totals: "Totals", seconds: float) -> None:
    twice = "none twice" if totals.doubled == 0 else f"{totals.doubled} of them twice"
    console.print(f"\n{totals.sent} mails sent, {twice}. Fourteen days took {seconds:.1f} seconds.", highlight=False)


def _say_where(console: "Console", product: "Product", folder: Path) -> None:
    client = product.client
    console.print(
        f"""
Dripline is running at {client.url} with this data, in {folder}. Ctrl-C stops it.

  the key       {client.key}
  the API       {client.url}/api/docs
  Ada's mails   curl -H 'Authorization: Bearer {client.key}' '{client.url}/api/inbox?email=ada@example.com'
""",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
