"""Pools of ready-made discount codes."""

from collections.abc import Sequence as Many
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import JSONBody, PathParameter

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.files import file_of
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit
from dripline.database.work import Tx
from dripline.delivery.discounts import pools
from dripline.delivery.discounts.pools import DEFAULT_LOW_AT, Pool
from dripline.delivery.effects.queue import Lane, hurry
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import show
from dripline.kernel.values import check_text

LARGEST_FILE = 10_000_000
_LONGEST_NAME = 200

PoolRef = Annotated[str, PathParameter(description="The id or the slug of the pool.")]
LowAt = Annotated[int, msgspec.Meta(ge=0, le=1_000_000, description="From how few codes on the pool is low.")]


class NewPool(msgspec.Struct, frozen=True, rename="camel"):
    """A pool, and the codes that it begins with."""

    name: str
    slug: str | None = None
    low_at: LowAt = DEFAULT_LOW_AT
    codes: list[str] | None = None


class PoolChanges(msgspec.Struct, frozen=True, rename="camel"):
    """What changes about a pool."""

    name: str | None = None
    low_at: LowAt | None = None


class PoolShape(msgspec.Struct, frozen=True, rename="camel"):
    """A pool: how many codes were put into it, how many are left, and whether these are few."""

    id: str
    slug: str
    name: str
    total: int
    left: int
    low_at: int
    low: bool
    created_at: str


class AddedShape(msgspec.Struct, frozen=True):
    """How many codes were new, how many the pool had already, and the pool as it is now."""

    added: int
    known: int
    pool: PoolShape


class _Behind(msgspec.Struct, frozen=True):
    slug: str


@dataclass
class _CodesOperation(Operation):
    """The body of an upload, which the framework does not read."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file})
        self.request_body = RequestBody(
            required=True,
            description="One code a line, or a CSV whose first column they are; up to 100,000 codes.",
            content={
                "text/csv": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )


@post("/discount-pools", responses=CONFLICT)
async def add_pool(data: JSONBody[NewPool], caller: Calling) -> PoolShape:
    """Make a pool of codes."""
    name = _read_name(data.name)
    codes = pools.read_codes("\n".join(_quoted(code) for code in data.codes)) if data.codes else []

    async def act(tx: Tx) -> Pool:
        made = await pools.add_pool(tx, caller.id, name=name, slug=data.slug, low_at=data.low_at, now=caller.now())
        await pools.add_codes(tx, caller.id, made, codes)
        return await pools.find_pool(tx, caller.id, made.slug)

    return _shape(await caller.transact(act))


@get("/discount-pools")
async def list_pools(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[PoolShape]:
    """The pools of codes, by slug."""
    behind = read_place(_Behind, cursor)
    found = await caller.transact(lambda tx: pools.list_pools(tx, caller.id))
    rest = [pool for pool in found if behind is None or pool.slug > behind.slug]
    return page_by(rest, limit=limit, cursor_of=lambda each: write_place(_Behind(each.slug)), shape=_shape)


@get("/discount-pools/{ref:str}", responses=NOT_FOUND)
async def get_pool(ref: PoolRef, caller: Calling) -> PoolShape:
    """One pool."""
    return _shape(await caller.transact(lambda tx: pools.find_pool(tx, caller.id, ref)))


@patch("/discount-pools/{ref:str}", responses=NOT_FOUND)
async def change_pool(ref: PoolRef, data: JSONBody[PoolChanges], caller: Calling) -> PoolShape:
    """Change the name of a pool, or from when on it counts as low."""
    name = _read_name(data.name) if data.name is not None else None
    return _shape(
        await caller.transact(lambda tx: pools.change_pool(tx, caller.id, ref, name=name, low_at=data.low_at))
    )


@post(
    "/discount-pools/{ref:str}/codes",
    status_code=200,
    request_max_body_size=None,
    operation_class=_CodesOperation,
    responses=NOT_FOUND,
)
async def add_codes(ref: PoolRef, request: Request[Any, Any, Any], caller: Calling) -> AddedShape:
    """Put codes into a pool. Runs that waited for one go on at once."""
    content = b"".join([piece async for piece in file_of(request, most=LARGEST_FILE)])
    try:
        codes = pools.read_codes(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid.at("codes", "this is no UTF-8", found=f"byte {error.start}", expected="text in UTF-8") from None

    async def act(tx: Tx) -> tuple[int, Pool]:
        pool = await pools.find_pool(tx, caller.id, ref)
        added = await pools.add_codes(tx, caller.id, pool, codes)
        await hurry(tx, caller.id, Lane.POOL, now=caller.now())
        return added, await pools.find_pool(tx, caller.id, ref)

    added, pool = await caller.transact(act)
    caller.wake_workers()
    return AddedShape(added, len(codes) - added, _shape(pool))


@delete("/discount-pools/{ref:str}", responses=NOT_FOUND)
async def delete_pool(ref: PoolRef, caller: Calling) -> None:
    """Throw a pool and the codes in it away. Codes that were given stay with those who got them."""
    await caller.transact(lambda tx: pools.delete_pool(tx, caller.id, ref))


def _read_name(name: str) -> str:
    if not name.strip():
        raise Invalid.at("name", "is blank", expected="a name")
    return check_text(name, "name", longest=_LONGEST_NAME)


def _quoted(code: str) -> str:
    return '"' + code.replace('"', '""') + '"'


def _shape(pool: Pool) -> PoolShape:
    return PoolShape(
        id=show("pool", pool.id),
        slug=pool.slug,
        name=pool.name,
        total=pool.total,
        left=pool.left,
        low_at=pool.low_at,
        low=pool.is_low,
        created_at=iso(pool.created_at),
    )


ROUTES: Many[Any] = [add_pool, list_pools, get_pool, change_pool, add_codes, delete_pool]
