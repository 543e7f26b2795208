"""Layouts and partials: written, read, deleted when no template needs them."""

from collections.abc import Sequence as Many
from typing import Any

import msgspec
from litestar import Response, delete, get, put
from litestar.params import JSONBody

from dripline.api.answers import CONFLICT, NOT_FOUND, answers
from dripline.api.caller import Caller
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, Slug
from dripline.api.shapes.remaking import REMAKING, RemakingShape, remaking
from dripline.database.work import Tx
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import JobId
from dripline.sequences.store import uses_of_layout, uses_of_partial
from dripline.templates import piecing, store
from dripline.templates.model import SourceKind
from dripline.templates.pieces import Piece, PieceKind
from dripline.templates.piecing import PieceDraft, SavedPiece, warnings_of_piece
from dripline.templates.remaking import templates_with
from dripline.templates.remaking_many import ask_for_piece


class LayoutPut(msgspec.Struct, frozen=True, rename="camel"):
    """A layout as it shall be: `html`, `mjml` or `blocks`, with `{{ content }}` once. `slug`: as in the path."""

    name: str | None = None
    html: str | None = None
    mjml: str | None = None
    blocks: list[dict[str, Any]] | None = None
    slug: str | None = None


class PartialPut(msgspec.Struct, frozen=True, rename="camel"):
    """A partial as it shall be: Liquid, in whatever it stands in. `slug`: as in the path."""

    html: str
    name: str | None = None
    slug: str | None = None


class _Shape(msgspec.Struct, frozen=True, rename="camel"):
    slug: str
    name: str
    partials: Many[str]
    warnings: Many[str]
    remade: Many[str]
    version: int
    created_at: str
    updated_at: str


class LayoutShape(_Shape, frozen=True, kw_only=True, rename="camel"):
    """A layout. `partials` are the slugs of all that stand in it; `warnings` are what looks odd in it.

    `remade`: the slugs of the templates that got a version by this change.
    """

    html: str | None
    mjml: str | None
    blocks: Many[dict[str, Any]] | None


class PartialShape(_Shape, frozen=True, kw_only=True, rename="camel"):
    """A partial. `partials` are the slugs of all that stand in it; `warnings` are what looks odd in it.

    `remade`: the slugs of the templates that got a version by this change.
    """

    html: str


class PieceUses(msgspec.Struct, frozen=True):
    """The slugs of what keeps a layout or a partial from being deleted.

    `sequences` are those whose own mails name it in their drafts.
    """

    templates: Many[str]
    layouts: Many[str]
    partials: Many[str]
    sequences: Many[str]


class _Place(msgspec.Struct, frozen=True):
    slug: str


@put("/layouts/{slug:str}", responses=answers((201, LayoutShape, "A new layout."), REMAKING))
async def put_layout(
    slug: Slug, data: JSONBody[LayoutPut], caller: Calling
) -> Response[LayoutShape] | Response[RemakingShape]:
    """Write a layout: made when there is none (201). Templates that have it get a version with it, or all stays.

    202 where these are more than 100: a job does it.
    """
    _must_be(slug, data.slug)
    draft = PieceDraft(data.name or slug, html=data.html, mjml=data.mjml, blocks=data.blocks)
    saved = await _save(caller, PieceKind.LAYOUT, slug, draft)
    if isinstance(saved, RemakingShape):
        return Response(saved, status_code=202)
    return Response(_layout(saved.piece, saved.remade), status_code=201 if saved.is_new else 200)


@put("/partials/{slug:str}", responses=answers((201, PartialShape, "A new partial."), REMAKING))
async def put_partial(
    slug: Slug, data: JSONBody[PartialPut], caller: Calling
) -> Response[PartialShape] | Response[RemakingShape]:
    """Write a partial: made when there is none (201). Templates that it is in get a version with it, or all stays.

    202 where these are more than 100: a job does it.
    """
    _must_be(slug, data.slug)
    saved = await _save(caller, PieceKind.PARTIAL, slug, PieceDraft(data.name or slug, html=data.html))
    if isinstance(saved, RemakingShape):
        return Response(saved, status_code=202)
    return Response(_partial(saved.piece, saved.remade), status_code=201 if saved.is_new else 200)


@get("/layouts")
async def list_layouts(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[LayoutShape]:
    """Layouts, in alphabetical order of their slugs."""
    found = await _list(caller, PieceKind.LAYOUT, limit, cursor)
    return page_by(found, limit=limit, cursor_of=lambda each: write_place(_Place(each.slug)), shape=_layout)


@get("/partials")
async def list_partials(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[PartialShape]:
    """Partials, in alphabetical order of their slugs."""
    found = await _list(caller, PieceKind.PARTIAL, limit, cursor)
    return page_by(found, limit=limit, cursor_of=lambda each: write_place(_Place(each.slug)), shape=_partial)


@get("/layouts/{slug:str}", responses=NOT_FOUND)
async def get_layout(slug: Slug, caller: Calling) -> LayoutShape:
    """One layout."""
    return _layout(await caller.transact(lambda tx: piecing.find_piece(tx, caller.id, PieceKind.LAYOUT, slug)))


@get("/partials/{slug:str}", responses=NOT_FOUND)
async def get_partial(slug: Slug, caller: Calling) -> PartialShape:
    """One partial."""
    return _partial(await caller.transact(lambda tx: piecing.find_piece(tx, caller.id, PieceKind.PARTIAL, slug)))


@get("/layouts/{slug:str}/uses", responses=NOT_FOUND)
async def list_uses_of_layout(slug: Slug, caller: Calling) -> PieceUses:
    """What has a layout."""
    return await _uses(caller, PieceKind.LAYOUT, slug)


@get("/partials/{slug:str}/uses", responses=NOT_FOUND)
async def list_uses_of_partial(slug: Slug, caller: Calling) -> PieceUses:
    """What a partial stands in."""
    return await _uses(caller, PieceKind.PARTIAL, slug)


@delete("/layouts/{slug:str}", responses=NOT_FOUND | CONFLICT)
async def delete_layout(slug: Slug, caller: Calling) -> None:
    """Delete a layout; 409 while a template has it, or the draft of a sequence names it."""
    await _delete(caller, PieceKind.LAYOUT, slug)


@delete("/partials/{slug:str}", responses=NOT_FOUND | CONFLICT)
async def delete_partial(slug: Slug, caller: Calling) -> None:
    """Delete a partial; 409 while it stands in a template, a layout, another partial or the draft of a sequence."""
    await _delete(caller, PieceKind.PARTIAL, slug)


def _must_be(slug: str, given: str | None) -> None:
    if given is not None and given != slug:
        raise Invalid.at("slug", "is not the slug in the path", found=repr(given[:100]), expected=slug)


async def _save(caller: Caller, kind: PieceKind, slug: str, draft: PieceDraft) -> SavedPiece | RemakingShape:
    async def act(tx: Tx) -> SavedPiece | JobId:
        job = await ask_for_piece(tx, caller.id, kind, slug, draft)
        return job or await piecing.save_piece(tx, caller.id, kind, slug, draft, caller.now())

    saved = await caller.transact(act)
    return saved if isinstance(saved, SavedPiece) else remaking(caller, saved)


async def _list(caller: Caller, kind: PieceKind, limit: int, cursor: str | None) -> list[Piece]:
    place = read_place(_Place, cursor)
    after = place.slug if place is not None else None
    return await caller.transact(lambda tx: piecing.list_pieces(tx, caller.id, kind, limit=limit + 1, after=after))


async def _uses(caller: Caller, kind: PieceKind, slug: str) -> PieceUses:
    async def act(tx: Tx) -> PieceUses:
        await piecing.find_piece(tx, caller.id, kind, slug)
        return await _uses_of(tx, caller, kind, slug)

    return await caller.transact(act)


async def _delete(caller: Caller, kind: PieceKind, slug: str) -> None:
    async def act(tx: Tx) -> None:
        await piecing.lock_piece(tx, caller.id, kind, slug)
        uses = await _uses_of(tx, caller, kind, slug)
        if names := [*uses.templates, *uses.layouts, *uses.partials, *uses.sequences]:
            raise Conflict(f"The {kind} {slug!r} is in use by: {', '.join(names)}.")
        await piecing.delete_piece(tx, caller.id, kind, slug)

    await caller.transact(act)


async def _uses_of(tx: Tx, caller: Caller, kind: PieceKind, slug: str) -> PieceUses:
    ids = await templates_with(tx, caller.id, kind, slug)
    templates = sorted(each.slug for each in (await store.newest_versions(tx, caller.id, ids)).values())
    if kind is PieceKind.LAYOUT:
        return PieceUses(templates, [], [], await uses_of_layout(tx, caller.id, slug))
    pieces = await piecing.pieces_with(tx, caller.id, slug)
    return PieceUses(
        templates,
        [each.slug for each in pieces if each.kind is PieceKind.LAYOUT],
        [each.slug for each in pieces if each.kind is PieceKind.PARTIAL],
        await uses_of_partial(tx, caller.id, slug),
    )


def _layout(piece: Piece, remade: Many[str] = ()) -> LayoutShape:
    kind = piece.source_kind
    return LayoutShape(
        **_common(piece, remade),
        html=piece.source if kind is SourceKind.HTML else None,
        mjml=piece.source if kind is SourceKind.MJML else None,
        blocks=msgspec.json.decode(piece.source) if kind is SourceKind.BLOCKS else None,
    )


def _partial(piece: Piece, remade: Many[str] = ()) -> PartialShape:
    return PartialShape(**_common(piece, remade), html=piece.source)


def _common(piece: Piece, remade: Many[str]) -> dict[str, Any]:
    return {
        "slug": piece.slug,
        "name": piece.name,
        "partials": piece.partials,
        "warnings": warnings_of_piece(piece),
        "remade": remade,
        "version": piece.version,
        "created_at": iso(piece.created_at),
        "updated_at": iso(piece.updated_at),
    }


ROUTES = [
    put_layout,
    list_layouts,
    get_layout,
    list_uses_of_layout,
    delete_layout,
    put_partial,
    list_partials,
    get_partial,
    list_uses_of_partial,
    delete_partial,
]
