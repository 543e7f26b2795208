"""How a mail of blocks looks where its blocks do not say it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dripline.templates.blocks.values import Colour

Font = Annotated[str, Meta(pattern=r"^[A-Za-z0-9 ,'_-]{1,200}$")]


class Theme(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Colours, font, and the widths in pixels of a mail on a large screen and of a logo."""

    font: Font = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
    width: Annotated[int, Meta(ge=320, le=900)] = 600
    logo_width: Annotated[int, Meta(ge=1, le=900)] = 140
    page_color: Colour = "#f3f4f6"
    paper_color: Colour = "#ffffff"
    text_color: Colour = "#1f2937"
    muted_color: Colour = "#6b7280"
    accent_color: Colour = "#2563eb"
    accent_text_color: Colour = "#ffffff"
    border_color: Colour = "#e5e7eb"


PLAIN_THEME = Theme()

# What stands on a colour of the theme changes in the dark; what has a colour of its author's keeps it.
_DARK = {
    "page": "#0f1115",
    "paper": "#1b1d22",
    "ink": "#e5e7eb",
    "muted": "#a1a1aa",
    "link": "#8ab4f8",
    "line": "#3f434c",
}

DARK_CSS = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    f"body,.dl-page{{background-color:{_DARK['page']}!important}}"
    f".dl-paper,.dl-paper>table{{background:{_DARK['paper']}!important;background-color:{_DARK['paper']}!important}}"
    f".dl-ink>div{{color:{_DARK['ink']}!important}}"
    f".dl-muted>div{{color:{_DARK['muted']}!important}}"
    f".dl-ink table{{color:{_DARK['ink']}!important}}"
    f".dl-link{{color:{_DARK['link']}!important}}"
    f".dl-card>table>tbody>tr>td,.dl-line p{{border-color:{_DARK['line']}!important}}"
    "}"
)
"""The style sheet of the dark: mail programs that know no dark leave it alone."""
