"""What surrounds a block while it is written: colours, margins and the width that it has."""

from dataclasses import dataclass, replace

from dripline.templates.blocks.theme import Theme
from dripline.templates.blocks.values import Align, Styles

SIDE = 24
NARROW = 12


@dataclass(frozen=True, slots=True)
class Look:
    """`paint` and `ink` are colours that an author chose, for the background and the text; None is the theme's.

    What `is_backed` has an image behind all of it, and paints nothing itself; `behind` are the attributes that say the
    image to each section, where there is nothing around the sections that could have it.
    """

    theme: Theme
    width: float
    left: int = SIDE
    right: int = SIDE
    paint: str | None = None
    ink: str | None = None
    align: Align | None = None
    is_backed: bool = False
    behind: str = ""

    @property
    def is_paper(self) -> bool:
        """Whether the background is the theme's."""
        return self.paint is None and not self.is_backed

    @property
    def is_plain(self) -> bool:
        """Whether all colours are the theme's, so that they may change in the dark."""
        return self.is_paper and self.ink is None

    @property
    def text_color(self) -> str:
        return self.ink or self.theme.text_color

    @property
    def inner_width(self) -> int:
        return max(1, int(self.width) - self.left - self.right)

    def under(self, styles: Styles, align: Align | None = None) -> "Look":
        """The look inside of a block with these styles; `align` is what it has by itself."""
        return replace(
            self,
            paint=styles.background_color or self.paint,
            ink=styles.text_color or self.ink,
            align=styles.text_align or align or self.align,
            left=self.left if styles.padding_left is None else styles.padding_left,
            right=self.right if styles.padding_right is None else styles.padding_right,
            is_backed=self.is_backed and styles.background_color is None,
            behind="" if styles.background_color else self.behind,
        )

    def backed(self, behind: str = "") -> "Look":
        """The look of what stands on an image: no screen may change its colours."""
        return replace(self, paint=None, ink=self.text_color, is_backed=True, behind=behind)

    def narrowed(self, width: float, side: int) -> "Look":
        return replace(self, width=width, left=side, right=side)


def attributes(**given: object) -> str:
    """Attributes of an element; `css_class` is written `css-class`, and what is None is left out."""
    written = ((name.replace("_", "-"), value) for name, value in given.items() if value is not None)
    return "".join(f' {name}="{value}"' for name, value in written)


def padding(styles: Styles, look: Look, *, top: int, bottom: int) -> str:
    """The padding of a block: top, right, bottom, left."""
    sides = (
        top if styles.padding_top is None else styles.padding_top,
        look.right,
        bottom if styles.padding_bottom is None else styles.padding_bottom,
        look.left,
    )
    return " ".join(f"{side}px" for side in sides)


def border(styles: Styles, theme: Theme, *, width: int) -> str | None:
    """The border of a block that has one by itself of `width` pixels (0: none)."""
    thick = width if styles.border_width is None else styles.border_width
    return f"{thick}px solid {styles.border_color or theme.border_color}" if thick else None
