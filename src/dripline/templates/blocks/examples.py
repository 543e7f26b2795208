"""One example of each kind of block, as an author would send it."""

from collections.abc import Mapping
from typing import Any

_IMAGE = "https://example.com/images"

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "heading": {"id": "heading-1", "type": "heading", "content": "Welcome, {{ firstName }}!", "level": 1},
    "text": {
        "id": "text-1",
        "type": "text",
        "content": '<p>Thanks for signing up. <a href="https://example.com/start">Start here</a>.</p>',
        "variant": "paragraph",
    },
    "button": {"type": "button", "text": "Open your account", "url": "https://example.com/account?from={{ email }}"},
    "image": {
        "type": "image",
        "src": f"{_IMAGE}/team.png",
        "alt": "The team at work",
        "width": 480,
        "href": "https://example.com/about",
    },
    "divider": {"type": "divider"},
    "spacer": {"type": "spacer", "height": 32},
    "list": {"type": "list", "items": ["Complete your profile", "Explore the <b>dashboard</b>"], "ordered": True},
    "columns": {
        "type": "columns",
        "columns": [
            {"width": 40, "blocks": [{"type": "image", "src": f"{_IMAGE}/plan.png", "alt": "Your plan"}]},
            {"width": 60, "blocks": [{"type": "text", "content": "<p>Your plan has three parts.</p>"}]},
        ],
    },
    "group": {
        "type": "group",
        "styles": {"backgroundColor": "#eef2ff"},
        "blocks": [{"type": "text", "content": "<p>These two belong together.</p>"}, {"type": "divider"}],
    },
    "card": {
        "type": "card",
        "title": "Pro",
        "content": "<p>For teams of up to ten.</p>",
        "blocks": [{"type": "button", "text": "Choose Pro", "url": "https://example.com/pro"}],
    },
    "html": {"type": "html", "content": '<table><tr><td style="color:#b91c1c">As it is.</td></tr></table>'},
    "hero": {
        "type": "hero",
        "title": "Your trial has begun",
        "content": "Fourteen days, all features.",
        "src": f"{_IMAGE}/hero.png",
        "alt": "A hill in the morning",
        "buttonText": "Begin",
        "buttonUrl": "https://example.com/begin",
    },
    "testimonial": {
        "type": "testimonial",
        "quote": "It took us an afternoon.",
        "author": "Ada Byron",
        "role": "Engines Ltd",
        "src": f"{_IMAGE}/ada.png",
        "alt": "Ada Byron",
    },
    "social": {
        "type": "social",
        "links": [
            {"network": "mastodon", "url": "https://example.com/@us"},
            {"network": "youtube", "label": "Our videos", "url": "https://example.com/videos"},
        ],
    },
    "logo": {"type": "logo", "src": f"{_IMAGE}/logo.png", "alt": "Example", "href": "https://example.com"},
    "header": {
        "type": "header",
        "title": "Example",
        "href": "https://example.com",
        "links": [{"text": "Docs", "url": "https://example.com/docs"}],
    },
    "footer": {
        "type": "footer",
        "content": "You get this mail because you signed up.",
        "company": "Example Ltd",
        "address": "1 Main Street, 12345 Town",
        "unsubscribeText": "Unsubscribe",
    },
    "video": {
        "type": "video",
        "url": "https://example.com/video",
        "thumbnail": f"{_IMAGE}/video.png",
        "alt": "A tour of three minutes",
    },
    "discount-code": {
        "type": "discount-code",
        "code": "{{ discount.code }}",
        "label": "{{ discount.percentOff }}% off",
        "content": "Until the end of the month.",
    },
    "countdown": {"type": "countdown", "endsAt": "2030-01-31T23:59:00Z", "label": "The offer ends in"},
    "table": {
        "type": "table",
        "headers": ["Plan", "Price"],
        "rows": [["Basic", "free"], ["Pro", "20 a month"]],
    },
    "product": {
        "type": "product",
        "name": "A good lamp",
        "src": f"{_IMAGE}/lamp.png",
        "alt": "A lamp",
        "price": "39",
        "oldPrice": "49",
        "content": "It shines.",
        "url": "https://example.com/lamp",
        "buttonText": "Look at it",
    },
    "conditional-group": {
        "type": "conditional-group",
        "condition": {"property": "contact.properties.plan", "operator": "equals", "value": "pro"},
        "blocks": [{"type": "text", "content": "<p>Thank you for going Pro.</p>"}],
        "else": [{"type": "button", "text": "Go Pro", "url": "https://example.com/pro"}],
    },
    "repeat": {
        "type": "repeat",
        "source": "event.order.items",
        "as": "item",
        "blocks": [{"type": "text", "content": "<p>{{ item.name }}: {{ item.price }}</p>"}],
    },
}
