"""Rates: how much mail may leave in a span of time."""

from datetime import timedelta

import msgspec
from litestar import delete, get, put
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page_by
from dripline.api.parameters import Calling, KindRef
from dripline.database.work import Tx
from dripline.delivery.families import Family
from dripline.delivery.lanes import EVERYTHING, through
from dripline.delivery.rates import LONGEST, Rate, list_rates, remove_rate, set_rate
from dripline.kernel.durations import EXPECTED, format_duration, parse_duration
from dripline.kernel.errors import Invalid, NotFound

MOST = 100_000_000
_NAMES = (EVERYTHING, *Family)
_CONNECTION = through("")
_LONGEST_NAME = 100


class RateShape(msgspec.Struct, frozen=True):
    """At most `max` mails in each `within`, such as `1m` or `1h`."""

    max: int
    within: str


class NamedRate(RateShape, frozen=True):
    """A rate, by what it limits: `all` mail of the workspace, that to `gmail`, `outlook` or `yahoo`, that through a
    connection (`connection:postmark`).
    """

    name: str


@get("/rates")
async def list_all_rates(caller: Calling) -> Page[NamedRate]:
    """All rates of the workspace."""
    found = await caller.transact(lambda tx: list_rates(tx, caller.id))
    return page_by(found, limit=len(found), cursor_of=lambda _: "", shape=_shape)


@put("/rates/{name:str}", responses=NOT_FOUND)
async def put_rate(name: KindRef, data: JSONBody[RateShape], caller: Calling) -> NamedRate:
    """Let no more than so much mail out in each span. What is over the rate waits, and nothing else waits for it."""
    rate = _read(_known(name), data)

    async def act(tx: Tx) -> None:
        await set_rate(tx, caller.id, rate, now=caller.now())

    await caller.transact(act)
    return _shape(rate)


@delete("/rates/{name:str}", responses=NOT_FOUND)
async def delete_rate(name: KindRef, caller: Calling) -> None:
    """Limit no more. Silent where nothing was limited."""
    known = _known(name)
    await caller.transact(lambda tx: remove_rate(tx, caller.id, known))


def _known(name: str) -> str:
    of_connection = name.removeprefix(_CONNECTION)
    if name not in _NAMES and (of_connection == name or not 1 <= len(of_connection) <= _LONGEST_NAME):
        expected = ", ".join((*_NAMES, "connection: and the name of one"))
        raise NotFound(f"There is no rate {name[:40]!r}: expected one of {expected}.")
    return name


def _read(name: str, data: RateShape) -> Rate:
    if not 1 <= data.max <= MOST:
        raise Invalid.at("max", "is out of range", found=str(data.max), expected=f"1 to {MOST}")
    try:
        within = parse_duration(data.within)
    except ValueError as error:
        raise Invalid.at("within", f"is no duration: {error}", found=data.within[:80], expected=EXPECTED) from None
    if not timedelta() < within <= LONGEST:
        raise Invalid.at("within", "is out of range", found=data.within, expected="1m to 1d")
    return Rate(name, data.max, within)


def _shape(rate: Rate) -> NamedRate:
    return NamedRate(rate.most, format_duration(rate.within), rate.name)


ROUTES = [list_all_rates, put_rate, delete_rate]
