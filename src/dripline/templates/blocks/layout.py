"""Blocks as MJML: which sections a mail has, and what stands in their columns.

A section holds columns and a column holds leaves, no deeper. What is nested deeper than that stands one below the
other, in its order.
"""

from collections.abc import Iterable
from dataclasses import replace

from dripline.templates.blocks import cleaning
from dripline.templates.blocks.composing import Composed, own_align, parts
from dripline.templates.blocks.conditions import asked, read_condition
from dripline.templates.blocks.held import Held
from dripline.templates.blocks.leaves import leaf, spacer
from dripline.templates.blocks.look import NARROW, SIDE, Look, attributes, border
from dripline.templates.blocks.model import (
    Block,
    Blocks,
    Button,
    Card,
    Column,
    Columns,
    ConditionalGroup,
    Divider,
    Group,
    Heading,
    Image,
    List,
    RawHtml,
    Repeat,
    Spacer,
    Table,
    Text,
)
from dripline.templates.blocks.values import Styles

_CARD_TOP, _CARD_BOTTOM = 24, 12


def sections(blocks: Blocks, look: Look, held: Held, *, is_framed: bool = False) -> str:
    """Blocks as sections; `is_framed`: inside of a wrapper, which cannot hold another."""
    written: list[str] = []
    run: list[Block] = []
    for block in blocks:
        if not _is_wide(block):
            run.append(block)
            continue
        written += [_run(run, look, held), _wide(block, look, held, is_framed=is_framed)]
        run = []
    return "".join([*written, _run(run, look, held)])


def _is_wide(block: Block) -> bool:
    """Whether a block needs sections of its own."""
    match block:
        case Columns() | Card() | Group(background_image=str()):
            return True
        case Group(blocks=blocks) | Repeat(blocks=blocks):
            return any(_is_wide(inner) for inner in blocks)
        case ConditionalGroup(blocks=blocks, otherwise=otherwise):
            return any(_is_wide(inner) for inner in (*blocks, *otherwise))
        case _:
            return False


def _run(blocks: Iterable[Block], look: Look, held: Held) -> str:
    """Blocks that stand one below the other in one column."""
    inner = _leaves(blocks, look, held)
    return _section(f"<mj-column>{inner}</mj-column>", look, "0") if inner else ""


def _section(inner: str, look: Look, padding: str) -> str:
    given = attributes(
        css_class="dl-paper" if look.is_paper else None,
        background_color=None if look.is_backed else look.paint or look.theme.paper_color,
        padding=padding,
    )
    return f"<mj-section{look.behind}{given}>{inner}</mj-section>"


def _wide(block: Block, look: Look, held: Held, *, is_framed: bool) -> str:
    match block:
        case Columns():
            return _columns(block, look.under(block.styles), held)
        case Card():
            return _card(block, look, held, is_framed=is_framed)
        case Group(background_image=str()):
            return _backed(block, look.under(block.styles), held, is_framed=is_framed)
        case Group(blocks=blocks, styles=styles):
            under = look.under(styles)
            return _head_room(styles, under) + sections(blocks, under, held, is_framed=is_framed)
        case ConditionalGroup(styles=styles):
            under = look.under(styles)
            then, otherwise = (
                sections(each, under, held, is_framed=is_framed) for each in (block.blocks, block.otherwise)
            )
            return _either(block, then, otherwise, held)
        case Repeat(blocks=blocks, styles=styles):
            return _each(block, sections(blocks, look.under(styles), held, is_framed=is_framed), held)
        case _:
            raise AssertionError(f"{type(block).__name__} needs no section")


def _room_above(styles: Styles) -> int:
    """The space above what stands in a block: without any, its words would touch the edge of its background."""
    if styles.padding_top is not None:
        return styles.padding_top
    return NARROW if styles.background_color else 0


def _head_room(styles: Styles, look: Look) -> str:
    """Room above the first section of a group."""
    room = _room_above(styles)
    return _section(f'<mj-column><mj-spacer height="{room}px"/></mj-column>', look, "0") if room else ""


def _backed(group: Group, look: Look, held: Held, *, is_framed: bool) -> str:
    """A group on an image; in a frame the image is behind each section of it."""
    image = attributes(
        background_url=held.put(cleaning.style_url(group.background_image or "")),
        background_color=look.paint or look.theme.paper_color,
        background_size="cover",
        background_position="center center",
        background_repeat="no-repeat",
    )
    if is_framed:
        return sections(group.blocks, look.backed(image), held, is_framed=True)
    top = NARROW if group.styles.padding_top is None else group.styles.padding_top
    room = attributes(padding=f"{top}px 0 {group.styles.padding_bottom or 0}px")
    return f"<mj-wrapper{image}{room}>{sections(group.blocks, look.backed(), held, is_framed=True)}</mj-wrapper>"


def _columns(block: Columns, look: Look, held: Held) -> str:
    room = look.width - 2 * NARROW
    columns = "".join(
        _column(column, share, look.narrowed(room * share / 100, NARROW), held)
        for column, share in zip(block.columns, _shares(block), strict=True)
    )
    inner = columns if block.stack_on_mobile else f"<mj-group>{columns}</mj-group>"
    top, bottom = block.styles.padding_top or 0, block.styles.padding_bottom or 0
    return _section(inner, look, f"{top}px {NARROW}px {bottom}px")


def _shares(block: Columns) -> list[float]:
    """The width of each column in percent; together they are 100 at most."""
    said = sum(column.width or 0 for column in block.columns)
    silent = sum(column.width is None for column in block.columns)
    rest = max(100 - said, 10.0 * silent) / silent if silent else 0
    widths = [column.width or rest for column in block.columns]
    scale = min(1.0, 100 / sum(widths))
    return [int(width * scale * 1000) / 1000 for width in widths]


def _column(column: Column, share: float, look: Look, held: Held) -> str:
    match column.blocks:
        case (Card() as card,):
            return _frame(card, look, held, share=share, vertical=column.vertical_align.value)
        case _:
            inner = look.under(column.styles)
            given = attributes(
                width=f"{share:g}%",
                vertical_align=column.vertical_align.value,
                background_color=column.styles.background_color,
                border=border(column.styles, look.theme, width=0),
                border_radius=_pixels(column.styles.border_radius),
                padding=_inset(column.styles, 0, 0),
            )
            # Its background is that of the column: the blocks in it need none of their own.
            bare = replace(inner, paint=look.paint) if column.styles.background_color else inner
            ink = replace(bare, ink=inner.ink or look.text_color) if column.styles.background_color else bare
            return f"<mj-column{given}>{_leaves(column.blocks, ink, held)}</mj-column>"


def _card(card: Card, look: Look, held: Held, *, is_framed: bool) -> str:
    if not any(_is_wide(block) for block in card.blocks):
        inside = look.narrowed(look.width - 2 * SIDE, SIDE)
        return _section(_frame(card, inside, held), look, f"8px {SIDE}px 16px")
    inner = sections(_of_card(card), look.under(card.styles), held, is_framed=True)
    if is_framed:
        return inner
    given = attributes(
        css_class="dl-paper dl-card" if look.is_paper and card.styles.background_color is None else None,
        background_color=card.styles.background_color or look.paint or look.theme.paper_color,
        border=border(card.styles, look.theme, width=1),
        border_radius=_pixels(card.styles.border_radius, 8),
        padding=_inset(card.styles, _CARD_TOP, _CARD_BOTTOM),
    )
    return f"<mj-wrapper{given}>{inner}</mj-wrapper>"


def _frame(card: Card, look: Look, held: Held, *, share: float | None = None, vertical: str | None = None) -> str:
    """A card that is a column."""
    colour = card.styles.background_color
    given = attributes(
        css_class="dl-card" if look.is_paper and colour is None else None,
        width=f"{share:g}%" if share is not None else None,
        vertical_align=vertical,
        background_color=colour,
        border=border(card.styles, look.theme, width=1),
        border_radius=_pixels(card.styles.border_radius, 8),
        padding=_inset(card.styles, _CARD_TOP, _CARD_BOTTOM),
    )
    under = look.under(card.styles)
    # The column has the colour: what stands in it needs none, but must not change in the dark.
    inner = replace(under, paint=look.paint, ink=under.ink or look.text_color) if colour else under
    return f"<mj-column{given}>{_leaves(_of_card(card), inner, held)}</mj-column>"


def _of_card(card: Card) -> Blocks:
    title = (Heading(content=card.title, level=3),) if card.title else ()
    content = (Text(content=card.content),) if card.content else ()
    return (*title, *content, *card.blocks)


def _inset(styles: Styles, top: int, bottom: int) -> str | None:
    above = top if styles.padding_top is None else styles.padding_top
    below = bottom if styles.padding_bottom is None else styles.padding_bottom
    return f"{above}px 0 {below}px" if above or below else None


def _pixels(value: int | None, otherwise: int | None = None) -> str | None:
    chosen = otherwise if value is None else value
    return f"{chosen}px" if chosen is not None else None


def _leaves(blocks: Iterable[Block], look: Look, held: Held) -> str:
    return "".join(_leaf(block, look, held) for block in blocks)


def _leaf(block: Block, look: Look, held: Held) -> str:
    under = look.under(block.styles)
    match block:
        case Columns(columns=columns):
            inner = (_leaves(column.blocks, under.under(column.styles), held) for column in columns)
            return _spaced(block.styles, "".join(inner), under)
        case Card():
            return _spaced(block.styles, _leaves(_of_card(block), under, held), under)
        case Group(blocks=blocks):
            return _spaced(block.styles, _leaves(blocks, under, held), under)
        case ConditionalGroup(blocks=blocks, otherwise=otherwise):
            return _either(block, _leaves(blocks, under, held), _leaves(otherwise, under, held), held)
        case Repeat(blocks=blocks):
            return _each(block, _leaves(blocks, under, held), held)
        case Heading() | Text() | List() | Table() | RawHtml() | Button() | Image() | Divider() | Spacer():
            return leaf(block, under, held)
        case composed:
            return _composed(composed, look, held)


def _composed(block: Composed, look: Look, held: Held) -> str:
    under = look.under(block.styles, own_align(block))
    return _spaced(block.styles, _leaves(parts(block, look.theme), under, held), under)


def _spaced(styles: Styles, inner: str, look: Look) -> str:
    """What stands in a block, with the space above and below that was asked for, or that its background needs."""
    room = _room_above(styles)
    above = spacer(room, look) if room else ""
    below = spacer(styles.padding_bottom, look) if styles.padding_bottom else ""
    return f"{above}{inner}{below}"


def _either(block: ConditionalGroup, then: str, otherwise: str, held: Held) -> str:
    before, test = "", block.test
    if block.condition is not None:
        predicate, problems = read_condition(block.condition, "condition")
        assert predicate is not None, problems
        before, test = asked(predicate, held.fresh)
    middle = held.tag("{% else %}") + otherwise if otherwise else ""
    return held.tag(f"{before}{{% if {test} %}}") + then + middle + held.tag("{% endif %}")


def _each(block: Repeat, inner: str, held: Held) -> str:
    opening = f"{{% for {block.name} in {block.source} limit: {block.limit} %}}"
    return held.tag(opening) + inner + held.tag("{% endfor %}")
