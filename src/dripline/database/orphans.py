"""Children that end when we do, even when we are killed and cannot end them ourselves."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that asks the kernel to send `number` to the child when this process dies.

    None where the kernel has no such thing (only Linux does): there an orphan is met at the next start. The signal
    also comes when the *thread* that made the child ends, so make the child in a thread that lives as long as
    the process.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        # We may have died between the fork and the line above; then nobody sends the signal any more.
        if os.getppid() != parent:
            os._exit(1)

    return ask
