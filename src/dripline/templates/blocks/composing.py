"""Blocks that are made of simpler ones: each as the headings, texts, images and buttons that it shows."""

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from dripline.templates.blocks.cleaning import flow, label, phrase, words
from dripline.templates.blocks.model import (
    Block,
    Blocks,
    Button,
    ConditionalGroup,
    Countdown,
    DiscountCode,
    Footer,
    Header,
    Heading,
    Hero,
    Image,
    Link,
    Logo,
    Product,
    Social,
    SocialLink,
    Testimonial,
    Text,
    Video,
)
from dripline.templates.blocks.theme import Theme
from dripline.templates.blocks.values import PLAIN, Align, Styles, TextVariant

Composed: TypeAlias = Hero | Logo | Header | Footer | Social | Video | DiscountCode | Countdown | Testimonial | Product

_LEFT = (Testimonial, Product)

_UNSUBSCRIBE = "{{ unsubscribe_url }}"

# The element by which the automatic footer knows that an address is there.
_ADDRESS = "address"


def parts(block: Composed, theme: Theme) -> Blocks:
    """The simpler blocks that a block is made of."""
    match block:
        case Hero():
            return _hero(block)
        case Testimonial():
            return _testimonial(block, theme)
        case Social():
            return (Text(content=" &nbsp; ".join(_profile(link) for link in block.links), variant=TextVariant.SMALL),)
        case Logo():
            return (_logo(block, theme),)
        case Header():
            return _header(block, theme)
        case Footer():
            return _footer(block)
        case Video():
            return _video(block)
        case DiscountCode():
            return _discount_code(block, theme)
        case Countdown():
            return _countdown(block)
        case Product():
            return _product(block, theme)
        case unreachable:
            assert_never(unreachable)


def _hero(block: Hero) -> Blocks:
    button = Button(text=block.button_text, url=block.button_url) if block.button_text and block.button_url else None
    return _present(
        _image(block.src, block.alt, block.button_url),
        Heading(content=block.title, level=1),
        _text(block.content, TextVariant.LEAD),
        button,
    )


def _testimonial(block: Testimonial, theme: Theme) -> Blocks:
    avatar = Styles(border_radius=32, text_align=block.styles.text_align or Align.LEFT)
    by = [f"<strong>{phrase(block.author)}</strong>"] if block.author else []
    by += [phrase(block.role)] if block.role else []
    quote = (
        f'<blockquote style="margin:0;padding:0 0 0 16px;border-left:4px solid {theme.border_color};font-style:italic">'
        f"{flow(block.quote)}</blockquote>"
    )
    return _present(
        _image(block.src, block.alt, None, width=64, styles=avatar),
        Text(content=quote),
        _text(", ".join(by), TextVariant.SMALL),
    )


def _logo(block: Logo | Header, theme: Theme, otherwise: Blocks = ()) -> Block:
    """The logo of a block, or of the workspace where it has none."""
    width = block.width or theme.logo_width
    if block.src:
        return Image(src=block.src, alt=block.alt, width=width, href=block.href)
    alt = block.alt or "{{ workspace.logo.alt }}"
    image = Image(src="{{ workspace.logo.url }}", alt=alt, width=width, href=block.href)
    return ConditionalGroup(test="workspace.logo.url", blocks=(image,), otherwise=otherwise)


def _header(block: Header, theme: Theme) -> Blocks:
    company = _text(_name("{{ workspace.company }}", block.href), TextVariant.LEAD)
    title = _text(_name(label(block.title), block.href), TextVariant.LEAD) if block.title else None
    return _present(
        _logo(block, theme, _present(company)) if block.src or not block.title else None,
        title,
        _text(_links(block.links), TextVariant.SMALL),
    )


def _name(text: str, href: str | None) -> str:
    name = f"<strong>{text}</strong>"
    return f'<a href="{words(href)}">{name}</a>' if href else name


def _footer(block: Footer) -> Blocks:
    opt_out = f'<a href="{_UNSUBSCRIBE}">{label(block.unsubscribe_text)}</a>'
    lines = [
        _said(flow(block.content) if block.content else "", "workspace.footerText"),
        _said(phrase(block.company) if block.company else "", "workspace.company"),
        _said(phrase(block.address) if block.address else "", "workspace.postalAddress", _ADDRESS),
        _said(_links(block.links)),
        _said(opt_out),
    ]
    return (Text(content="".join(lines), variant=TextVariant.SMALL),)


def _said(line: str, default: str | None = None, tag: str = "div") -> str:
    """A line; where nothing is said in it, what the mail defaults say, if they do."""
    style = ' style="font-style:normal"' if tag == _ADDRESS else ""
    if line:
        return f"<{tag}{style}>{line}</{tag}>"
    if default is None:
        return ""
    return f"{{% if {default} %}}<{tag}{style}>{{{{ {default} }}}}</{tag}>{{% endif %}}"


def _video(block: Video) -> Blocks:
    link = f'<a href="{words(block.url)}">{label(block.text)}</a>'
    return (Image(src=block.thumbnail, alt=block.alt, href=block.url), Text(content=link))


def _discount_code(block: DiscountCode, theme: Theme) -> Blocks:
    code = (
        f'<span style="display:inline-block;padding:12px 24px;border:2px dashed {theme.accent_color};'
        f'border-radius:6px;font-size:22px;font-weight:bold;letter-spacing:2px">{words(block.code)}</span>'
    )
    return _present(_text(block.label), Text(content=code), _text(block.content, TextVariant.SMALL))


def _countdown(block: Countdown) -> Blocks:
    # One variable for each: a mail may hold several, and a part of it may be left out.
    left = (
        f"{{% assign time_left = {_moment(block.ends_at)} | minutes_left %}}"
        "{% assign days_left = time_left | divided_by: 1440 %}"
        "{% assign hours_left = time_left | modulo: 1440 | divided_by: 60 %}"
        "{% assign minutes_over = time_left | modulo: 60 %}"
    )
    shown = " &nbsp; ".join(
        f'<strong style="font-size:28px">{{{{ {name} }}}}</strong> {words(unit)}'
        for name, unit in (
            ("days_left", block.days_text),
            ("hours_left", block.hours_text),
            ("minutes_over", block.minutes_text),
        )
    )
    ended = f"<p>{phrase(block.ended_text)}</p>"
    either = f"{left}{{% if time_left > 0 %}}<p>{shown}</p>{{% elsif time_left == 0 %}}{ended}{{% endif %}}"
    return _present(_text(block.label), Text(content=either))


def _product(block: Product, theme: Theme) -> Blocks:
    old = f'<s style="color:{theme.muted_color}">{phrase(block.old_price)}</s> ' if block.old_price else ""
    price = f"<strong>{phrase(block.price)}</strong>" if block.price else ""
    button = Button(text=block.button_text, url=block.url) if block.url else None
    return _present(
        _image(block.src, block.alt, block.url),
        Heading(content=block.name, level=3),
        _text(old + price),
        _text(block.content),
        button,
    )


def _moment(ends_at: str) -> str:
    """A time in Liquid: a text, or what stands in an output."""
    inner = ends_at.strip()
    return inner[2:-2].strip(" -\t\r\n") if inner.startswith("{{") else f'"{inner}"'


def _present(*blocks: Block | None) -> Blocks:
    return tuple(block for block in blocks if block is not None)


def _text(content: str | None, variant: TextVariant = TextVariant.PARAGRAPH) -> Text | None:
    return Text(content=content, variant=variant) if content else None


def _image(
    src: str | None, alt: str, href: str | None, *, width: int | None = None, styles: Styles = PLAIN
) -> Image | None:
    return Image(src=src, alt=alt, href=href, width=width, styles=styles) if src else None


def _links(links: Iterable[Link]) -> str:
    return " &nbsp;·&nbsp; ".join(f'<a href="{words(link.url)}">{label(link.text)}</a>' for link in links)


def _profile(link: SocialLink) -> str:
    named = link.label or (link.network or "").replace("_", " ").capitalize() or link.url
    shown = f'<img src="{words(link.icon)}" alt="{words(named)}" width="24">' if link.icon else words(named)
    return f'<a href="{words(link.url)}">{shown}</a>'


def own_align(block: Composed) -> Align | None:
    """How a block is aligned when nobody says it; None as what surrounds it."""
    return None if isinstance(block, _LEFT) else Align.CENTER
