"""`dripline up`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from dripline.cli.environment import environment


def up(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on (DRIPLINE_HOST).")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on (DRIPLINE_PORT).")] = None,
    data: Annotated[Path | None, Parameter(help="Folder for the data (DRIPLINE_DATA_DIR).")] = None,
) -> None:
    """Start the product: embedded PostgreSQL, API, worker. Ctrl-C stops it.

    With DRIPLINE_DATABASE_URL set, that database is used and none is started.
    """
    from dripline.processes.supervisor import until_signal
    from dripline.processes.up import Plan, run_up
    from dripline.settings import read_settings
    from dripline.telemetry import set_up_logging

    environ = environment(host=host, port=port, data=data)
    settings = read_settings(environ)
    set_up_logging("up")
    asyncio.run(until_signal(run_up(settings, environ, Plan(say=_say))))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
