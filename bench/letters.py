"""Five templates of real size, and somebody to render them for: what `renders` and `blocks` measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dripline.templates.compiling import compile_template
from dripline.templates.model import TemplateDraft

_PARAGRAPH = (
    "<p>A sequence is a list of small promises: what you say, when you say it, and to whom. Write the second mail "
    "before the first one is sent, and you will see which of the two is missing. It takes {{ minutes }} minutes.</p>"
)
_LINES = "".join(
    f'<tr><td style="padding:8px;border-bottom:1px solid #e5e7eb">Line {number} of the statement</td>'
    f'<td style="padding:8px;text-align:right">{number * 7}.00 {{{{ currency }}}}</td></tr>'
    for number in range(1, 41)
)

NOTE = TemplateDraft(
    "note",
    "{{ firstName | default: 'Hello' }}, a question",
    html="<p>Hi {{ firstName | default: 'there' }},</p><p>you have been with us for {{ days }} days. What would you "
    'change first at {{ company }}?</p><p>Just answer this mail, or <a href="{{ unsubscribe_url }}">leave</a>.</p>',
)
ORDER = TemplateDraft(
    "order",
    "Your order {{ event.order.id }}",
    html="<html><body><h1>Thank you, {{ firstName }}!</h1><table width='600'>{% for item in event.order.items %}<tr>"
    "<td><img src='{{ item.image }}' alt='{{ item.name | escape }}' width='80'></td><td>{{ forloop.index }}. "
    "{{ item.name }}{% if item.note %}<br><em>{{ item.note }}</em>{% endif %}</td><td>{{ item.count }} at "
    "{{ item.price | round: 2 }}</td><td>{{ item.count | times: item.price | round: 2 }}</td></tr>{% endfor %}</table>"
    "<p>Sum: {{ event.order.sum }} {{ currency | upcase }}, to {{ event.order.city | capitalize }}.</p>"
    "<p><a href='{{ unsubscribe_url }}'>Unsubscribe</a></p></body></html>",
)
STATEMENT = TemplateDraft(
    "statement",
    "Your statement of {{ 'now' | date: '%B %Y' }}",
    html=f"<html><head><style>td{{font:14px sans-serif}}</style></head><body><h1>{{{{ company }}}}</h1>"
    f"{_PARAGRAPH * 3}<table width='600'>{_LINES}</table>{_PARAGRAPH * 3}"
    "<a href='{{ unsubscribe_url }}'>Unsubscribe</a></body></html>",
)
WELCOME_BLOCKS: Sequence[Mapping[str, Any]] = (
    {"type": "header", "title": "Example", "links": [{"text": "Docs", "url": "https://example.com/docs"}]},
    {"type": "hero", "title": "Welcome, {{ firstName }}!", "content": "Fourteen days, all features.",
     "src": "https://example.com/hero.png", "alt": "A hill", "buttonText": "Begin", "buttonUrl": "https://example.com"},
    {"type": "text", "content": _PARAGRAPH},
    {"type": "list", "items": ["Invite {{ company }}", "Import your contacts", "Write <b>one</b> sequence"],
     "ordered": True},
    {"type": "conditional-group", "if": 'plan == "pro"',
     "blocks": [{"type": "text", "content": "<p>Thank you for going Pro.</p>"}],
     "else": [{"type": "button", "text": "Go Pro", "url": "https://example.com/pro?from={{ email }}"}]},
    {"type": "testimonial", "quote": "It took us an afternoon.", "author": "Ada Byron", "role": "Engines Ltd"},
    {"type": "footer", "company": "Example Ltd", "address": "1 Main Street, 12345 Town"},
)  # fmt: skip
DIGEST_BLOCKS: Sequence[Mapping[str, Any]] = (
    {"type": "header", "title": "The digest of {{ company }}"},
    *(
        block
        for number in range(1, 9)
        for block in (
            {"type": "heading", "content": f"Story {number} for {{{{ firstName }}}}", "level": 2},
            {"type": "columns", "columns": [
                {"width": 40, "blocks": [{"type": "image", "src": f"https://example.com/{number}", "alt": "A view"}]},
                {"width": 60, "blocks": [{"type": "text", "content": _PARAGRAPH}, {"type": "button", "text": "Read",
                 "url": f"https://example.com/{number}?from={{{{ email | url_encode }}}}"}]},
            ]},
            {"type": "divider"},
        )
    ),
    {"type": "repeat", "source": "event.order.items", "as": "item",
     "blocks": [{"type": "text", "content": "<p>{{ item.name }}: {{ item.price }}</p>"}]},
    {"type": "footer", "company": "Example Ltd", "address": "1 Main Street, 12345 Town"},
)  # fmt: skip
WELCOME = TemplateDraft("welcome", "Welcome, {{ firstName }}", blocks=WELCOME_BLOCKS, preview_text="All features")
DIGEST = TemplateDraft("digest", "{{ company }}: eight stories", blocks=DIGEST_BLOCKS)


@dataclass(frozen=True, slots=True)
class Letter:
    """A template as it is rendered: three parts, each Liquid."""

    name: str
    subject: str
    html: str
    text: str


def letters() -> list[Letter]:
    """The five templates, compiled as when they are saved."""
    found = []
    for draft in (NOTE, ORDER, STATEMENT, WELCOME, DIGEST):
        compiled = compile_template(draft)
        found.append(Letter(draft.name, draft.subject, compiled.html, compiled.text))
    return found


def properties(number: int) -> dict[str, Any]:
    """What is known of the contact with this number."""
    return {
        "firstName": f"Ada <{number}>",
        "company": f"Example & Sons {number % 97}",
        "plan": "pro" if number % 3 else "basic",
        "days": number % 365,
        "minutes": number % 60,
        "currency": "eur",
        **{f"fact{index}": f"value {index} of {number}" for index in range(14)},
    }


def event(number: int) -> dict[str, Any]:
    """What the contact with this number has ordered."""
    items = [
        {
            "name": f"Thing {index} of {number}",
            "price": 3.5 * index,
            "count": index,
            "image": f"https://example.com/{index}.png",
            "note": "fragile" if index % 2 else None,
        }
        for index in range(1, 6)
    ]
    return {"order": {"id": number, "items": items, "sum": 192.5, "city": "town"}}
