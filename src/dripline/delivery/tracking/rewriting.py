"""Putting tracking into HTML that is ready to go: links lead through us, and a picture tells that it was opened. Pure.

Only whole tags are looked at and only the value of `href` is replaced, so that everything else stays as it was written.
"""

import re
from collections.abc import Callable
from html import escape, unescape

# Up to the next angle bracket, so that no text makes this slow. What has one inside a quoted value is left alone.
_LINK = re.compile(r"<a(?:rea)?\s[^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"""(\shref\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_LEFT_ALONE = re.compile(r"""\s(?:data-no-track\b|clicktracking\s*=\s*["']?off\b)""", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\x00-\x1f\x7f/?#@\\]+(?:[/?#][^\s\x00-\x1f\x7f]*)?", re.IGNORECASE)
_BLANKS = str.maketrans("", "", "\t\n\r")

_PIXEL = '<img src="{url}" alt="" width="1" height="1" style="display:block;width:1px;height:1px;border:0">'


def with_links(html: str, link_to: Callable[[str], str | None]) -> str:
    """HTML whose links to the web lead where `link_to` says; None leaves one as it is.

    Its author keeps a link as it is by the attribute `data-no-track`, or `clicktracking="off"`.
    """
    return _LINK.sub(lambda tag: _rewritten(tag[0], link_to), html)


def with_picture(html: str, url: str) -> str:
    """HTML with the picture of this address as the last thing in its body."""
    picture = _PIXEL.format(url=escape(url))
    ends = list(_BODY_END.finditer(html))
    if not ends:
        return html + picture
    at = ends[-1].start()
    return html[:at] + picture + html[at:]


def _rewritten(tag: str, link_to: Callable[[str], str | None]) -> str:
    found = _HREF.search(tag)
    if found is None or _LEFT_ALONE.search(tag):
        return tag
    # As a browser reads it: references resolved, blanks around it and line breaks within it gone.
    target = unescape(found[2][1:-1]).strip().translate(_BLANKS)
    link = link_to(target) if _WEB.fullmatch(target) else None
    if link is None:
        return tag
    return f'{tag[: found.start()]}{found[1]}"{escape(link)}"{tag[found.end() :]}'
