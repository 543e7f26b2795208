"""Style sheets in HTML that an author wrote become styles of its elements: many mail programs read nothing else.

Nothing is ever loaded from elsewhere. The sheets stay, for what cannot be written on an element: widths of the screen,
dark mode. Where the HTML would say something else afterwards, it stays as it was written.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.plaintext import text_of

if TYPE_CHECKING:
    from css_inline import CSSInliner

_SHEET = re.compile(r"<style\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<html\b", re.IGNORECASE)


def with_inline_styles(html: str) -> str:
    """The HTML with its style sheets applied to its elements; the same where it has none, or is no whole document."""
    if not _SHEET.search(html) or not _DOCUMENT.search(html):
        return html
    hidden = mask(html)
    # As comments between elements, Liquid stays where it stands: in a table, words would be moved out of it.
    words = hidden.hide(lambda number: _stand_in(hidden, number))
    try:
        inlined = _inliner().inline(words)
    except ValueError:
        return html
    return hidden.put_back(inlined) if _says_the_same(hidden, words, inlined) else html


def _stand_in(hidden: Mask, number: int) -> str:
    word, segment = hidden.word(number), hidden.segments[number]
    before = hidden.source[: segment.start]
    is_between_elements = before.rfind(">") > before.rfind("<") and not _in_sheet(before)
    return f"<!--{word}-->" if is_between_elements else word


def _in_sheet(before: str) -> bool:
    folded = before.lower()
    return folded.rfind("<style") > folded.rfind("</style")


def _says_the_same(hidden: Mask, before: str, after: str) -> bool:
    return hidden.numbers(before) == hidden.numbers(after) and text_of(before) == text_of(after)


@cache
def _inliner() -> "CSSInliner":
    from css_inline import CSSInliner

    return CSSInliner(keep_style_tags=True, keep_link_tags=True, load_remote_stylesheets=False)
