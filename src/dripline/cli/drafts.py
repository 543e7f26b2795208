"""`dripline draft`: sequences whose mails a language model writes for a brief."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from dripline.processes.client import Client

draft = App(name="draft", help="Let a language model write sequences, and watch it.")

_SECONDS_BETWEEN_LOOKS = 0.5
_WRITING = ("pending", "in_progress")

Json = Mapping[str, Any]
Url = Annotated[str | None, Parameter(help="Address of the product. Else DRIPLINE_URL.")]
Key = Annotated[str | None, Parameter(help="API key. Else DRIPLINE_KEY.")]
Data = Annotated[Path | None, Parameter(help="Folder of the product, to find its address.")]
Ref = Annotated[str, Parameter(help="Which draft: id, slug or name.")]
Wait = Annotated[bool, Parameter(help="Whether to wait until all mails are written.")]


@draft.command
def new(
    brief: Annotated[str, Parameter(help="What the sequence shall be for.")],
    /,
    *,
    mails: Annotated[int | None, Parameter(help="How many mails: 1 to 10, else 5.")] = None,
    name: Annotated[str | None, Parameter(help="What to call it. Else by its brief.")] = None,
    slug: Annotated[str | None, Parameter(help="Its slug. Else by its name.")] = None,
    trigger: Annotated[
        str | None, Parameter(help="What starts it: contact_added, event, tag, list_add, segment or api.")
    ] = None,
    of: Annotated[str | None, Parameter(help="Which event, tag, list or segment starts it.")] = None,
    wait: Wait = True,
    url: Url = None,
    key: Key = None,
    data: Data = None,
) -> int:
    """Begin a draft in a running product, and show its mails when they are written.

    Ends with 1 when some could not be written; those that are there stay.
    """
    body = {
        "name": name or brief[:60],
        "brief": brief,
        "emailCount": mails,
        "slug": slug,
        "triggerType": trigger,
        **_about(trigger, of),
    }
    client = _client(url, key, data)
    made = _ask(client, "POST", "/api/sequences", {key: value for key, value in body.items() if value is not None})
    return _end(client, made, wait=wait)


@draft.command
def show(ref: Ref, /, *, wait: Wait = True, url: Url = None, key: Key = None, data: Data = None) -> int:
    """Show a draft with its mails; while they are being written, wait for them."""
    client = _client(url, key, data)
    return _end(client, _ask(client, "GET", _path(ref)), wait=wait)


@draft.command
def again(ref: Ref, /, *, wait: Wait = True, url: Url = None, key: Key = None, data: Data = None) -> int:
    """Try once more to write the mails that could not be written."""
    client = _client(url, key, data)
    return _end(client, _ask(client, "POST", f"{_path(ref)}/write-again"), wait=wait)


def _client(url: str | None, key: str | None, data: Path | None) -> "Client":
    from dripline.cli.product import client_of

    return client_of(url=url, key=key, data=data)


def _about(trigger: str | None, of: str | None) -> Mapping[str, str]:
    from dripline.kernel.errors import Refused

    if of is None:
        return {}
    names = {"event": "triggerEvent", "tag": "triggerTag", "list_add": "triggerListId", "segment": "triggerSegmentId"}
    if trigger not in names:
        raise Refused(f"--of belongs to --trigger with one of {', '.join(names)}.")
    return {names[trigger]: of}


def _end(client: "Client", sequence: Json, *, wait: bool) -> int:
    """Show a draft, when its mails are written; gives the status to end with."""
    sequence = _written(client, sequence) if wait else sequence
    _print(client, sequence)
    status, error = sequence["enrichmentStatus"], sequence["enrichmentError"]
    if status in _WRITING:
        sys.stderr.write(f"Its mails are being written. `dripline draft show {sequence['slug']}` shows them.\n")
    if error is not None:
        sys.stderr.write(f"{error.rstrip('.')}. `dripline draft again {sequence['slug']}` tries once more.\n")
    return 0 if error is None else 1


def _written(client: "Client", sequence: Json) -> Json:
    """The draft when nothing is being written any more; a bar shows how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TextColumn("mails"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(list(_mails(sequence))))
        while sequence["enrichmentStatus"] in _WRITING:
            progress.update(task, completed=sequence["enrichedCount"])
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            sequence = _ask(client, "GET", _path(sequence["slug"]))
    return sequence


def _print(client: "Client", sequence: Json) -> None:
    from dripline.cli.tables import print_table

    sys.stdout.write(f"{sequence['slug']}: {sequence['name']} ({sequence['status']})\n\n")
    rows = [(mail["template"], after, *_said(client, mail["template"])) for after, mail in _mails(sequence)]
    print_table(("template", "after", "subject", "preview"), rows)


def _mails(sequence: Json) -> Iterator[tuple[str, Json]]:
    """The mails that name a template, each with the wait before it."""
    waits: list[str] = []
    for step in _steps(sequence["steps"]):
        if step["action"] == "delay":
            waits.append(str(step.get("duration") or step.get("until")))
        elif step["action"] == "email" and "template" in step:
            yield " ".join(waits) or "at once", step
            waits = []


def _steps(steps: Sequence[Json]) -> Iterator[Json]:
    for step in steps:
        yield step
        for branch in (step.get("then"), step.get("else"), *(each["steps"] for each in step.get("branches", ()))):
            yield from _steps(branch or ())


def _said(client: "Client", template: str) -> tuple[str, str]:
    from dripline.kernel.errors import Refused

    try:
        found = _ask(client, "GET", f"/api/templates/{template}")
    except Refused:
        return "not written", ""
    return found["subject"], found["previewText"] or ""


def _path(ref: str) -> str:
    from urllib.parse import quote

    return f"/api/sequences/{quote(ref, safe='')}"


def _ask(client: "Client", method: str, path: str, body: Json | None = None) -> Json:
    import msgspec

    content = msgspec.json.encode(body) if body is not None else None
    answer: Json = msgspec.json.decode(client.ask(method, path, content))
    return answer
