"""Logs: structured events on stderr, for people on a terminal, as JSON lines elsewhere.

An event is a short name (`postgres_ready`) and fields. At info level and above no field holds an
address or the body of a mail: those are personal, and logs travel.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import TextIO

import structlog
from structlog.typing import Processor

_HIDDEN = frozenset({"address", "body", "email", "html", "password", "recipient", "secret", "secret_key", "text", "to"})


def set_up_logging(process: str, *, stream: TextIO | None = None, debug: bool = False) -> None:
    """Send every log of this process to `stream` (stderr when None), each with the field `process`.

    Logs of libraries come along from warning level upwards. May be called again; the last call wins.
    """
    stream = sys.stderr if stream is None else stream
    level = logging.DEBUG if debug else logging.INFO
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_personal_fields,
    ]
    structlog.configure(
        processors=[*shared, *_last(stream)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
    _bring_libraries(shared, stream)


def hide_personal_fields(
    _logger: object, level: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """The event without the values of fields that name people or hold mail, but for debug level."""
    if level == "debug":
        return event
    return {name: "(hidden)" if name in _HIDDEN else value for name, value in event.items()}


def _last(stream: TextIO) -> list[Processor]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer(colors=True)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _bring_libraries(shared: list[Processor], stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(stream)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
