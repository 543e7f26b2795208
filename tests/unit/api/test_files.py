"""Files in requests, however they are cut on their way."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, post

from dripline.api.files import file_of
from dripline.kernel.errors import Invalid, TooLarge

FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\nann\r\n--x--\r\n'


@post("/", request_max_body_size=None)
async def _handler() -> None:
    """A route for requests to belong to."""


APP = Litestar([_handler], openapi_config=None, logging_config=None)


def a_request(pieces: Sequence[bytes], **headers: str) -> Request[Any, Any, Any]:
    """A request whose body comes in these pieces."""
    waiting = list(pieces)

    async def receive() -> Any:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    handler = APP.routes[0].route_handlers[0]  # type: ignore[union-attr]
    scope = {"type": "http", "headers": raw, "litestar_app": APP, "route_handler": handler}
    return Request(scope, receive)  # type: ignore[arg-type]


async def content_of(pieces: Sequence[bytes], *, most: int = 1_000, **headers: str) -> bytes:
    return b"".join([piece async for piece in file_of(a_request(pieces, **headers), most=most)])


def cut(content: bytes, places: Sequence[int]) -> list[bytes]:
    ends = [0, *sorted({place % (len(content) + 1) for place in places}), len(content)]
    return [content[start:end] for start, end in pairwise(ends)]


@given(st.lists(st.integers(0, 1_000), max_size=5))
async def test_a_body_may_be_cut_anywhere(places: list[int]) -> None:
    assert await content_of(cut(b"email\nann", places)) == b"email\nann"


@given(st.lists(st.integers(0, 1_000), max_size=5))
async def test_a_form_may_be_cut_anywhere(places: list[int]) -> None:
    kind = "multipart/form-data; boundary=x"

    assert await content_of(cut(FORM, places), content_type=kind) == b"email\r\nann"


@pytest.mark.parametrize("headers", [{}, {"content_length": "12"}])
async def test_a_body_that_is_too_large_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(TooLarge):
        await content_of([b"123456", b"789012"], most=10, **headers)


@pytest.mark.parametrize("form", [FORM[:-6], FORM.replace(b'"file"', b'"other"'), b"--x--\r\n", b""])
async def test_a_form_that_is_broken_or_has_no_file_is_refused(form: bytes) -> None:
    with pytest.raises(Invalid):
        await content_of([form], content_type="multipart/form-data; boundary=x")
