"""Renders templates that come on lines, in the child that renders mails."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias

import msgspec

from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json, check_text
from dripline.templates.compiling import MOST_SOURCE_BYTES
from dripline.templates.liquid.checking import check
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source

LONGEST_LINE = 4_000_000

# A line that is longer; what is on it was not kept.
_TOO_LONG = b""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template, and the values of its names."""

    template: str
    data: dict[str, Any] = {}


class Output(msgspec.Struct, frozen=True):
    """What a template gives."""

    output: str


class Failure(msgspec.Struct, frozen=True):
    """Why it gives nothing."""

    error: str


Answer: TypeAlias = Output | Failure


def render_lines(lines: BinaryIO, answers: BinaryIO, *, is_text: bool) -> None:
    """Answer each line as soon as it is there; those with nothing on them are passed over.

    Raises:
        Unavailable: no child can be started.
    """
    renderer = Renderer()
    with asyncio.Runner() as runner:
        try:
            for line in _lines(lines):
                answer = runner.run(_answer(renderer, line, is_text=is_text))
                answers.write(msgspec.json.encode(answer) + b"\n")
                answers.flush()
        finally:
            runner.run(renderer.close())


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            yield _TOO_LONG
        elif line.strip():
            yield line


async def _answer(renderer: Renderer, line: bytes, *, is_text: bool) -> Answer:
    try:
        job = _job(_read(line), is_text=is_text)
    except Invalid as error:
        return Failure(error.message)
    [answer] = await renderer.render([job])
    if not isinstance(answer, Rendered):
        return Failure(answer.detail)
    return Output(answer.text if is_text else answer.html)


def _read(line: bytes) -> Line:
    if line is _TOO_LONG:
        raise Invalid(f"The line is longer than {LONGEST_LINE} bytes.")
    try:
        read = msgspec.json.decode(line, type=Line)
        # What the child could not be told, such as a number beyond 64 bits.
        msgspec.msgpack.encode(read.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError, RecursionError) as error:
        raise Invalid(f"The line cannot be read: {error}.") from None
    return read


def _job(line: Line, *, is_text: bool) -> RenderJob:
    """The template as a part of a mail. It is looked through first, as when it is saved.

    Raises:
        Invalid: it could not be saved.
    """
    check_text(line.template, "template", longest=MOST_SOURCE_BYTES)
    if problems := check(line.template, "template").problems:
        raise Invalid.of(problems)
    html, text = ("", line.template) if is_text else (line.template, "")
    return RenderJob(Source("", "", html, text), _names(line.data))


def _names(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """The arguments of `scope`: what is called like one of them is it, and all of it are properties of the contact."""
    contact = _mapping(data.get("contact"))
    properties = {**data, **_mapping(contact.get("properties"))}
    return {
        "contact": {"email": data.get("email"), **contact, "properties": properties},
        "event": _mapping(data.get("event")),
        "variables": _mapping(data.get("variables")),
        "unsubscribe_url": next((data[name] for name in ("unsubscribe_url", "unsubscribeUrl") if name in data), None),
        "preferences_url": next((data[name] for name in ("preferences_url", "preferencesUrl") if name in data), None),
        "now": iso(real_now()),
    }


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
