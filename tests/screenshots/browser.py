"""The browser that draws: Chromium or one of its family, as the machine has it."""

import os
import shutil
import subprocess
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_DEBIAN = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium", "fonts-liberation")


class NoBrowser(Exception):
    """There is none, and this user cannot install one."""


def find_browser() -> str:
    """The path of a browser. Where root runs on Debian and there is none, it is installed first.

    Raises:
        NoBrowser: says what to do.
    """
    found = _look()
    if found is None and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        subprocess.run(["apt-get", "update", "--quiet"], check=True)
        subprocess.run(_DEBIAN, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        found = _look()
    if found is None:
        raise NoBrowser("There is no Chromium here. On Debian: apt-get install chromium. Or name one in BROWSER.")
    return found


def _look() -> str | None:
    names = (os.environ.get("BROWSER", ""), *_NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)
