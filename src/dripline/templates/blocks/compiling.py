"""From blocks to the HTML of a mail, through MJML."""

from dripline.templates.blocks.held import Held
from dripline.templates.blocks.layout import sections
from dripline.templates.blocks.look import Look, attributes
from dripline.templates.blocks.model import Blocks
from dripline.templates.blocks.theme import DARK_CSS, PLAIN_THEME, Theme
from dripline.templates.mjml.compiling import compile_mjml

_META = '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
_BUTTON = '<mj-button font-size="16px" font-weight="600" inner-padding="12px 24px" />'


def compile_blocks(blocks: Blocks, theme: Theme = PLAIN_THEME) -> str:
    """The HTML of a mail, with the Liquid of its blocks: responsive, fit for dark screens and for Outlook.

    The blocks are such as `reading.read_blocks` gives without a problem.
    """
    held = Held()
    return held.put_back(compile_mjml(mjml_of(blocks, theme, held)))


def mjml_of(blocks: Blocks, theme: Theme, held: Held) -> str:
    """The MJML of blocks, with words in the place of what their author wrote: `held` has that."""
    look = Look(theme, theme.width)
    body = attributes(css_class="dl-page", background_color=theme.page_color, width=f"{theme.width}px")
    return (
        f"<mjml>{_head(theme)}<mj-body{body}>"
        f"{_margin(theme, 28)}{sections(blocks, look, held)}{_margin(theme, 16)}</mj-body></mjml>"
    )


def _head(theme: Theme) -> str:
    every = f"<mj-all{attributes(font_family=theme.font)} />{_BUTTON}"
    style = f"<mj-style>{DARK_CSS}</mj-style><mj-raw>{_META}</mj-raw>"
    return f"<mj-head><mj-attributes>{every}</mj-attributes>{style}</mj-head>"


def _margin(theme: Theme, height: int) -> str:
    """Empty paper above the first block and below the last."""
    given = attributes(css_class="dl-paper", background_color=theme.paper_color, padding=f"{height}px 0 0")
    return f"<mj-section{given}></mj-section>"
