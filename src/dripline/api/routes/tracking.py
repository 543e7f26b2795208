"""Following links in mail, without a key; and what is tracked in a workspace.

These answers never wait for more than a second, and never fail because something cannot be written down.
"""

from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response, get, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, PathParameter

from dripline.api.parameters import Calling, Wired
from dripline.api.services import Services
from dripline.database.work import Tx
from dripline.delivery.tracking.choosing import Tracking, read_tracking, set_tracking
from dripline.delivery.tracking.links import Clicked, Opened
from dripline.delivery.tracking.recording import incoming
from dripline.kernel.clock import real_now

Token = Annotated[str, PathParameter(description="What stands in the link.")]

_HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
# The smallest picture there is: one transparent pixel (GIF89a).
_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
# What may stand in a URL as it is (RFC 3986), and % where somebody has encoded something already.
_AS_IT_IS = ":/?#[]@!$&'()*+,;=%-._~|\\^`{}\"<>"
_NETWORK_BITS = {4: 24, 6: 48}


@route("/c/{token:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def follow_link(token: Token, request: Request[Any, Any, Any], services: Wired) -> Response[str]:
    """Lead on to where the link leads; 404 for what is not a link of ours, to the bit."""
    clicked = services.tracking.read_click(token)
    if clicked is None:
        return Response("This link does not work.", status_code=404, media_type=MediaType.TEXT, headers=_HEADERS)
    await _record(services, request, clicked, target=clicked.target)
    location = quote(clicked.target, safe=_AS_IT_IS)
    return Response("", status_code=302, media_type=MediaType.TEXT, headers={**_HEADERS, "Location": location})


@route("/o/{name:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_picture(name: Token, request: Request[Any, Any, Any], services: Wired) -> Response[bytes]:
    """The picture in a mail; the same picture for a name that is not ours, which counts for nothing."""
    opened = services.tracking.read_open(name.removesuffix(".gif"))
    if opened is not None:
        await _record(services, request, opened, target=None)
    return Response(_PICTURE, media_type="image/gif", headers=_HEADERS)


async def _record(
    services: Services, request: Request[Any, Any, Any], link: Clicked | Opened, *, target: str | None
) -> None:
    hit = incoming(
        link.workspace_id,
        link.message_id,
        target,
        at=real_now(),
        method=request.method,
        agent=request.headers.get("user-agent", ""),
        network=_network(request),
    )
    await services.recorder.record(hit)


def _network(request: Request[Any, Any, Any]) -> str | None:
    """The network that a request comes from; the address itself is not kept."""
    try:
        address = ip_address(request.client.host if request.client is not None else "")
    except ValueError:
        return None
    return str(ip_network((address, _NETWORK_BITS[address.version]), strict=False))


class TrackingShape(msgspec.Struct, frozen=True, rename="camel"):
    """What is tracked in the mail of the workspace."""

    open_tracking: bool
    click_tracking: bool


class TrackingPatch(msgspec.Struct, frozen=True, rename="camel"):
    """What to change; null leaves as it is."""

    open_tracking: bool | None = None
    click_tracking: bool | None = None


@get("/tracking-settings")
async def get_tracking(caller: Calling) -> TrackingShape:
    """What is tracked; both, where nothing was ever said."""
    return _shape(await caller.transact(lambda tx: read_tracking(tx, caller.id)))


@route("/tracking-settings", http_method=[HttpMethod.PATCH, HttpMethod.PUT])
async def patch_tracking(data: JSONBody[TrackingPatch], caller: Calling) -> TrackingShape:
    """Track, or do not, from the next mail on. Links in mail that has gone out go on working."""

    async def act(tx: Tx) -> Tracking:
        now = await read_tracking(tx, caller.id)
        wanted = Tracking(
            now.opens if data.open_tracking is None else data.open_tracking,
            now.clicks if data.click_tracking is None else data.click_tracking,
        )
        await set_tracking(tx, caller.id, wanted)
        return wanted

    return _shape(await caller.transact(act))


def _shape(tracking: Tracking) -> TrackingShape:
    return TrackingShape(tracking.opens, tracking.clicks)


PUBLIC = [follow_link, show_picture]
ROUTES = [get_tracking, patch_tracking]
