"""The footer: an unsubscribe link for every part of a mail whose author gave it none."""

from dripline.templates.liquid.checking import check
from dripline.templates.scope import UNSUBSCRIBE_NAMES

_HTML = (
    '<p style="margin:24px 0;font:12px/18px sans-serif;color:#6b7280;text-align:center">'
    '<a href="{{ unsubscribe_url }}" style="color:#6b7280">Unsubscribe</a></p>'
)
_TEXT = "\n\n-- \nUnsubscribe: {{ unsubscribe_url }}\n"


def with_footer(html: str, text: str) -> tuple[str, str]:
    """HTML and text, both Liquid, each with a link to opt out; in the HTML it comes before `</body>`."""
    return _html_with_footer(html), text if _has_link(text) else text.rstrip() + _TEXT


def _html_with_footer(html: str) -> str:
    if _has_link(html):
        return html
    end = html.lower().rfind("</body>")
    return html[:end] + _HTML + html[end:] if end >= 0 else html + _HTML


def _has_link(part: str) -> bool:
    return not UNSUBSCRIBE_NAMES.isdisjoint(check(part, "").variables)
