"""Following links in mail, and the picture that nobody sees: answered at the door, before the framework is asked.

A mail to a million people is opened by many of them within minutes, so what these requests cost decides how many
processes are needed. These answers never wait for the database for more than a second, and never fail because something
cannot be written down.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TypeGuard, cast
from urllib.parse import quote

from litestar.enums import ScopeType
from litestar.types import HTTPScope, LifeSpanScope, Scope, Send

from dripline.api.services import Services
from dripline.delivery.tracking.links import Clicked, Opened
from dripline.delivery.tracking.recording import incoming
from dripline.kernel.clock import real_now

_CLICKS, _OPENINGS = "/c/", "/o/"

_Header = tuple[bytes, bytes]
_HEADERS: Sequence[_Header] = (
    (b"cache-control", b"no-store, private"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
)
# The smallest picture there is: one transparent pixel (GIF89a).
_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
_PICTURE_HEADERS = (*_HEADERS, (b"content-type", b"image/gif"))
_TEXT_HEADERS = (*_HEADERS, (b"content-type", b"text/plain; charset=utf-8"))
_METHOD_HEADERS = (*_TEXT_HEADERS, (b"allow", b"GET, HEAD"))
# What may stand in a URL as it is (RFC 3986), and % where somebody has encoded something already.
_AS_IT_IS = ":/?#[]@!$&'()*+,;=%-._~|\\^`{}\"<>"
_NETWORK_BITS = {4: 24, 6: 48}


def is_hit(scope: Scope | LifeSpanScope) -> TypeGuard[HTTPScope]:
    """Whether a request is for `answer_hit`."""
    return scope["type"] == ScopeType.HTTP and cast("HTTPScope", scope)["path"].startswith((_CLICKS, _OPENINGS))


async def answer_hit(services: Services, scope: HTTPScope, send: Send) -> None:
    """Answer when what came in is kept: lead on to where a link leads, or show the picture.

    404 for what is not a link of ours, to the bit; the same picture for a name that is not ours, which counts for
    nothing.
    """
    path = scope["path"]
    token = path[len(_CLICKS) :].rstrip("/")
    if scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 405, _METHOD_HEADERS, b"Links are followed by GET.")
    elif path.startswith(_OPENINGS):
        opened = services.tracking.read_open(token.removesuffix(".gif"))
        if opened is not None:
            await _record(services, scope, opened, target=None)
        await _answer(send, 200, _PICTURE_HEADERS, _PICTURE)
    elif (clicked := services.tracking.read_click(token)) is not None:
        await _record(services, scope, clicked, target=clicked.target)
        location = quote(clicked.target, safe=_AS_IT_IS).encode("ascii")
        await _answer(send, 302, (*_HEADERS, (b"location", location)), b"")
    else:
        await _answer(send, 404, _TEXT_HEADERS, b"This link does not work.")


async def _record(services: Services, scope: HTTPScope, link: Clicked | Opened, *, target: str | None) -> None:
    client = scope["client"]
    hit = incoming(
        link.workspace_id,
        link.message_id,
        target,
        at=real_now(),
        method=scope["method"],
        agent=_agent(scope["headers"]),
        network=_network(client[0]) if client is not None else None,
    )
    await services.recorder.record(hit)


def _agent(headers: Iterable[_Header]) -> str:
    for name, value in headers:
        if name == b"user-agent":
            return value.decode("latin-1")
    return ""


@lru_cache(maxsize=10_000)
def _network(host: str) -> str | None:
    """The network that a request comes from; the address itself is not kept."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return str(ip_network((address, _NETWORK_BITS[address.version]), strict=False))


async def _answer(send: Send, status: int, headers: Sequence[_Header], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
