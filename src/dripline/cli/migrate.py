"""`dripline migrate`."""

import asyncio
import sys

from dripline.cli.environment import environment, settings_with_database


def migrate() -> None:
    """Bring the tables up to date. Safe to repeat; safe while others run."""
    from dripline.database.migrating import migrate as apply

    settings = settings_with_database(environment())
    assert settings.database_url is not None
    applied = asyncio.run(apply(settings.database_url))
    for name in applied:
        sys.stdout.write(f"applied {name}\n")
    if not applied:
        sys.stdout.write("The database is up to date.\n")
