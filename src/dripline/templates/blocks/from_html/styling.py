"""How elements look: their declarations, and what they hand on to what stands in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from dripline.templates.blocks.from_html.keeping import addresses
from dripline.templates.blocks.from_html.tree import Element
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align

Style: TypeAlias = Mapping[str, str]

_DECLARATION = re.compile(r"([a-zA-Z-]+)\s*:\s*((?:[^;\"'()]|\"[^\"]*\"|'[^']*'|\([^()]*\))+)")
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|em|rem|pt|)?")
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+)(%?))?\s*\)")
_PARTS = re.compile(r"rgba?\([^()]*\)|\S+")
_UNITS = {"px": 1.0, "": 1.0, "em": 16.0, "rem": 16.0, "pt": 4 / 3}
_SIDES = ("top", "right", "bottom", "left")
# fmt: off
_NO_COLOUR = frozenset((
    "none", "repeat", "no-repeat", "repeat-x", "repeat-y", "center", "top", "left", "right", "bottom", "cover",
    "contain", "scroll", "fixed", "transparent", "inherit", "initial", "unset", "revert", "currentcolor", "auto",
    "border-box", "padding-box", "content-box", "solid", "dashed", "dotted", "double", "hidden", "medium", "thin",
    "thick", "groove", "ridge", "inset", "outset", "important",
))
# fmt: on
_LINES = frozenset(("solid", "dashed", "dotted", "double", "groove", "ridge", "inset", "outset"))
# What containers hand on, besides what blocks have fields for.
_SOFT = {"font-weight": ("bold", "600", "700", "800", "900"), "font-style": ("italic", "oblique")}
_SOFT_ANY = ("text-transform", "letter-spacing")
_NO_SOFT = frozenset(("none", "normal", "inherit", "initial", "0", "0px"))

PAPER = "#ffffff"


@lru_cache(maxsize=4_096)
def _declarations(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _DECLARATION.finditer(text):
        name, value = match[1].lower(), match[2].strip()
        found.pop(name, None)
        found[name] = _IMPORTANT.sub("", value)
    return found


def style_of(element: Element) -> Style:
    """The declarations of an element, the last of each name."""
    return _declarations(element.get("style"))


def pixels(text: str | None) -> float | None:
    """A length in pixels; None for anything else, percents included."""
    match = _LENGTH.fullmatch((text or "").strip().lower())
    return float(match[1]) * _UNITS[match[2] or ""] if match else None


def percent(text: str | None) -> float | None:
    found = (text or "").strip()
    number = pixels(found.removesuffix("%")) if found.endswith("%") else None
    return number if number is not None and 0 < number <= 100 else None


def colour(text: str | None) -> str | None:
    """A colour as blocks have it, `#rrggbb` where it can be said so; None for none, and for what shows nothing."""
    found = (text or "").strip().lower()
    if _HEX.fullmatch(found):
        return found if len(found) == 7 else "#" + "".join(2 * digit for digit in found[1:])
    if rgb := _RGB.fullmatch(found):
        is_clear = rgb[4] is not None and float(rgb[4].rstrip(".") or 0) == 0
        numbers = [min(255, int(rgb[number])) for number in (1, 2, 3)]
        is_full = rgb[4] is None or rgb[4] in ("1", "1.0", "100")
        return None if is_clear else "#{:02x}{:02x}{:02x}".format(*numbers) if is_full else found
    is_name = found.isascii() and found.isalpha() and 3 <= len(found) <= 24 and found not in _NO_COLOUR
    if not is_name:
        return None
    return _NAMED.get(found, found)


_NAMED: Mapping[str, str] = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "blue": "#0000ff"}


def background(element: Element) -> str | None:
    """The colour behind an element."""
    style = style_of(element)
    shorthand = next((found for part in _PARTS.findall(style.get("background", "")) if (found := colour(part))), None)
    return colour(style.get("background-color")) or shorthand or colour(element.get("bgcolor"))


def image_behind(element: Element) -> str | None:
    """The address of the image behind an element."""
    style = style_of(element)
    said = addresses(style.get("background-image") or style.get("background", ""))
    return (said or [element.get("background").strip()])[0] or None


@dataclass(frozen=True, slots=True)
class Border:
    """One side of a border: pixels and colour."""

    width: int
    color: str | None


def borders(element: Element) -> dict[str, Border]:
    """The sides of an element that have a border which is seen."""
    style = style_of(element)
    sides = {side: _border(style, side) for side in _SIDES}
    return {side: border for side, border in sides.items() if border is not None}


def _border(style: Style, side: str) -> Border | None:
    whole = style.get(f"border-{side}", style.get("border", ""))
    parts = _PARTS.findall(whole)
    width = _side(style.get("border-width"), side) or style.get(f"border-{side}-width")
    width = width or next((part for part in parts if pixels(part) is not None), None)
    line = style.get(f"border-{side}-style") or _side(style.get("border-style"), side)
    line = line or next((part for part in parts if part.lower() in _LINES), "none")
    ink = colour(style.get(f"border-{side}-color")) or colour(_side(style.get("border-color"), side))
    ink = ink or next((found for part in parts if (found := colour(part))), None)
    thick = pixels(width) if width else 3 if line in _LINES else 0
    is_seen = line.lower() in _LINES and bool(thick) and (ink is not None or "transparent" not in whole)
    return Border(max(1, min(20, round(thick or 1))), ink) if is_seen else None


def _side(text: str | None, side: str) -> str | None:
    parts: list[str] = _PARTS.findall(text or "")
    if not parts:
        return None
    places = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1)}.get(len(parts), (0, 1, 2, 3))
    return parts[places[_SIDES.index(side)]]


def inset(element: Element, kind: str = "padding") -> dict[str, int]:
    """The pixels of a padding or a margin that an element says, by side."""
    style = style_of(element)
    said = {side: style.get(f"{kind}-{side}") or _side(style.get(kind), side) for side in _SIDES}
    found = {side: pixels(text) for side, text in said.items()}
    return {side: max(0, min(400, round(number))) for side, number in found.items() if number is not None}


def is_hidden(element: Element) -> bool:
    """Whether mail programs show nothing of an element."""
    style = style_of(element)
    is_flat = pixels(style.get("max-height")) == 0 and style.get("overflow") == "hidden"
    is_clear = style.get("opacity") == "0" or style.get("visibility") == "hidden"
    return style.get("display") == "none" or "hidden" in element.attributes or is_flat or is_clear


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an element gets from those that it stands in.

    `paint` is the colour behind it, `outside` that behind the element around it, `backdrop` the image behind it. An
    alignment that an attribute says ends at the next table (`ends_at_table`), as browsers have it; in a table of one
    cell that is as wide as what is in it (`is_wrapped`) there is nothing to be aligned.
    """

    paint: str = PAPER
    outside: str = PAPER
    backdrop: str | None = None
    ink: str | None = None
    align: Align | None = None
    size: float | None = None
    soft: tuple[tuple[str, str], ...] = ()
    direction: str | None = None
    is_column: bool = False
    ends_at_table: bool = False
    is_wrapped: bool = False

    def under(self, element: Element) -> "Surroundings":
        style = style_of(element)
        paint = self.paint if is_page(element) else background(element) or self.paint
        return replace(
            self._aligned(element, style),
            paint=paint,
            outside=self.outside if paint == self.paint else self.paint,
            ink=colour(style.get("color")) or _font_colour(element) or self.ink,
            size=_size(style.get("font-size"), self.size),
            soft=_soft(self.soft, style),
            direction=_direction(element, style) or self.direction,
        )

    def _aligned(self, element: Element, style: Style) -> "Surroundings":
        said = align_of(element)
        if element.tag == "table" and is_narrow(element) and _cells(element) == 1:
            return replace(self, align=said or self.align, is_wrapped=True)
        if element.tag == "table" and self.ends_at_table and said is None:
            return replace(self, align=None, ends_at_table=False, is_wrapped=False)
        if said is None or self.is_wrapped:
            return self
        return replace(self, align=said, ends_at_table="text-align" not in style)


def is_page(element: Element) -> bool:
    """Whether a colour is that of our own page around a mail: no block has it."""
    is_around_all = element.tag == "body" or "dl-page" in element.get("class").split()
    return is_around_all and background(element) == PLAIN_THEME.page_color


def _cells(element: Element) -> int:
    """How many cells a table has, those of tables in it not counted."""
    inner = (child for child in element.children if isinstance(child, Element))
    return sum(1 if child.tag in ("td", "th") else _cells(child) for child in inner if child.tag in _TABLE)


_TABLE = frozenset(("thead", "tbody", "tfoot", "tr", "td", "th"))


def _font_colour(element: Element) -> str | None:
    return colour(element.get("color")) if element.tag == "font" else None


def align_of(element: Element) -> Align | None:
    """How what stands in an element is aligned; a table that is aligned itself aligns what is in it if it is narrow."""
    style = style_of(element)
    said = style.get("text-align", "").lower()
    if element.tag == "center":
        said = said or "center"
    elif element.tag != "table":
        said = said or element.get("align").lower()
    elif not said and is_narrow(element):
        is_centred = "auto" in style.get("margin", "")
        said = element.get("align").lower() or ("center" if is_centred else "")
    said = {"start": "left", "end": "right", "middle": "center"}.get(said, said)
    return Align(said) if said in ("left", "center", "right") else None


def is_narrow(element: Element) -> bool:
    """Whether a table is as wide as what is in it, or not much wider."""
    style = style_of(element)
    said = style.get("width") or element.get("width") or style.get("max-width")
    wide = pixels(said)
    return (not said or said == "auto") if wide is None else wide < 320


def _size(text: str | None, outer: float | None) -> float | None:
    found = (text or "").strip().lower()
    if found.endswith("em") and not found.endswith("rem"):
        factor = pixels(found)
        return (outer or 16) * factor / 16 if factor is not None else outer
    if (share := percent(found)) is not None:
        return (outer or 16) * share / 100
    size = pixels(found)
    # A size of nothing takes away the gaps between elements: it is none that words have.
    return size if size is not None and size >= 2 else outer


def _soft(outer: tuple[tuple[str, str], ...], style: Style) -> tuple[tuple[str, str], ...]:
    kept = dict(outer)
    for name, values in _SOFT.items():
        if (said := style.get(name, "").lower()) and said != "inherit":
            kept.pop(name, None)
            kept.update({name: said} if said in values else {})
    for name in _SOFT_ANY:
        if (said := style.get(name, "").lower()) and said != "inherit":
            kept.pop(name, None)
            kept.update({name: said} if said not in _NO_SOFT else {})
    return tuple(kept.items())


def _direction(element: Element, style: Style) -> str | None:
    said = (style.get("direction") or element.get("dir")).lower()
    return said if said in ("rtl", "ltr") else None
