"""`dripline bounce`: received mail, on the command line."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from dripline.delivery.feedback.model import Report

bounce = App(name="bounce", help="Read mail that came back.")

_FOLDER = Parameter(name="--dir", help="A folder; each file in it is one mail.")


@bounce.command
def classify(*, folder: Annotated[Path | None, _FOLDER] = None) -> None:
    """Say what a received mail is: one JSON line for the mail on standard input, or for each file of a folder.

    Needs no database. Whatever the bytes are, there is a line for them.
    """
    import msgspec

    from dripline.delivery.feedback.reading import read_report

    for name, raw in _mails(folder):
        sys.stdout.write(msgspec.json.encode(_shown(name, read_report(raw))).decode() + "\n")


def _mails(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    from dripline.kernel.errors import Refused

    try:
        if folder is None:
            yield "-", sys.stdin.buffer.read()
            return
        if not folder.is_dir():
            raise Refused(f"{folder}: there is no such folder.")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield str(file.relative_to(folder)), file.read_bytes()
    except OSError as error:
        raise Refused(f"{error.filename or folder or '-'}: {error.strerror}.") from None


def _shown(name: str, report: "Report") -> dict[str, object]:
    people = [{"address": each.address, "class": each.klass, "status": each.status} for each in report.recipients]
    shown: dict[str, object] = {"file": name, "kind": report.kind, "recipients": people}
    return shown | ({"fault": report.fault} if report.fault else {})
