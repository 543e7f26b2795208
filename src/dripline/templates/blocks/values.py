"""What the fields of blocks hold: kinds of text, sizes, choices, and how a block may look.

The descriptions are what the catalogue of blocks serves.
"""

from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

InlineHtml: TypeAlias = Annotated[str, Meta(description="inline HTML, with Liquid", extra={"kind": "inline HTML"})]
Html: TypeAlias = Annotated[str, Meta(description="HTML, with Liquid", extra={"kind": "HTML"})]
Words: TypeAlias = Annotated[str, Meta(description="plain text, with Liquid", extra={"kind": "text"})]
Url: TypeAlias = Annotated[str, Meta(description="a link, with Liquid", extra={"kind": "link"})]
ImageUrl: TypeAlias = Annotated[str, Meta(description="the address of an image", extra={"kind": "image"})]
Colour: TypeAlias = Annotated[
    str, Meta(description="a colour: #rgb, #rrggbb, rgb(…) or a name", extra={"kind": "colour"})
]
Backdrop: TypeAlias = Annotated[
    str, Meta(description="the address of an image, without Liquid", extra={"kind": "image without Liquid"})
]
LiquidPath: TypeAlias = Annotated[
    str, Meta(description="where a list is: event.order.items", extra={"kind": "Liquid path"})
]
LiquidName: TypeAlias = Annotated[str, Meta(description="a name of letters, digits and _", extra={"kind": "name"})]
LiquidTest: TypeAlias = Annotated[
    str, Meta(description='what stands in a Liquid "if"', extra={"kind": "Liquid condition"})
]
Moment: TypeAlias = Annotated[
    str, Meta(description="ISO 8601 with a zone, or one Liquid output", extra={"kind": "date and time"})
]
Pixels: TypeAlias = Annotated[int, Meta(ge=1, le=2_000, description="pixels")]
Gap: TypeAlias = Annotated[int, Meta(ge=0, le=400, description="pixels")]
Percent: TypeAlias = Annotated[float, Meta(ge=1, le=100, description="percent of the width")]


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class TextVariant(StrEnum):
    """The size of a text; `html` is written by older clients and reads as a paragraph."""

    PARAGRAPH = "paragraph"
    LEAD = "lead"
    SMALL = "small"
    HTML = "html"


class ButtonVariant(StrEnum):
    PRIMARY = "primary"
    OUTLINE = "outline"


class WidthType(StrEnum):
    PIXELS = "px"
    PERCENT = "percent"


class VerticalAlign(StrEnum):
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


class Styles(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How any block may look. What is not said comes from the theme."""

    background_color: Colour | None = None
    text_color: Colour | None = None
    text_align: Align | None = None
    padding_top: Gap | None = None
    padding_right: Gap | None = None
    padding_bottom: Gap | None = None
    padding_left: Gap | None = None
    border_color: Colour | None = None
    border_width: Annotated[int, Meta(ge=0, le=20)] | None = None
    border_radius: Annotated[int, Meta(ge=0, le=100)] | None = None


PLAIN = Styles()
