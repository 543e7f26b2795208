"""What a block is: one kind of content of a mail, with its fields and what they are when nothing is said.

Text that is "inline HTML" may hold links, bold, italics and the like; every text may hold Liquid. The descriptions are
what the catalogue of blocks serves.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, get_args

import msgspec
from msgspec import Meta

from dripline.kernel.values import Json
from dripline.templates.blocks.values import (
    PLAIN,
    Backdrop,
    ButtonVariant,
    Colour,
    Html,
    ImageUrl,
    InlineHtml,
    LiquidName,
    LiquidPath,
    LiquidTest,
    Moment,
    Percent,
    Pixels,
    Styles,
    TextVariant,
    Url,
    VerticalAlign,
    WidthType,
    Words,
)

Blocks: TypeAlias = tuple["Block", ...]


class _Block(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", omit_defaults=True):
    id: Annotated[str, Meta(max_length=256, description="the author's name for it")] | None = None
    styles: Styles = PLAIN


class Heading(_Block, frozen=True, kw_only=True, tag="heading"):
    """A heading; level 1 is the largest."""

    content: InlineHtml
    level: Annotated[int, Meta(ge=1, le=6)] = 1


class Text(_Block, frozen=True, kw_only=True, tag="text"):
    """Paragraphs, as inline HTML with `<p>`, lists and quotes where wanted."""

    content: InlineHtml
    variant: TextVariant = TextVariant.PARAGRAPH


class Button(_Block, frozen=True, kw_only=True, tag="button"):
    """A link that looks like a button. `styles` colour the band around it."""

    text: InlineHtml
    url: Url
    variant: ButtonVariant = ButtonVariant.PRIMARY
    button_color: Colour | None = None
    button_text_color: Colour | None = None
    full_width: bool = False


class Image(_Block, frozen=True, kw_only=True, tag="image"):
    """An image, as wide as the mail when no `width` is given; `alt` is what is read where images are not shown."""

    src: ImageUrl
    alt: Words = ""
    width: Pixels | None = None
    width_type: WidthType = WidthType.PIXELS
    href: Url | None = None


class Divider(_Block, frozen=True, kw_only=True, tag="divider"):
    """A line across."""

    color: Colour | None = None
    thickness: Annotated[int, Meta(ge=1, le=20, description="pixels")] = 1


class Spacer(_Block, frozen=True, kw_only=True, tag="spacer"):
    """Empty space."""

    height: Annotated[int, Meta(ge=1, le=400, description="pixels")] = 24


class List(_Block, frozen=True, kw_only=True, tag="list"):
    """A list with bullets, or with numbers when `ordered`."""

    items: tuple[InlineHtml, ...]
    ordered: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One of several columns. Without `width` it takes an equal part of what is left."""

    blocks: Blocks = ()
    width: Percent | None = None
    vertical_align: VerticalAlign = VerticalAlign.TOP
    styles: Styles = PLAIN


class Columns(_Block, frozen=True, kw_only=True, tag="columns"):
    """Columns side by side; below each other on a phone, unless `stackOnMobile` is false."""

    columns: Annotated[tuple[Column, ...], Meta(min_length=1, max_length=6)]
    stack_on_mobile: bool = True


class Group(_Block, frozen=True, kw_only=True, tag="group"):
    """Blocks that belong together, on one background.

    An image behind them fills it, over the `backgroundColor` that is seen until it is loaded; in a column there is only
    the colour.
    """

    blocks: Blocks
    background_image: Backdrop | None = None


class Card(_Block, frozen=True, kw_only=True, tag="card"):
    """Blocks in a frame, after a title and a text where given."""

    blocks: Blocks = ()
    title: InlineHtml | None = None
    content: InlineHtml | None = None


class RawHtml(_Block, frozen=True, kw_only=True, tag="html"):
    """HTML as it is, for what no other block can say. What it leaves open is closed."""

    content: Html


class Hero(_Block, frozen=True, kw_only=True, tag="hero"):
    """The beginning of a mail: an image, a large title, a text, a button."""

    title: InlineHtml
    content: InlineHtml | None = None
    src: ImageUrl | None = None
    alt: Words = ""
    button_text: InlineHtml | None = None
    button_url: Url | None = None


class Testimonial(_Block, frozen=True, kw_only=True, tag="testimonial"):
    """What somebody said."""

    quote: InlineHtml
    author: InlineHtml | None = None
    role: InlineHtml | None = None
    src: ImageUrl | None = None
    alt: Words = ""


class SocialLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A profile somewhere. Without `icon` its `label` is shown, without that the name of the network."""

    url: Url
    network: Words | None = None
    label: Words | None = None
    icon: ImageUrl | None = None


class Social(_Block, frozen=True, kw_only=True, tag="social"):
    """Links to profiles on one line."""

    links: Annotated[tuple[SocialLink, ...], Meta(min_length=1, max_length=20)]


class Logo(_Block, frozen=True, kw_only=True, tag="logo"):
    """The logo. Without `src` that of the mail defaults; without one there, nothing."""

    src: ImageUrl | None = None
    alt: Words = ""
    width: Pixels | None = None
    href: Url | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A link with its words."""

    text: InlineHtml
    url: Url


class Header(_Block, frozen=True, kw_only=True, tag="header"):
    """The top of a mail: a logo or a name, and a few links. Without `src` and `title` those of the mail defaults."""

    src: ImageUrl | None = None
    alt: Words = ""
    width: Pixels | None = None
    title: InlineHtml | None = None
    href: Url | None = None
    links: Annotated[tuple[Link, ...], Meta(max_length=20)] = ()


class Footer(_Block, frozen=True, kw_only=True, tag="footer"):
    """The end of a mail: who sends it, from which address, and the link to opt out.

    Without `content`, `company` or `address` those of the mail defaults.
    """

    content: InlineHtml | None = None
    company: InlineHtml | None = None
    address: InlineHtml | None = None
    unsubscribe_text: InlineHtml = "Unsubscribe"
    links: Annotated[tuple[Link, ...], Meta(max_length=20)] = ()


class Video(_Block, frozen=True, kw_only=True, tag="video"):
    """A picture of a video that leads to it; mails cannot play any."""

    url: Url
    thumbnail: ImageUrl
    alt: Words = ""
    text: InlineHtml = "▶ Watch the video"


class DiscountCode(_Block, frozen=True, kw_only=True, tag="discount-code"):
    """A code to copy, large and framed."""

    code: Words = "{{ discount.code }}"
    label: InlineHtml | None = None
    content: InlineHtml | None = None


class Countdown(_Block, frozen=True, kw_only=True, tag="countdown"):
    """The time that is left when the mail is made; it does not run on."""

    ends_at: Moment
    label: InlineHtml | None = None
    ended_text: InlineHtml = "This offer has ended."
    days_text: Words = "days"
    hours_text: Words = "hours"
    minutes_text: Words = "minutes"


class Table(_Block, frozen=True, kw_only=True, tag="table"):
    """Rows and columns of text."""

    rows: tuple[tuple[InlineHtml, ...], ...]
    headers: tuple[InlineHtml, ...] = ()


class Product(_Block, frozen=True, kw_only=True, tag="product"):
    """One thing to buy."""

    name: InlineHtml
    src: ImageUrl | None = None
    alt: Words = ""
    price: InlineHtml | None = None
    old_price: InlineHtml | None = None
    content: InlineHtml | None = None
    url: Url | None = None
    button_text: InlineHtml = "View"


class ConditionalGroup(_Block, frozen=True, kw_only=True, tag="conditional-group"):
    """Blocks for those of whom something is true, and others for the rest.

    Either `condition`, in the language of the conditions of sequences, or `if`, in Liquid.
    """

    blocks: Blocks
    condition: Mapping[str, Any] | None = None
    test: LiquidTest | None = msgspec.field(name="if", default=None)
    otherwise: Blocks = msgspec.field(name="else", default=())


class Repeat(_Block, frozen=True, kw_only=True, tag="repeat"):
    """Its blocks once for each element of a list; in them the element is called as `as` says."""

    source: LiquidPath
    blocks: Blocks
    name: LiquidName = msgspec.field(name="as", default="item")
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


Block: TypeAlias = (
    Heading
    | Text
    | Button
    | Image
    | Divider
    | Spacer
    | List
    | Columns
    | Group
    | Card
    | RawHtml
    | Hero
    | Testimonial
    | Social
    | Logo
    | Header
    | Footer
    | Video
    | DiscountCode
    | Countdown
    | Table
    | Product
    | ConditionalGroup
    | Repeat
)

KINDS: tuple[type[Block], ...] = get_args(Block)
"""Every kind, in the order of the catalogue."""


def type_of(kind: type[Block]) -> str:
    """The word that names the kind in `type`."""
    return str(kind.__struct_config__.tag)


def write(blocks: Blocks) -> list[dict[str, Json]]:
    """The blocks as JSON values, without what is as it would be anyway."""
    written: list[dict[str, Json]] = msgspec.json.decode(msgspec.json.encode(blocks))
    return written
