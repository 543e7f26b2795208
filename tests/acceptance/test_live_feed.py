"""The live feed goes on where it was left: nothing is missed, nothing comes twice."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.makers.installation import Installation

_BATCH = 25


def test_a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice(product: Installation) -> None:
    place, _ = _read(product, None, most=0)
    names = [f"feed.{number}" for number in range(4 * _BATCH)]
    with ThreadPoolExecutor(4) as writers:
        writing = [writers.submit(_track, product, names[first::4]) for first in range(4)]

        seen: list[str] = []
        while len(seen) < len(names):
            place, more = _read(product, place, most=min(7, len(names) - len(seen)))
            seen += more

        assert [each.exception() for each in writing] == [None] * 4
    _track(product, ["feed.end"])
    _, after = _read(product, place, most=1)
    assert (sorted(seen), after) == (sorted(names), ["feed.end"])


def test_the_feed_tells_of_every_contact_of_the_workspace(product: Installation) -> None:
    place, _ = _read(product, None, most=0)
    for name in ("ada", "ben"):
        product.ask("POST", "/api/events", {"email": f"{name}@example.com", "event": f"feed.of.{name}"})

    _, seen = _read(product, place, most=2)

    assert seen == ["feed.of.ada", "feed.of.ben"]


def _track(product: Installation, names: list[str]) -> None:
    """Track events one by one, on a connection of one's own."""
    headers = {"Authorization": f"Bearer {product.key}"}
    with httpx.Client(base_url=product.url, headers=headers) as client:
        for name in names:
            body = {"email": f"{name}@example.com", "event": name}
            client.post("/api/events", json=body).raise_for_status()


def _read(product: Installation, place: str | None, *, most: int) -> tuple[str, list[str]]:
    """Read on behind a place until `most` events of ours have come, then hang up; the last place and their names."""
    headers = {"Last-Event-ID": place} if place is not None else {}
    seen: list[str] = []
    with product.client.stream("GET", "/api/events/stream", headers=headers, timeout=15) as response:
        for at, name in _frames(response):
            place = at
            if name is not None and name.startswith("feed."):
                seen.append(name)
            if len(seen) >= most:
                break
    assert place is not None
    return place, seen


def _frames(response: httpx.Response) -> Iterator[tuple[str, str | None]]:
    """Places, each with the name of its event; the first one, which only says where we are, has none."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "id" in fields:
            event = json.loads(fields["data"])["event"] if "data" in fields else None
            yield fields["id"], event
            fields = {}
