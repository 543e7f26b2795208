"""Keeping layouts and partials: what they stand in changes with them, or nothing does."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.errors import Conflict, Invalid, NotFound
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json, check_text
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.compiling import MOST_SOURCE_BYTES
from dripline.templates.liquid.checking import check, raw_values
from dripline.templates.liquid.inlining import Partials, partials_in
from dripline.templates.mjml.compiling import NotCompiled, compile_mjml
from dripline.templates.model import SourceKind, check_slug
from dripline.templates.pieces import (
    Piece,
    PieceKind,
    around,
    check_block_place,
    check_place,
    expand_blocks,
    partials_in_blocks,
)
from dripline.templates.remaking import Told, remake_with, untold
from dripline.templates.surroundings import partial_sources, piece_of, slugs_of

_sql = queries(__package__)

_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class PieceDraft:
    """What an author sends: a layout is `html`, `mjml` or `blocks`; a partial is Liquid, in `html`."""

    name: str
    html: str | None = None
    mjml: str | None = None
    blocks: Sequence[Mapping[str, Json]] | None = None


@dataclass(frozen=True, slots=True)
class SavedPiece:
    """A piece as it was saved; `remade` are the slugs of the templates that have a new version by it."""

    piece: Piece
    is_new: bool
    remade: tuple[str, ...]


def check_draft(kind: PieceKind, draft: PieceDraft) -> None:
    """Refuse what can be no layout or partial, wherever it stands.

    Raises:
        Invalid: names what is wrong, with line and column.
    """
    _check(kind, *_body_of(draft), draft)


async def save_piece(
    tx: Tx,
    workspace: WorkspaceId,
    kind: PieceKind,
    slug: str,
    draft: PieceDraft,
    now: datetime,
    *,
    told: Told = untold,
) -> SavedPiece:
    """Make a layout or a partial, or change it. All templates that it stands in get a version with it. May be repeated.

    `told` hears how many of them are made.

    Raises:
        Invalid: names what is wrong, with line and column, or the template that cannot be made with it; nothing was
            changed.
    """
    check_slug(slug)
    source_kind, source = _body_of(draft)
    _check(kind, source_kind, source, draft)
    row = await tx.row(_sql["lock_piece"], workspace, kind, slug)
    old = piece_of(row) if row is not None else None
    partials = await _partials(tx, workspace, kind, slug, source_kind, source)
    inside = (slug,) if kind is PieceKind.PARTIAL else ()
    await asyncio.to_thread(_check_whole, kind, source_kind, source, partials, inside)
    fresh = Piece(kind, slug, draft.name, source_kind, source, tuple(sorted(partials.used)), 1, now, now)
    if old is None:
        if await tx.row(_sql["add_piece"], workspace, *_values(fresh), now) is None:
            raise Conflict(f"A {kind} {slug!r} was made at the same time. Try again.")
        return SavedPiece(fresh, True, await remake_with(tx, workspace, kind, slug, now, told=told))
    same = replace(fresh, version=old.version, created_at=old.created_at, updated_at=old.updated_at)
    if same == old:
        return SavedPiece(old, False, ())
    new = replace(same, version=old.version + 1, updated_at=now)
    await tx.run(_sql["change_piece"], workspace, *_values(new), new.version, now)
    if kind is PieceKind.PARTIAL:
        await _tell_those_it_stands_in(tx, workspace, slug)
    return SavedPiece(new, False, await remake_with(tx, workspace, kind, slug, now, told=told))


async def find_piece(tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str) -> Piece:
    """A layout or a partial.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find_piece"], workspace, kind, slug)
    if row is None:
        raise NotFound.of(kind, slug)
    return piece_of(row)


async def list_pieces(
    tx: Tx, workspace: WorkspaceId, kind: PieceKind, *, limit: int, after: str | None = None
) -> list[Piece]:
    """At most `limit` layouts or partials in alphabetical order, those after a slug."""
    return [piece_of(row) for row in await tx.rows(_sql["pieces"], workspace, kind, after, limit)]


async def pieces_with(tx: Tx, workspace: WorkspaceId, slug: str) -> list[Piece]:
    """The layouts and partials in which a partial stands."""
    return [piece_of(row) for row in await tx.rows(_sql["pieces_with_partial"], workspace, slug)]


async def lock_piece(tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str) -> Piece:
    """The same as `find_piece`; nobody else changes it or uses it anew before this transaction ends."""
    row = await tx.row(_sql["lock_piece"], workspace, kind, slug)
    if row is None:
        raise NotFound.of(kind, slug)
    return piece_of(row)


async def delete_piece(tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str) -> None:
    """Delete a layout or a partial. Whether nothing needs it any more is for the caller to know."""
    await tx.run(_sql["delete_piece"], workspace, kind, slug)


def warnings_of_piece(piece: Piece) -> tuple[str, ...]:
    """A sentence for each thing in a layout or a partial that its author may want to look at."""
    if piece.source_kind is SourceKind.BLOCKS:
        return tuple(str(each) for each in read_blocks(msgspec.json.decode(piece.source)).warnings)
    return tuple(str(each) for each in raw_values(piece.source, piece.source_kind))


def _values(piece: Piece) -> tuple[object, ...]:
    return piece.kind, piece.slug, piece.name, piece.source_kind, piece.source, list(piece.partials)


def _body_of(draft: PieceDraft) -> tuple[SourceKind, str]:
    blocks = msgspec.json.encode(draft.blocks).decode() if draft.blocks is not None else None
    given = {SourceKind.HTML: draft.html, SourceKind.MJML: draft.mjml, SourceKind.BLOCKS: blocks}
    match [(kind, source) for kind, source in given.items() if source is not None]:
        case [(kind, source)]:
            return kind, source
        case []:
            raise Invalid.at("html", "is missing", expected="what it says")
        case [(first, _), (second, _), *_]:
            raise Invalid.at(first, f"is given together with {second}", expected="one of them")
        case unreachable:
            raise AssertionError(unreachable)


def _check(kind: PieceKind, source_kind: SourceKind, source: str, draft: PieceDraft) -> None:
    check_text(draft.name, "name", longest=_LONGEST_NAME)
    check_text(source, source_kind, longest=MOST_SOURCE_BYTES)
    if (size := len(source.encode())) > MOST_SOURCE_BYTES:
        raise Invalid.at(source_kind, f"is too large: {size} bytes", expected=f"at most {MOST_SOURCE_BYTES} bytes")
    if source_kind is SourceKind.BLOCKS:
        problems = read_blocks(draft.blocks).problems
    else:
        problems = check(source, source_kind).problems
    if problems:
        raise Invalid.of(problems)
    if kind is PieceKind.PARTIAL:
        return
    if source_kind is SourceKind.BLOCKS:
        check_block_place(draft.blocks or ())
    else:
        check_place(source, source_kind)


async def _partials(
    tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str, source_kind: SourceKind, source: str
) -> Partials:
    is_blocks = source_kind is SourceKind.BLOCKS
    named = partials_in_blocks(msgspec.json.decode(source)) if is_blocks else partials_in(source)
    sources = dict(await partial_sources(tx, workspace, named))
    known = () if named <= sources.keys() else await slugs_of(tx, workspace, PieceKind.PARTIAL)
    if kind is PieceKind.PARTIAL:
        # So that it is found when it would stand in itself.
        sources[slug] = source
    return Partials(sources, known)


def _check_whole(
    kind: PieceKind, source_kind: SourceKind, source: str, partials: Partials, inside: tuple[str, ...]
) -> None:
    """Put partials into a piece, and refuse what cannot stand together.

    Raises:
        Invalid: with line and column, or the path of a block.
    """
    if source_kind is SourceKind.BLOCKS:
        expand_blocks(msgspec.json.decode(source), "blocks", partials)
        return
    whole = partials.expand(source, source_kind, inside)
    if kind is PieceKind.LAYOUT and source_kind is SourceKind.MJML:
        try:
            compile_mjml(around(whole, ""))
        except NotCompiled as error:
            raise Invalid.of([error.problem]) from None


async def _tell_those_it_stands_in(tx: Tx, workspace: WorkspaceId, slug: str) -> None:
    """Write down anew what stands in the pieces in which a partial stands: it may hold others than before."""
    for piece in await pieces_with(tx, workspace, slug):
        partials = await _partials(tx, workspace, piece.kind, piece.slug, piece.source_kind, piece.source)
        value: Any = msgspec.json.decode(piece.source) if piece.source_kind is SourceKind.BLOCKS else piece.source
        expand_blocks(value, piece.source_kind, partials)
        await tx.run(_sql["set_partials"], workspace, piece.kind, piece.slug, sorted(partials.used))
