"""Images: their width, their frame, where they stand and where they lead."""

from collections.abc import Mapping

from dripline.templates.blocks.from_html.pieces import Piece, unless, with_styles
from dripline.templates.blocks.from_html.styling import Surroundings, borders, percent, pixels, style_of
from dripline.templates.blocks.from_html.tree import Element, bare
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import Image
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align, WidthType


def image(node: Element, href: str | None, around: Surroundings, veil: Veil) -> Piece | None:
    style = style_of(node)
    if veil.has_letters(f"{node.get('src')}{href or ''}"):
        return None
    if not node.get("src").strip() or style.get("float", "none") != "none":
        return None
    width, kind = _image_width(node, style, veil)
    line = borders(node).get("top")
    radius = pixels(style.get("border-radius"))
    align = around.align or Align.LEFT
    if style.get("margin", "").endswith("auto") and style.get("display") == "block":
        align = Align.CENTER
    is_wide = width is None or (kind is WidthType.PERCENT and width == 100)
    styles = with_styles(
        text_align=None if is_wide else unless(align, Align.CENTER),
        border_width=line.width if line else None,
        border_color=line.color if line and line.color != PLAIN_THEME.border_color else None,
        border_radius=min(100, round(radius)) if radius else None,
    )
    alt = bare(node.get("alt"))
    return Piece(
        Image(src=node.get("src"), alt=alt, width=width, width_type=kind, href=href, styles=styles), around.paint
    )


def _image_width(node: Element, style: Mapping[str, str], veil: Veil) -> tuple[int | None, WidthType]:
    said = node.get("width").strip()
    if veil.has_liquid(said):
        return None, WidthType.PIXELS
    wide = pixels(said) or pixels(style.get("width")) or pixels(style.get("max-width"))
    if wide is not None and 1 <= wide <= 2_000:
        return round(wide), WidthType.PIXELS
    share = percent(said) or percent(style.get("width"))
    return (round(share), WidthType.PERCENT) if share is not None and 1 <= share < 100 else (None, WidthType.PIXELS)
