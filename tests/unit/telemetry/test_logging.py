"""Logs are lines of JSON where nobody looks on, and hold nothing personal."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dripline.telemetry import set_up_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_an_event_is_one_line_of_json_with_process_and_level() -> None:
    stream = io.StringIO()
    set_up_logging("worker", stream=stream)

    structlog.get_logger().info("turn.done", enrollments=3)

    [event] = map(json.loads, stream.getvalue().splitlines())
    del event["timestamp"]
    assert event == {"event": "turn.done", "enrollments": 3, "process": "worker", "level": "info"}


def test_addresses_and_bodies_are_hidden() -> None:
    stream = io.StringIO()
    set_up_logging("worker", stream=stream)

    structlog.get_logger().warning("mail.refused", email="ada@example.com", body="Dear Ada", code=550)

    event = json.loads(stream.getvalue())
    assert (event["email"], event["body"], event["code"]) == ("(hidden)", "(hidden)", 550)


def test_warnings_of_libraries_come_along() -> None:
    stream = io.StringIO()
    set_up_logging("api", stream=stream)

    logging.getLogger("library").info("not this")
    logging.getLogger("library").warning("slow: %s s", 3)

    event = json.loads(stream.getvalue())
    assert (event["event"], event["logger"], event["process"]) == ("slow: 3 s", "library", "api")


def test_debug_is_off_unless_asked_for() -> None:
    stream = io.StringIO()
    set_up_logging("api", stream=stream)

    structlog.get_logger().debug("detail")

    assert stream.getvalue() == ""
