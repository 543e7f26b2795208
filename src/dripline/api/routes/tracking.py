"""What is tracked in the mail of a workspace. What comes in by it is answered in `api/hits.py`."""

import msgspec
from litestar import get, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody

from dripline.api.parameters import Calling
from dripline.database.work import Tx
from dripline.delivery.tracking.choosing import Tracking, read_tracking, set_tracking


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


ROUTES = [get_tracking, patch_tracking]
