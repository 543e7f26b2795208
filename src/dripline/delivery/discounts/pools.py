"""Pools of ready-made codes: each code is given to one visit, once."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.discounts.model import Made, discount_of
from dripline.delivery.effects.answers import Answer, Done, Later
from dripline.kernel.errors import Conflict, Invalid, NotFound, Problem
from dripline.kernel.ids import WorkspaceId, new_uuid, read
from dripline.kernel.slugs import SLUG, slug_of
from dripline.sequences.interpreter.program import Offer

_sql = queries(__package__)

DEFAULT_LOW_AT = 100
MOST_CODES = 100_000
"""In one upload."""
LONGEST_CODE = 200
_MOST_PROBLEMS = 20
_HEADINGS = frozenset({"code", "codes", "discount code", "discount_code", "promo code"})


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool, and how many codes are left in it."""

    id: UUID
    slug: str
    name: str
    low_at: int
    total: int
    left: int
    created_at: datetime

    @property
    def is_low(self) -> bool:
        """Whether few codes are left."""
        return self.left <= self.low_at


async def add_pool(
    tx: Tx, workspace: WorkspaceId, *, name: str, slug: str | None = None, low_at: int = DEFAULT_LOW_AT, now: datetime
) -> Pool:
    """A new pool, empty, under the slug given or made from the name.

    Raises:
        Invalid: the slug is none.
        Conflict: the slug is taken.
    """
    if slug is not None and not SLUG.fullmatch(slug):
        raise Invalid.at(
            "slug", "is no slug", found=slug, expected="1 to 128 letters, digits, dots, dashes, underscores"
        )
    slug, pool = slug or slug_of(name, otherwise="pool"), new_uuid()
    if not await tx.run(_sql["add_pool"], workspace, pool, slug, name, low_at, now):
        raise Conflict(f"There is a pool {slug!r} already.")
    return Pool(pool, slug, name, low_at, 0, 0, now)


async def list_pools(tx: Tx, workspace: WorkspaceId) -> list[Pool]:
    """All pools, by slug."""
    return [_pool(row) for row in await tx.rows(_sql["pools"], workspace, None, None)]


async def find_pool(tx: Tx, workspace: WorkspaceId, ref: str) -> Pool:
    """The pool of that id or slug.

    Raises:
        NotFound: there is none.
    """
    rows = await tx.rows(_sql["pools"], workspace, read("pool", ref), ref)
    if not rows:
        raise NotFound.of("pool of codes", ref)
    return _pool(rows[0])


async def pools_named(tx: Tx, workspace: WorkspaceId, names: Sequence[str]) -> Mapping[str, Pool]:
    """Those of these names that are pools."""
    found: dict[str, Pool] = {}
    pools = await list_pools(tx, workspace) if names else []
    for name in names:
        named = next((pool for pool in pools if name == pool.slug or read("pool", name) == pool.id), None)
        if named is not None:
            found[name] = named
    return found


async def change_pool(
    tx: Tx, workspace: WorkspaceId, ref: str, *, name: str | None = None, low_at: int | None = None
) -> Pool:
    """The pool with another name, or told of at another stock.

    Raises:
        NotFound: there is none.
    """
    pool = await find_pool(tx, workspace, ref)
    await tx.run(_sql["change_pool"], workspace, pool.id, name or pool.name, pool.low_at if low_at is None else low_at)
    return await find_pool(tx, workspace, ref)


async def delete_pool(tx: Tx, workspace: WorkspaceId, ref: str) -> None:
    """Throw a pool and the codes in it away. Codes that were given stay with those who got them.

    Raises:
        NotFound: there is none.
    """
    pool = await find_pool(tx, workspace, ref)
    await tx.run(_sql["remove_codes"], workspace, pool.id)
    await tx.run(_sql["remove_pool"], workspace, pool.id)


async def add_codes(tx: Tx, workspace: WorkspaceId, pool: Pool, codes: Sequence[str]) -> int:
    """Put codes into a pool; gives how many were not in it yet."""
    ids = [new_uuid() for _ in codes]
    return await tx.run(_sql["add_codes"], workspace, pool.id, ids, list(codes))


async def draw(tx: Tx, workspace: WorkspaceId, offer: Offer, key: tuple[UUID, int], *, now: datetime) -> Answer:
    """Give a visit the next code of a pool: the one it has been given before, where it has. No two get the same."""
    pools = await pools_named(tx, workspace, [offer.pool or ""])
    pool = pools.get(offer.pool or "")
    if pool is None:
        return Later("no_pool", f"there is no pool {offer.pool!r}", patient=True)
    code: str | None = await tx.value(_sql["draw"], workspace, pool.id, *key, now)
    if code is None:
        return Later("pool_exhausted", f"the pool {pool.slug!r} has no codes left", patient=True)
    discount = discount_of(offer, Made(code, offer.expires_at))
    return Done(f"gave {code} of the pool {pool.slug}", discount, discount)


def read_codes(text: str) -> list[str]:
    """The codes in a file: the first column of a CSV, with or without a heading, or one code a line.

    Raises:
        Invalid: there are none, too many, or some cannot be codes; names their lines.
    """
    codes: dict[str, None] = {}
    problems: list[Problem] = []
    try:
        for row in (reader := csv.reader(io.StringIO(text.removeprefix("\ufeff")))):
            code = row[0].strip() if row else ""
            if not code or (not codes and not problems and code.lower() in _HEADINGS):
                continue
            if len(code) > LONGEST_CODE or not code.isprintable():
                problems.append(Problem("codes", "this cannot be a code", line=reader.line_num, found=code[:40]))
            codes[code] = None
    except csv.Error as error:
        raise Invalid.at("codes", f"this is no CSV: {error}", expected="one code a line") from None
    if problems:
        raise Invalid.of(problems[:_MOST_PROBLEMS])
    if not codes:
        raise Invalid.at("codes", "there are no codes", expected="one code a line, or the first column of a CSV")
    if len(codes) > MOST_CODES:
        raise Invalid.at("codes", f"there are {len(codes)} codes", expected=f"at most {MOST_CODES} at a time")
    return list(codes)


def _pool(row: Row) -> Pool:
    return Pool(**dict(row))
