"""`dripline version`."""

import platform
import sys

from dripline import __version__


def version() -> None:
    """Show the version of Dripline and of Python."""
    sys.stdout.write(f"dripline {__version__} (Python {platform.python_version()})\n")
