"""Files in requests: the body itself, or the part `file` of a form; a piece at a time, up to a limit of their own."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException
from multipart import (  # type: ignore[import-untyped]  # it has no stubs
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from dripline.kernel.errors import Invalid, TooLarge, Unavailable

_FORM = "multipart/form-data"
_PART = "file"


async def file_of(request: Request[Any, Any, Any], *, most: int) -> AsyncIterator[bytes]:
    """The bytes of the file that a request sends. To be read to the end, or given up.

    Raises:
        TooLarge: the body has more bytes than `most`.
        Invalid: it is a form without a file, or with anything else.
        Unavailable: the client went away.
    """
    body = _limited(request, most)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    pieces = _part_of_form(body, options.get("boundary", "")) if kind == _FORM else body
    async for piece in pieces:
        yield piece


async def _limited(request: Request[Any, Any, Any], most: int) -> AsyncIterator[bytes]:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    taken = 0
    try:
        async for piece in request.stream():
            taken += len(piece)
            if taken > most:
                raise _too_large(most)
            if piece:
                yield piece
    except InternalServerException:
        # What the framework says of a client that hangs up, which is no defect of ours.
        raise Unavailable("The client went away before the body was whole.") from None


async def _part_of_form(body: AsyncIterator[bytes], boundary: str) -> AsyncIterator[bytes]:
    found, inside = 0, False
    try:
        with PushMultipartParser(boundary) as parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        found, inside = found + 1, True
                        _check_segment(event, found)
                    elif event is not None and inside:
                        yield bytes(event)
    except MultipartError as error:
        raise Invalid.at("", f"The form cannot be read: {error}.", expected="multipart/form-data") from None
    if not found:
        raise Invalid.at(_PART, "is missing.", found="nothing", expected="a file")


def _check_segment(segment: MultipartSegment, number: int) -> None:
    if segment.name != _PART:
        found = repr(segment.name[:100])
        raise Invalid.at(_PART, "is the only part that the form may have", found=found, expected=_PART)
    if number > 1:
        raise Invalid.at(_PART, "comes twice", found="two parts", expected="one file")


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most // 1_000_000} MB.")
