"""`dripline export`."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

from cyclopts import Parameter

if TYPE_CHECKING:
    from typing import BinaryIO


def export(
    *,
    written: Annotated[Literal["csv", "jsonl"], Parameter(name="--format", help="CSV, or JSON lines.")] = "csv",
    out: Annotated[Path | None, Parameter(help="File to write. Without it standard output.")] = None,
    on_list: Annotated[str | None, Parameter(name="--list", help="Only those on this list: id, slug or name.")] = None,
    segment: Annotated[str | None, Parameter(help="Only those in this segment: id, slug or name.")] = None,
    tag: Annotated[str | None, Parameter(help="Only those with this tag.")] = None,
    url: Annotated[str | None, Parameter(help="Address of the product. Else DRIPLINE_URL.")] = None,
    key: Annotated[str | None, Parameter(help="API key. Else DRIPLINE_KEY.")] = None,
    data: Annotated[Path | None, Parameter(help="Folder of the product, to find its address.")] = None,
) -> None:
    """Write the contacts of a running product to a file that `dripline import` reads back."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from dripline.cli.product import client_of

    client = client_of(url=url, key=key, data=data)
    query = {"format": written, "list": on_list, "segment": segment, "tag": tag}
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    console = Console(stderr=True)
    columns = TextColumn("Exporting"), DownloadColumn(), TransferSpeedColumn()
    shown = console.is_terminal and out is not None
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("", total=None)
        with _writable(out) as target:
            for size in _write(client.fetch(f"/api/contacts/export?{asked}"), target):
                progress.advance(task, size)


def _write(pieces: Iterable[bytes], target: "BinaryIO") -> Iterator[int]:
    for piece in pieces:
        target.write(piece)
        yield len(piece)


@contextmanager
def _writable(out: Path | None) -> Iterator["BinaryIO"]:
    """Standard output, or a file that is there only when it is whole: an export that breaks off leaves none."""
    from dripline.kernel.errors import Refused

    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = out.with_name(out.name + ".part")
    try:
        with unfinished.open("wb") as target:
            yield target
        unfinished.replace(out)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
