"""What commands read first: settings, and where the database is."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dripline.kernel.errors import Refused
from dripline.settings import Settings, read_settings, unknown_settings


def environment(*, host: str | None = None, port: int | None = None, data: Path | None = None) -> dict[str, str]:
    """The variables of this process, with what the options of a command say instead. Warns of unknown settings."""
    for warning in unknown_settings(os.environ):
        sys.stderr.write(f"warning: {warning}\n")
    options = {
        "DRIPLINE_HOST": host,
        "DRIPLINE_PORT": None if port is None else str(port),
        "DRIPLINE_DATA_DIR": None if data is None else str(data),
    }
    return {**os.environ, **{name: value for name, value in options.items() if value is not None}}


def settings_to_serve(environ: Mapping[str, str]) -> Settings:
    """The settings of a process of the product: database and secret key are there.

    Raises:
        Refused: one of them is missing.
    """
    from dripline.processes.up import require_secret_key

    settings = settings_with_database(environ)
    require_secret_key(settings)
    return settings


def settings_with_database(environ: Mapping[str, str]) -> Settings:
    """The settings, with the database that they name, or the one that runs in the data folder.

    Raises:
        Refused: there is neither.
    """
    from dripline.database.embedded import connect_running
    from dripline.processes.up import secret_key

    settings = read_settings(environ)
    if settings.database_url is not None:
        return settings
    running = connect_running(settings.data_dir)
    if running is None:
        raise Refused(
            f"There is no database: DRIPLINE_DATABASE_URL is not set, and none runs in {settings.data_dir}. "
            "Set it, or start `dripline up` first."
        )
    return replace(settings, database_url=running.owner_url, secret_key=secret_key(settings))
