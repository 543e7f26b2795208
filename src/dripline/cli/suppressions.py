"""`dripline suppressions`: the addresses that are never mailed, from files and to files."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

suppressions = App(name="suppressions", help="Addresses that are never mailed.")

_URL = Parameter(help="Address of the product. Else DRIPLINE_URL.")
_KEY = Parameter(help="API key. Else DRIPLINE_KEY.")
_DATA = Parameter(help="Folder of the product, to find its address.")
_FILE = Parameter(help="CSV with a column email; - reads standard input.", allow_leading_hyphen=True)


@suppressions.command
def export(
    *,
    url: Annotated[str | None, _URL] = None,
    key: Annotated[str | None, _KEY] = None,
    data: Annotated[Path | None, _DATA] = None,
) -> None:
    """Write all suppressed addresses to standard output, as CSV that `import` reads back."""
    from dripline.cli.product import client_of

    for piece in client_of(url=url, key=key, data=data).fetch("/api/suppressions/export"):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@suppressions.command(name="import")
def import_(
    file: Annotated[Path, _FILE],
    /,
    *,
    url: Annotated[str | None, _URL] = None,
    key: Annotated[str | None, _KEY] = None,
    data: Annotated[Path | None, _DATA] = None,
) -> int:
    """Suppress the addresses of a CSV file; says how many were new. Ends with 1 when rows could not be read."""
    import msgspec

    from dripline.cli.product import client_of
    from dripline.kernel.errors import Refused

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}.") from None
    client = client_of(url=url, key=key, data=data)
    said = msgspec.json.decode(client.ask("POST", "/api/suppressions/import", content, kind="text/csv"))
    sys.stdout.write(f"{said['suppressed']} suppressed, {said['known']} known before, {said['rejected']} rejected\n")
    for fault in said["errors"]:
        sys.stderr.write(f"row {fault['row']}, {fault['column']}: {fault['message']}\n")
    return 1 if said["rejected"] else 0
