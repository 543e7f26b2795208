"""Pages for people without a key: one card in the look of the workspace, in the light and in the dark. Pure.

Nothing is loaded but the logo, no script runs, and no page may be framed or found by a search engine.
"""

import re
from html import escape
from urllib.parse import urlsplit

from litestar import MediaType, Response

from dripline.templates.blocks.theme import PLAIN_THEME, Theme
from dripline.templates.defaults import MailDefaults

PLAIN = MailDefaults()
"""How a page looks where nobody knows whose it is."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# What a colour may be made of: nothing that ends a declaration or loads something.
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]{3,30}|rgba?\([0-9., %]{3,40}\)")
_FONT = re.compile(r"[A-Za-z0-9 ,'_-]{1,200}")
_ORIGIN = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")

_CSS = """*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;
padding:24px 16px;background:var(--page);color:var(--ink);font:17px/1.55 var(--font);overflow-wrap:anywhere}
main{width:100%;max-width:30rem;background:var(--paper);
border:1px solid var(--line);border-radius:16px;padding:32px 24px}
header{margin-bottom:24px;text-align:center;font-weight:600}
header img{max-width:60%;width:var(--logo);height:auto}
h1{margin:0 0 8px;font-size:24px;line-height:1.25;text-align:center}
p{margin:8px 0 16px;text-align:center}
small,footer{color:var(--muted);font-size:14px}
footer{margin-top:24px;text-align:center;white-space:pre-line}
.said{border:1px solid var(--line);border-radius:10px;padding:10px 14px}
label{display:flex;gap:14px;align-items:flex-start;padding:14px 0;border-bottom:1px solid var(--line);cursor:pointer}
label span{flex:1}label small{display:block}
fieldset{margin:0;padding:0;border:0}legend{padding:0;color:var(--muted);font-size:14px}
.more{margin-top:24px}.away{position:absolute;left:-9999px}
.field{display:block;border:0}.field span{font-weight:600}
input[type=email]{display:block;width:100%;min-height:48px;margin-top:8px;padding:10px 14px;font:inherit;
color:var(--ink);background:var(--page);border:1px solid var(--muted);border-radius:10px}
input[type=checkbox]{width:22px;height:22px;margin:2px 0 0;accent-color:var(--accent)}
button{display:block;width:100%;min-height:48px;margin-top:16px;padding:10px 20px;font:inherit;font-weight:600;
cursor:pointer;border-radius:10px;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent)}
button.quiet{background:none;color:inherit;border-color:var(--line);font-weight:400}
a{color:inherit}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (prefers-color-scheme:dark){:root{--page:#0f1115;--paper:#1b1d22;--ink:#e5e7eb;--muted:#a1a1aa;--line:#3f434c}}
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>:root{{color-scheme:light dark;{variables}}}
{css}</style></head>
<body><main>{header}<h1>{title}</h1>{content}</main>{footer}</body></html>
"""


def page(title: str, content: str, defaults: MailDefaults = PLAIN, *, status: int = 200) -> Response[str]:
    """A page. `title` and what the defaults say are text; `content` is HTML, whose texts its maker has escaped."""
    origin = _origin(defaults.logo.url)
    text = _PAGE.format(
        title=escape(title),
        content=content,
        variables=_variables(defaults.theme),
        css=_CSS,
        header=_header(defaults, has_logo=origin is not None),
        footer=_footer(defaults),
    )
    policy = _POLICY if origin is None else f"{_POLICY}; img-src {origin}"
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=headers)


def _variables(theme: Theme) -> str:
    colours = {
        "page": (theme.page_color, PLAIN_THEME.page_color),
        "paper": (theme.paper_color, PLAIN_THEME.paper_color),
        "ink": (theme.text_color, PLAIN_THEME.text_color),
        "muted": (theme.muted_color, PLAIN_THEME.muted_color),
        "line": (theme.border_color, PLAIN_THEME.border_color),
        "accent": (theme.accent_color, PLAIN_THEME.accent_color),
        "on-accent": (theme.accent_text_color, PLAIN_THEME.accent_text_color),
    }
    said = [f"--{name}:{colour if _COLOUR.fullmatch(colour) else plain}" for name, (colour, plain) in colours.items()]
    font = theme.font if _FONT.fullmatch(theme.font) else PLAIN_THEME.font
    return ";".join([*said, f"--font:{font}", f"--logo:{theme.logo_width}px"])


def _header(defaults: MailDefaults, *, has_logo: bool) -> str:
    if has_logo:
        alt = escape(defaults.logo.alt or defaults.company)
        return f'<header><img src="{escape(defaults.logo.url)}" alt="{alt}"></header>'
    return f"<header>{escape(defaults.company)}</header>" if defaults.company else ""


def _footer(defaults: MailDefaults) -> str:
    lines = [line for line in (defaults.company, defaults.postal_address) if line]
    return f"<footer>{escape(chr(10).join(lines))}</footer>" if lines else ""


def _origin(url: str) -> str | None:
    """Where a logo is loaded from; None where that is nowhere on the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _ORIGIN.fullmatch(parts.netloc):
        return None
    return f"{parts.scheme}://{parts.netloc}"
