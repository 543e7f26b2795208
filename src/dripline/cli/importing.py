"""`dripline import`."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from cyclopts import Parameter

if TYPE_CHECKING:
    from typing import BinaryIO

    from rich.console import Console

    from dripline.processes.client import Client

_SECONDS_BETWEEN_LOOKS = 0.2
_MOST_ERRORS_SHOWN = 50

Job = Mapping[str, Any]


def import_(
    file: Annotated[
        Path, Parameter(help="CSV with a header line, or JSON lines; - is standard input.", allow_leading_hyphen=True)
    ],
    /,
    *,
    onto: Annotated[str | None, Parameter(name="--list", help="Put everybody on this list: id, slug or name.")] = None,
    tags: Annotated[str | None, Parameter(help="Give everybody these tags, commas between them.")] = None,
    enroll: Annotated[bool, Parameter(help="Whether sequences may start by it.")] = True,
    dry_run: Annotated[bool, Parameter(help="Count what would happen, and do nothing.", negative=())] = False,
    url: Annotated[str | None, Parameter(help="Address of the product. Else DRIPLINE_URL.")] = None,
    key: Annotated[str | None, Parameter(help="API key. Else DRIPLINE_KEY.")] = None,
    data: Annotated[Path | None, Parameter(help="Folder of the product, to find its address.")] = None,
) -> int:
    """Take contacts from a file into a running product.

    Ends with 1 when rows failed; the others are in all the same.
    """
    from rich.console import Console

    from dripline.cli.product import client_of

    client = client_of(url=url, key=key, data=data)
    query = {"list": onto, "tags": tags, "enroll": _flag(enroll), "dryRun": _flag(dry_run)}
    console = Console(stderr=True)
    with _opened(file) as content:
        job = _follow(client, _send(client, content, query), console)
    return _tell(job)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _opened(file: Path) -> "BinaryIO":
    from dripline.kernel.errors import Refused

    try:
        return sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None


def _send(client: "Client", content: "BinaryIO", query: Mapping[str, str | None]) -> str:
    """Send the file; gives the job that reads it."""
    import msgspec

    asked = urlencode({name: value for name, value in query.items() if value is not None})
    # CSV is told from JSON lines by what is in it; this only says that it is no object with contacts in it.
    answer = client.ask("POST", f"/api/contacts/import?{asked}", content, kind="application/x-ndjson")
    job: str = msgspec.json.decode(answer)["job"]
    return job


def _follow(client: "Client", ref: str, console: "Console") -> Job:
    """The job, when it has ended; a bar shows how far it is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        while (job := _job(client, ref))["status"] in {"queued", "running"}:
            progress.update(task, completed=job["done"], total=job["total"])
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    return job


def _job(client: "Client", ref: str) -> Job:
    import msgspec

    job: Job = msgspec.json.decode(client.ask("GET", f"/api/jobs/{ref}"))
    return job


def _tell(job: Job) -> int:
    """Say what came of it; gives the status to end with."""
    _print_errors(job["errors"])
    result = job["result"]
    if job["status"] != "done":
        sys.stderr.write(f"The import did not end well ({job['status']}), after {job['done']:,} rows.\n")
        return 1
    counts = ", ".join(f"{result[name]:,} {name}" for name in ("created", "updated", "unchanged", "failed"))
    sys.stdout.write(f"{job['done']:,} rows: {counts}\n")
    if result["dryRun"]:
        sys.stdout.write("Nothing was written: this was a dry run.\n")
    started, word = (result["wouldEnroll"], "would start") if result["dryRun"] else (result["enrolled"], "started")
    for each in started:
        sys.stdout.write(f"{each['sequence']}: {each['count']:,} {word}\n")
    if result["ignored"]:
        sys.stdout.write(f"Columns passed over: {', '.join(result['ignored'])}\n")
    return 1 if result["failed"] else 0


def _print_errors(errors: Sequence[Mapping[str, Any]]) -> None:
    from dripline.cli.tables import print_table

    if not errors:
        return
    rows = [
        (_text(error.get("row")), _text(error.get("line")), _text(error.get("column")), error["message"])
        for error in errors[:_MOST_ERRORS_SHOWN]
    ]
    print_table(("row", "line", "column", "problem"), rows)
    if (more := len(errors) - len(rows)) > 0:
        sys.stdout.write(f"… and {more:,} more\n")


def _text(value: object) -> str:
    return "" if value is None else str(value)
