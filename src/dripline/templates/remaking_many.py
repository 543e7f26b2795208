"""Changes that make very many templates anew: a job makes them, all in one transaction, so that nobody has to wait.

Either all of them are made or nothing is changed, as everywhere; how far it is, the job says while it works.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from dripline.accounts.workspaces import find_workspace
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, add_job, held, keep
from dripline.kernel.clock import real_now
from dripline.kernel.ids import JobId, WorkspaceId
from dripline.kernel.values import Json
from dripline.templates.defaults import MailDefaults, save_defaults
from dripline.templates.pieces import PieceKind
from dripline.templates.piecing import PieceDraft, check_draft, save_piece
from dripline.templates.remaking import remake_blocks, templates_of_blocks, templates_with

REMAKE_JOB = "write_templates_anew"

MOST_AT_ONCE = 100
"""How many templates are made anew while somebody waits; more are by a job."""

_TOLD_EVERY = 25


class _Piece(msgspec.Struct, frozen=True):
    kind: PieceKind
    slug: str
    name: str
    html: str | None = None
    mjml: str | None = None
    blocks: list[dict[str, Any]] | None = None


class _Change(msgspec.Struct, frozen=True):
    """What changes: a layout or a partial, or all mail defaults."""

    piece: _Piece | None = None
    defaults: MailDefaults | None = None


async def ask_for_piece(tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str, draft: PieceDraft) -> JobId | None:
    """The job that changes a layout or a partial; None when it stands in so few templates that nobody has to wait.

    Raises:
        Invalid: the piece itself cannot be read; names what is wrong, with line and column.
    """
    count = len(await templates_with(tx, workspace, kind, slug))
    if count <= MOST_AT_ONCE:
        return None
    await asyncio.to_thread(check_draft, kind, draft)
    blocks = [dict(block) for block in draft.blocks] if draft.blocks is not None else None
    piece = _Piece(kind, slug, draft.name, draft.html, draft.mjml, blocks)
    return await _add(tx, workspace, _Change(piece=piece), count)


async def ask_for_look(tx: Tx, workspace: WorkspaceId, settings: MailDefaults) -> JobId | None:
    """The job that changes the look of all templates of blocks; None when there are few of them."""
    count = len(await templates_of_blocks(tx, workspace))
    return await _add(tx, workspace, _Change(defaults=settings), count) if count > MOST_AT_ONCE else None


def remake_page(database: Database, *, lease: timedelta) -> PageOf:
    """The page of such a job: all of it. Its result has `remade`, the slugs of the templates with a new version."""

    async def page(job: Job) -> Page:
        change = msgspec.convert(job.arguments, _Change)

        async def told(count: int) -> None:
            if count % _TOLD_EVERY == 0:
                # Counted from what an earlier try has told.
                async with database.work() as apart:
                    await keep(apart, job, Page(count - job.done, cursor=count))

        async with held(database, job, lease), database.work() as tx:
            remade = await _make(tx, job, change, told)
            page = Page((job.total or 0) - job.done, result={"remade": list(remade)})
            await keep(tx, job, page)
        return page

    return page


async def _make(tx: Tx, job: Job, change: _Change, told: Callable[[int], Awaitable[None]]) -> tuple[str, ...]:
    now = (await find_workspace(tx, job.workspace)).now(real_now())
    if (piece := change.piece) is not None:
        draft = PieceDraft(piece.name, html=piece.html, mjml=piece.mjml, blocks=piece.blocks)
        return (await save_piece(tx, job.workspace, piece.kind, piece.slug, draft, now, told=told)).remade
    assert change.defaults is not None, "one of both changes"
    await save_defaults(tx, job.workspace, change.defaults, now)
    return await remake_blocks(tx, job.workspace, now, told=told)


async def _add(tx: Tx, workspace: WorkspaceId, change: _Change, count: int) -> JobId:
    arguments: Mapping[str, Json] = msgspec.to_builtins(change)
    return await add_job(tx, workspace, REMAKE_JOB, arguments, now=real_now(), total=count)
