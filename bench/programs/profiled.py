"""Runs a module under cProfile: `profiled FILE MODULE ARGUMENT…`. Writes the file also when it is told to stop."""

import cProfile
import runpy
import signal
import sys
from types import FrameType
from typing import NoReturn


def main() -> None:
    file, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    # A server that stops cleanly repeats the signal afterwards: that must not end us before the file is written.
    signal.signal(signal.SIGTERM, _stop)
    profile = cProfile.Profile()
    try:
        profile.runcall(runpy.run_module, module, run_name="__main__", alter_sys=True)
    finally:
        profile.dump_stats(file)


def _stop(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
