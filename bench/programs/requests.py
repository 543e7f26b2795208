"""Requests to track events, made before anything is measured. Each event has a number that comes once."""

import json
import random
from collections.abc import Sequence

from bench.people import address

NAMES = ("page.viewed", "report.sent", "trial.started", "project.made", "colleague.invited")
"""What happens, all equally often. One of them starts a sequence."""

_PADDING = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def make_requests(count: int, *, batch: int, contacts: int, seed: int, key: str) -> Sequence[bytes]:
    """Requests in HTTP/1.1: of one event each to /api/events, or of `batch` to /api/events/batch.

    About contact 0, 1, 2… of `contacts`, then from the beginning again; about 500 bytes of JSON an event.
    """
    chance = random.Random(seed)
    if not batch:
        return [_request("/api/events", _event(chance, number, contacts), key) for number in range(count)]
    bodies = ([_event(chance, start + n, contacts) for n in range(batch)] for start in range(0, count * batch, batch))
    return [_request("/api/events/batch", {"events": body}, key) for body in bodies]


def _event(chance: random.Random, number: int, contacts: int) -> dict[str, object]:
    return {
        "email": address(number % contacts),
        "event": chance.choice(NAMES),
        "properties": {
            "n": number,
            "plan": chance.choice(("free", "trial", "pro")),
            "seats": chance.randrange(1, 50),
            "url": f"https://app.example.com/projects/{chance.randrange(10**6)}/reports",
            "referrer": "https://www.example.org/search?q=how+to+send+a+report",
            "device": {"agent": _PADDING, "width": 1440, "touch": False, "language": "en-GB"},
        },
    }


def _request(path: str, body: object, key: str) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
