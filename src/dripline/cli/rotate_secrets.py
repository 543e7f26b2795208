"""`dripline rotate-secrets`."""

import asyncio
import sys

from dripline.cli.environment import environment, settings_to_serve


def rotate_secrets() -> int:
    """Seal what is kept secret anew with the current secret key. Ends with 1 when some could not be opened."""
    from dripline.processes.resealing import reseal_all

    rotated = asyncio.run(reseal_all(settings_to_serve(environment())))
    sys.stdout.write(f"sealed anew: {rotated.sealed}\n")
    if rotated.unreadable:
        sys.stderr.write(
            f"{rotated.unreadable} could not be opened: their key is not among DRIPLINE_FORMER_SECRET_KEYS.\n"
        )
    return 1 if rotated.unreadable else 0
