"""`dripline up` with children of our own making: `python -m tests.integration.processes.product`.

The API answers 200 to everything; the worker only waits. Both write their pid and what they were given into FOLDER.
"""

import asyncio
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from dripline.kernel.errors import DriplineError
from dripline.processes.supervisor import Command, Pace, until_signal
from dripline.processes.up import Plan, run_up
from dripline.settings import read_settings
from dripline.telemetry import set_up_logging

ITSELF = "tests.integration.processes.product"


class Healthy(BaseHTTPRequestHandler):
    """Says yes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by the base class)
        pass


def serve() -> None:
    note("serve")
    HTTPServer(("127.0.0.1", int(os.environ["DRIPLINE_PORT"])), Healthy).serve_forever()


def work() -> None:
    note("worker")
    signal.pause()


def note(name: str) -> None:
    """Append our pid, and whether the database and the key came along."""
    given = bool(os.environ["DRIPLINE_DATABASE_URL"] and os.environ["DRIPLINE_SECRET_KEY"])
    with (Path(os.environ["FOLDER"]) / name).open("a") as file:
        file.write(f"{os.getpid()} {given}\n")


def fail() -> None:
    sys.exit(3)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def up(front: str, worker: str) -> None:
    """Run the product with these functions of this module in the place of its children."""
    set_up_logging("up")
    first, second = (Command(name, (sys.executable, "-m", ITSELF, name)) for name in (front, worker))
    plan = Plan(say=say, front=first, worker=second, pace=Pace(first_delay=0.05, longest_delay=0.1))
    try:
        asyncio.run(until_signal(run_up(read_settings(os.environ), os.environ, plan)))
    except DriplineError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["up", front, worker]:
            up(front, worker)
        case [name]:
            {"serve": serve, "work": work, "fail": fail}[name]()
