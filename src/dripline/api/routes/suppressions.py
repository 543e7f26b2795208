"""Suppressions: addresses that are never mailed, whoever has them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, delete, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Stream

from dripline.api.answers import CONFLICT
from dripline.api.caller import Caller
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit
from dripline.api.reading.contacts import read_address
from dripline.contacts import store
from dripline.contacts.model import Suppression, SuppressionReason
from dripline.contacts.suppression_files import LONGEST_DETAIL, MOST_FAULTS, REASONS, read_rows, write_rows
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.engine.audience.suppressing import suppress_many
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.values import check_text

_LARGEST_FILE = 10_000_000
_PAGE = 1_000
_BATCH = 500

AddressRef = Annotated[str, PathParameter(description="The address.")]
ShownReason = Literal["bounced", "complained", "manual"]


class NewSuppression(msgspec.Struct, frozen=True):
    """An address to suppress. `reason` is `bounced`, `complained` or `manual`; `detail` is for people."""

    email: str
    reason: str = "manual"
    detail: str | None = None


class SuppressionShape(msgspec.Struct, frozen=True, rename="camel"):
    """An address that is never mailed, why and since when."""

    email: str
    reason: str
    detail: str | None
    created_at: str


class VerdictShape(msgspec.Struct, frozen=True, rename="camel"):
    """Whether an address is suppressed, and if so why and since when."""

    email: str
    suppressed: bool
    reason: str | None
    detail: str | None
    created_at: str | None


class FaultyRow(msgspec.Struct, frozen=True):
    """A row that could not be read. Rows count from 1, the header being the first."""

    row: int
    column: str
    message: str


class SuppressionsImported(msgspec.Struct, frozen=True):
    """What came of a file; at most 100 of its faults are named."""

    suppressed: int
    known: int
    rejected: int
    errors: list[FaultyRow]


class _Behind(msgspec.Struct, frozen=True):
    email: str


@dataclass
class _ImportOperation(Operation):
    """A body that no type describes: a file."""

    def __post_init__(self) -> None:
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(
            required=True,
            description="CSV in UTF-8 with a header line; the column `email`, perhaps `reason`, `detail`. Up to 10 MB.",
            content={"text/csv": text},
        )


@post("/suppressions", responses=CONFLICT)
async def add_suppression(data: JSONBody[NewSuppression], caller: Calling) -> SuppressionShape:
    """Suppress an address, which ends every run of its contact at once; 409 when it is suppressed already."""
    address, reason = read_address(data.email, "email"), _reason(data.reason)
    detail = check_text(data.detail, "detail", longest=LONGEST_DETAIL) if data.detail is not None else None

    async def act(tx: Tx) -> Suppression | None:
        fresh = await people.suppress(tx, caller.id, address, reason, detail, now=caller.now())
        return await store.find_suppression(tx, caller.id, address.key) if fresh else None

    made = await caller.transact(act)
    if made is None:
        raise Conflict(f"The address {address.text} is suppressed already.")
    return _shape(made)


@get("/suppressions")
async def list_suppressions(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    reason: Annotated[ShownReason | None, QueryParameter(description="Only for this reason.")] = None,
) -> Page[SuppressionShape]:
    """Suppressed addresses, in alphabetical order."""
    behind = read_place(_Behind, cursor)
    wanted = SuppressionReason(reason) if reason is not None else None

    async def act(tx: Tx) -> list[Suppression]:
        after = behind.email if behind else None
        return await store.list_suppressions(tx, caller.id, reason=wanted, limit=limit + 1, after=after)

    return page_by(
        await caller.transact(act),
        limit=limit,
        cursor_of=lambda each: write_place(_Behind(each.email_key)),
        shape=_shape,
    )


@get("/suppressions/export", media_type="text/csv")
async def export_suppressions(caller: Calling) -> Stream:
    """All suppressed addresses as CSV that an import reads back, in alphabetical order."""
    headers = {"Content-Disposition": 'attachment; filename="suppressions.csv"', "Cache-Control": "no-store"}
    return Stream(_pages(caller), media_type="text/csv; charset=utf-8", headers=headers)


async def _pages(caller: Caller) -> AsyncIterator[bytes]:
    after, is_first = None, True
    while True:

        async def act(tx: Tx, after: str | None = after) -> list[Suppression]:
            return await store.list_suppressions(tx, caller.id, reason=None, limit=_PAGE, after=after)

        found = await caller.transact(act)
        yield write_rows(found, header=is_first)
        if len(found) < _PAGE:
            return
        after, is_first = found[-1].email_key, False


@post(
    "/suppressions/import",
    status_code=200,
    request_max_body_size=_LARGEST_FILE,
    operation_class=_ImportOperation,
)
async def import_suppressions(request: Request[Any, Any, Any], caller: Calling) -> SuppressionsImported:
    """Suppress the addresses of a CSV file. Rows that cannot be read are named, and the others count."""
    rows, faults = read_rows(await request.body())
    fresh = 0
    for start in range(0, len(rows), _BATCH):
        now = caller.now()
        batch = [Suppression(each.address.key, each.reason, each.detail, now) for each in rows[start : start + _BATCH]]

        async def act(tx: Tx, batch: list[Suppression] = batch) -> int:
            return await suppress_many(tx, caller.id, batch, now=caller.now())

        fresh += await caller.transact(act)
    shown = [FaultyRow(fault.row, fault.column, fault.message) for fault in faults[:MOST_FAULTS]]
    return SuppressionsImported(fresh, len(rows) - fresh, len(faults), shown)


@get("/suppressions/check/{email:str}")
async def check_suppression(email: AddressRef, caller: Calling) -> VerdictShape:
    """Whether an address is suppressed; it need not be a contact's."""
    address = read_address(email, "email")
    found = await caller.transact(lambda tx: store.find_suppression(tx, caller.id, address.key))
    if found is None:
        return VerdictShape(address.key, False, None, None, None)
    return VerdictShape(found.email_key, True, found.reason, found.detail, iso(found.created_at))


@delete("/suppressions/{email:str}")
async def remove_suppression(email: AddressRef, caller: Calling) -> None:
    """Let an address be mailed again; nothing happens when it could be. What was ended stays so."""
    address = read_address(email, "email")
    await caller.transact(lambda tx: people.unsuppress(tx, caller.id, address, now=caller.now()))


def _reason(text: str) -> SuppressionReason:
    if text in REASONS:
        return REASONS[text]
    expected = "bounced, complained or manual"
    if text.startswith("unsubscribe"):
        expected += "; an opt-out is a wish of the contact: PATCH /api/contacts/:ref with unsubscribed: true"
    raise Invalid.at("reason", "is no reason", found=repr(text[:50]), expected=expected)


def _shape(suppression: Suppression) -> SuppressionShape:
    return SuppressionShape(
        email=suppression.email_key,
        reason=suppression.reason,
        detail=suppression.detail,
        created_at=iso(suppression.created_at),
    )


ROUTES = [
    add_suppression,
    list_suppressions,
    export_suppressions,
    import_suppressions,
    check_suppression,
    remove_suppression,
]
