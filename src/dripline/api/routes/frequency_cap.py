"""The frequency cap of a workspace: read, set, removed."""

from datetime import timedelta

import msgspec
from litestar import delete, get, put
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND
from dripline.api.parameters import Calling
from dripline.database.work import Tx
from dripline.delivery import capping
from dripline.delivery.capping import FrequencyCap
from dripline.kernel.durations import EXPECTED, format_duration, parse_duration
from dripline.kernel.errors import Invalid, NotFound

MOST = 10_000
LONGEST = timedelta(days=366)


class CapShape(msgspec.Struct, frozen=True):
    """At most `max` mails to one contact in any span of `within`, such as `7d`."""

    max: int
    within: str


@get("/frequency-cap", responses=NOT_FOUND)
async def get_frequency_cap(caller: Calling) -> CapShape:
    """The cap; 404 when there is none."""
    cap = await caller.transact(lambda tx: capping.read_cap(tx, caller.id))
    if cap is None:
        raise NotFound("This workspace has no frequency cap.")
    return _shape(cap)


@put("/frequency-cap")
async def put_frequency_cap(data: JSONBody[CapShape], caller: Calling) -> CapShape:
    """Cap the mail to each contact, over all sequences, from now on. What was sent before counts."""
    cap = _read(data)

    async def act(tx: Tx) -> None:
        await capping.set_cap(tx, caller.id, cap)

    await caller.transact(act)
    return _shape(cap)


@delete("/frequency-cap", responses=NOT_FOUND)
async def delete_frequency_cap(caller: Calling) -> None:
    """Cap no more; 404 when nothing was capped."""
    await caller.transact(lambda tx: capping.remove_cap(tx, caller.id))


def _read(data: CapShape) -> FrequencyCap:
    if not 1 <= data.max <= MOST:
        raise Invalid.at("max", "is out of range", found=str(data.max), expected=f"1 to {MOST}")
    try:
        within = parse_duration(data.within)
    except ValueError as error:
        raise Invalid.at("within", f"is no duration: {error}", found=data.within[:80], expected=EXPECTED) from None
    if not timedelta() < within <= LONGEST:
        raise Invalid.at("within", "is out of range", found=data.within, expected="1m to 366d")
    return FrequencyCap(data.max, within)


def _shape(cap: FrequencyCap) -> CapShape:
    days, rest = divmod(cap.within, timedelta(days=1))
    return CapShape(cap.most, format_duration(cap.within) if rest else f"{days}d")


ROUTES = [get_frequency_cap, put_frequency_cap, delete_frequency_cap]
