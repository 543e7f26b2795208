"""What a template is compiled with besides its own words: look, layout, partials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import WorkspaceId
from dripline.templates.blocks.theme import PLAIN_THEME, Theme
from dripline.templates.defaults import read_defaults
from dripline.templates.liquid.inlining import partials_in
from dripline.templates.model import SourceKind, TemplateDraft
from dripline.templates.pieces import Piece, PieceKind, partials_in_blocks

_sql = queries(__package__)

_MOST_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The sources of the partials are by slug; those that stand in them are among them.

    `known` are slugs of partials that there are, where one is not.
    """

    theme: Theme = PLAIN_THEME
    layout: Piece | None = None
    partials: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[str] = ()


NOTHING_AROUND = Surroundings()


async def surroundings_of(tx: Tx, workspace: WorkspaceId, draft: TemplateDraft) -> Surroundings:
    """What a draft is compiled with. Nobody changes it before this transaction ends.

    Raises:
        Invalid: its layout is not there.
    """
    theme = PLAIN_THEME
    if draft.blocks is not None:
        theme = (await read_defaults(tx, workspace, share=True)).settings.theme
    layout = await _layout(tx, workspace, draft.layout) if draft.layout is not None else None
    named = named_in(draft) | frozenset(layout.partials if layout is not None else ())
    sources = await partial_sources(tx, workspace, named)
    known = () if named <= sources.keys() else await slugs_of(tx, workspace, PieceKind.PARTIAL)
    return Surroundings(theme, layout, sources, known)


def named_in(draft: TemplateDraft) -> frozenset[str]:
    """The slugs of the partials that a draft names itself."""
    texts = (draft.html, draft.mjml, draft.text, draft.preview_text)
    blocks = partials_in_blocks(draft.blocks) if draft.blocks is not None else frozenset()
    return blocks.union(*(partials_in(text) for text in texts if text is not None))


async def partial_sources(tx: Tx, workspace: WorkspaceId, slugs: Iterable[str]) -> Mapping[str, str]:
    """The sources of partials and of all that stand in them, by slug; locked against change."""
    wanted = sorted(slugs)
    if not wanted:
        return {}
    rows = await tx.rows(_sql["share_partials"], workspace, wanted)
    return {row["slug"]: row["source"] for row in rows}


async def slugs_of(tx: Tx, workspace: WorkspaceId, kind: PieceKind) -> list[str]:
    """The slugs of layouts or partials, as far as one may look for the nearest among them."""
    return [each["slug"] for each in await tx.rows(_sql["pieces"], workspace, kind, None, _MOST_LOOKED_AT)]


def piece_of(row: Row) -> Piece:
    return Piece(
        kind=PieceKind(row["kind"]),
        slug=row["slug"],
        name=row["name"],
        source_kind=SourceKind(row["source_kind"]),
        source=row["source"],
        partials=tuple(row["partials"]),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def _layout(tx: Tx, workspace: WorkspaceId, slug: str) -> Piece:
    row = await tx.row(_sql["share_layout"], workspace, slug)
    if row is None:
        nearest = get_close_matches(slug, await slugs_of(tx, workspace, PieceKind.LAYOUT), 1)
        hint = f", did you mean {nearest[0]!r}?" if nearest else ""
        raise Invalid.at("layout", f"there is no layout {slug[:140]!r}{hint}", found=slug[:140])
    return piece_of(row)
