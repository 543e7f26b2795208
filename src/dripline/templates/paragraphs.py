"""The HTML part of a mail whose author wrote text alone: the same words and the same Liquid, in paragraphs."""

import re
from html import escape

from dripline.templates.liquid.masking import mask
from dripline.templates.liquid.segments import Unclosed

_BETWEEN = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def html_of(text: str) -> str:
    """The HTML of a text with Liquid in it. A text whose Liquid is broken stays as it is: the compiler refuses it."""
    try:
        masked = mask(text)
    except Unclosed:
        return text
    words = escape(masked.hide(masked.word).replace("\r\n", "\n").strip(), quote=False)
    paragraphs = (paragraph.replace("\n", "<br>\n") for paragraph in _BETWEEN.split(words))
    return masked.put_back("".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs))
