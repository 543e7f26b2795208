"""Requests, made before anything is measured: events to track, hits by links in mail, questions."""

import json
import random
from collections.abc import Sequence
from uuid import UUID

from bench.people import SECRET, address
from dripline.delivery.tracking.links import Clicked, Opened, TrackingLinks
from dripline.kernel.ids import MessageId, WorkspaceId

NAMES = ("page.viewed", "report.sent", "trial.started", "project.made", "colleague.invited")
"""What happens, all equally often. One of them starts a sequence."""

_PADDING = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def make_requests(count: int, *, batch: int, contacts: int, seed: int, key: str) -> Sequence[bytes]:
    """Requests in HTTP/1.1: of one event each to /api/events, or of `batch` to /api/events/batch.

    About contact 0, 1, 2… of `contacts`, then from the beginning again; about 500 bytes of JSON an event. Each event
    has a number that comes once.
    """
    chance = random.Random(seed)
    if not batch:
        return [_request("/api/events", _event(chance, number, contacts), key) for number in range(count)]
    bodies = ([_event(chance, start + n, contacts) for n in range(batch)] for start in range(0, count * batch, batch))
    return [_request("/api/events/batch", {"events": body}, key) for body in bodies]


def make_hits(count: int, workspace: UUID, messages: int) -> Sequence[bytes]:
    """Requests by links in mail, from a browser: a click and an opening of message 1, of 2… of `messages`, and again.

    The ids of the messages are their numbers. Each click leads somewhere else: its number comes once.
    """
    links, space = TrackingLinks(SECRET, ""), WorkspaceId(workspace)

    def path(number: int) -> str:
        message = MessageId(UUID(int=number // 2 % messages + 1))
        if number % 2:
            return links.open_url(Opened(space, message))
        return links.click_url(Clicked(space, message, f"https://app.example.com/start?plan=trial&n={number}"))

    head = f"Host: localhost\r\nUser-Agent: {_PADDING}\r\nAccept: */*\r\n\r\n"
    return [f"GET {path(number)} HTTP/1.1\r\n{head}".encode() for number in range(count)]


def make_questions(count: int, paths: Sequence[str], *, seed: int, key: str) -> Sequence[bytes]:
    """Requests for paths, each as often as chance has it."""
    chance = random.Random(seed)
    head = f"Host: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
    return [f"GET {chance.choice(paths)} HTTP/1.1\r\n{head}".encode() for _ in range(count)]


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
