"""`dripline key`: API keys, made, seen and ended where the product runs."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from dripline.cli.environment import environment, settings_to_serve

key = App(name="key", help="Keys of the API: make one, list them, end one.")

_DATA = Parameter(help="Folder of the product (DRIPLINE_DATA_DIR).")
_PREFIX = Parameter(help="What it begins with: dl_test_, dl_live_, kr_, pm_test_, pm_live_ or seq_live_.")


@key.command
def new(
    *,
    live: Annotated[
        bool | None, Parameter(help="To the live workspace, or to the test workspace.", negative="--test")
    ] = None,
    prefix: Annotated[str | None, _PREFIX] = None,
    data: Annotated[Path | None, _DATA] = None,
) -> None:
    """Make a key, to the test workspace without options, and write it to standard output. It is not shown again."""
    from dripline.accounts.model import Mode
    from dripline.processes.keys import new_key

    mode = None if live is None else Mode.LIVE if live else Mode.TEST
    settings = settings_to_serve(environment(data=data))
    sys.stdout.write(asyncio.run(new_key(settings, mode=mode, prefix=prefix)) + "\n")


@key.command(name="list")
def list_(*, data: Annotated[Path | None, _DATA] = None) -> None:
    """List all keys by how they begin: which workspace each opens, since when, and until when."""
    from dripline.cli.tables import print_table
    from dripline.kernel.clock import iso
    from dripline.processes.keys import known_keys

    found = asyncio.run(known_keys(settings_to_serve(environment(data=data))))
    rows = [
        (each.hint, each.workspace, each.mode, iso(each.created_at), iso(each.revoked_at) if each.revoked_at else "")
        for each in found
    ]
    print_table(("key", "workspace", "mode", "made", "revoked"), rows)


@key.command
def revoke(
    text: Annotated[
        str, Parameter(name="KEY", help="The whole key; - reads it from standard input.", allow_leading_hyphen=True)
    ],
    /,
    *,
    data: Annotated[Path | None, _DATA] = None,
) -> None:
    """End a key: it is refused everywhere within two seconds."""
    from dripline.processes.keys import end_key

    whole = sys.stdin.readline().strip() if text == "-" else text
    asyncio.run(end_key(settings_to_serve(environment(data=data)), whole))
    sys.stdout.write("The key opens nothing any more.\n")
