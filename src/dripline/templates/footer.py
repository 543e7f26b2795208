"""The footer: what a mail must say at its end, for every part of it whose author did not say it.

That is a link to opt out, beside one to choose what to get, and, where the defaults of the workspace have one, a postal
address.
"""

import re
from html import unescape

from dripline.templates.defaults import NO_DEFAULTS, MailDefaults
from dripline.templates.liquid.checking import check
from dripline.templates.scope import UNSUBSCRIBE_NAMES

_FRAME = '<p style="margin:24px 0;font:12px/18px sans-serif;color:#6b7280;text-align:center">{}</p>'
_LINK = (
    '<a href="{{ preferences_url }}" style="color:#6b7280">Preferences</a> &middot; '
    '<a href="{{ unsubscribe_url }}" style="color:#6b7280">Unsubscribe</a>'
)
_LINK_AS_TEXT = "Preferences: {{ preferences_url }}\nUnsubscribe: {{ unsubscribe_url }}"

_ADDRESS = "workspace.postalAddress"
_MARKED = re.compile(r"<address\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NO_LETTER = re.compile(r"[\W_]+")


def with_footer(
    html: str, text: str, defaults: MailDefaults = NO_DEFAULTS.settings, *, is_derived: bool = True
) -> tuple[str, str]:
    """HTML and text, both Liquid, each with all that must stand at its end; in the HTML it comes before `</body>`.

    `is_derived`: the text was made of the HTML, and has the address if that has it. An element `address` in the HTML is
    taken for the postal address, whatever it says.
    """
    has_address = _has_address(html, defaults)
    in_text = (is_derived and has_address) or _has_address(text, defaults)
    lines = _missing(html, defaults, link=_LINK, has_address=has_address)
    text_lines = _missing(text, defaults, link=_LINK_AS_TEXT, has_address=in_text)
    end = "\n".join(("", "", "-- ", *text_lines, ""))
    return _before_end(html, "<br>".join(lines)), text.rstrip() + end if text_lines else text


def _missing(part: str, defaults: MailDefaults, *, link: str, has_address: bool) -> list[str]:
    """The lines that a part lacks."""
    has_link = not UNSUBSCRIBE_NAMES.isdisjoint(check(part, "").variables)
    lines = ["{{ workspace.footerText }}"] if defaults.footer_text and not has_link else []
    if not has_address:
        lines += ["{{ workspace.company }}"] if defaults.company else []
        lines += [f"{{{{ {_ADDRESS} }}}}"]
    return lines if has_link else [*lines, link]


def _before_end(html: str, lines: str) -> str:
    if not lines:
        return html
    footer = _FRAME.format(lines)
    end = html.lower().rfind("</body>")
    return html[:end] + footer + html[end:] if end >= 0 else html + footer


def _has_address(part: str, defaults: MailDefaults) -> bool:
    """Whether a part says an address, or there is none to say."""
    letters = _letters(defaults.postal_address)
    if not letters or _MARKED.search(part) or _ADDRESS in check(part, "").variables:
        return True
    return letters in _letters(unescape(_TAG.sub(" ", part)))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()
