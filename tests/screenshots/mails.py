"""Mails out of a real run of a product: the published example requests, and one mail with every kind of block."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.makers import sequenzy
from tests.makers.installation import Installation
from tests.makers.models import ModelServer
from tests.makers.sequenzy import body_of

_DRAFTED_IN_SECONDS = 30
_REQUESTS = {
    "goal": sequenzy.GOAL,
    "blocks": sequenzy.BLOCKS,
    "html": sequenzy.HTML,
    "discount": sequenzy.DISCOUNT,
    "wind-alert": sequenzy.WIND_ALERT,
}
_GUEST = "guest@example.com"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as somebody got it. `name` is good for a file."""

    name: str
    subject: str
    html: str


async def run_examples(product: Installation, model: ModelServer) -> list[Mail]:
    """Make the sequences of the published requests, let somebody walk through each, and give their mails."""
    mails: list[Mail] = []
    for name, command in _REQUESTS.items():
        async with product.with_a_workspace() as own:
            mails += await _run_example(own, model, name, command)
    return mails


def every_block(product: Installation) -> Mail:
    """One mail with the example of every kind of block."""
    catalogue = product.ask("GET", "/api/email-blocks")
    template = {
        "name": "Every block",
        "subject": "Every kind of block",
        "previewText": "All that a mail can be made of.",
        "blocks": [each["example"] for each in _items(catalogue)],
    }
    product.ask("PUT", "/api/templates/every-block", template)
    product.ask("POST", "/api/contacts", {"email": _GUEST, "properties": {"firstName": "Ada"}})
    # A test shows made-up values where a run would have some, a discount among them.
    product.ask("POST", "/api/templates/every-block/test", {"to": _GUEST, "email": _GUEST})
    product.ask("POST", "/api/test-clock/advance", {"duration": "1m"})
    [mail] = _inbox(product, "every-block", _GUEST)
    return mail


async def _run_example(product: Installation, model: ModelServer, name: str, command: str) -> list[Mail]:
    connection = {"baseUrl": model.url, "model": "small", "apiKey": "none"}
    product.ask("PUT", "/api/connections/llm", connection)
    answer = product.ask("POST", "/v1/sequences", json.loads(body_of(command)))
    await _drafted(product, answer["sequence"]["id"])
    product.ask("POST", f"/v1/sequences/{answer['sequence']['id']}/enable")
    return _walk(product, name)


async def _drafted(product: Installation, sequence: str) -> None:
    for _ in range(_DRAFTED_IN_SECONDS * 10):
        found = product.ask("GET", f"/api/sequences/{sequence}")
        if found.get("enrichmentStatus") not in {"pending", "in_progress"}:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{sequence} was not drafted in {_DRAFTED_IN_SECONDS} s")


def _walk(product: Installation, name: str) -> list[Mail]:
    """Somebody who does what each of the sequences begins with."""
    email = f"{name}@example.com"
    product.ask("POST", "/api/contacts", {"email": email, "properties": {"firstName": "Ada"}})
    product.ask("POST", f"/api/contacts/{email}/tags", {"tags": ["cancelled"]})
    product.ask("POST", "/api/events", {**json.loads(sequenzy.EVENT), "email": email})
    product.ask("POST", "/api/test-clock/advance", {"duration": "20d"})
    return list(_inbox(product, name, email))


def _inbox(product: Installation, name: str, email: str) -> Iterator[Mail]:
    caught = reversed(product.all_of("/api/inbox", email=email))
    for number, mail in enumerate(caught, start=1):
        yield Mail(f"{name}-{number}", mail["subject"], mail["html"])


def _items(catalogue: Any) -> list[Mapping[str, Any]]:
    return list(catalogue["blocks"] if "blocks" in catalogue else catalogue["data"])
