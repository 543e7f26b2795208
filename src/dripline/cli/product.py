"""Which product a command talks to, and with which key."""

from pathlib import Path
from typing import TYPE_CHECKING

from dripline.kernel.errors import Refused

if TYPE_CHECKING:
    from dripline.processes.client import Client


def client_of(*, url: str | None, key: str | None, data: Path | None) -> "Client":
    """A client of the product that the options name, else the settings, else of the one that runs in the data folder.

    The address may end in `/api`, as it is written where curl is used.

    Raises:
        Refused: there is no key, or the address is none.
    """
    from dripline.cli.environment import environment
    from dripline.database.embedded_folder import DataFolder
    from dripline.processes.client import Client
    from dripline.settings import read_settings, url_of

    settings = read_settings(environment(data=data))
    running = DataFolder(settings.data_dir.absolute()).running_product()
    key = key or settings.key
    if key is None:
        raise Refused("There is no API key: give one with --key, or set DRIPLINE_KEY.")
    place = url or settings.url or (running.url if running else url_of(settings.host, settings.port))
    place = place.rstrip("/").removesuffix("/api")
    if not place.startswith(("http://", "https://")):
        raise Refused(f"{place!r} is no address of a product: expected one such as http://127.0.0.1:8025.")
    return Client(place, key)
