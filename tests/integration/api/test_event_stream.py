"""The live feed over a real connection: nothing missed, nothing repeated."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from tests.integration.api.conftest import a_key, error_of


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the stream."""

    id: str
    event: dict[str, Any] | None


@pytest.fixture
async def remote(address: str, database: Database, test_workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await a_key(database, test_workspace)}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=20) as client:
        yield client


async def frames(response: httpx.Response) -> AsyncIterator[Frame]:
    place, event = "", None
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        match name:
            case "id":
                place = value
            case "data":
                event = json.loads(value)
            case "":
                yield Frame(place, event)
                event = None


async def read(remote: httpx.AsyncClient, count: int, after: str | None = None) -> list[Frame]:
    """The first frames of a connection, that with the place where it began included."""
    headers = {"Last-Event-ID": after} if after else {}
    found: list[Frame] = []
    async with remote.stream("GET", "/api/events/stream", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        async for frame in frames(response):
            found.append(frame)
            if len(found) == count:
                break
    return found


async def track(remote: httpx.AsyncClient, name: str) -> dict[str, Any]:
    response = await remote.post("/api/events", json={"email": f"{name}@example.com", "event": name})
    event: dict[str, Any] = response.json()
    del event["duplicate"]
    return event


async def test_an_event_is_streamed_as_it_is_tracked(remote: httpx.AsyncClient) -> None:
    [start] = await read(remote, 1)
    reading = asyncio.create_task(read(remote, 3, start.id))

    tracked = [await track(remote, "first"), await track(remote, "second")]

    assert start.event is None
    assert [frame.event for frame in (await reading)[1:]] == tracked


async def test_a_reconnect_goes_on_where_it_was(remote: httpx.AsyncClient) -> None:
    [start] = await read(remote, 1)
    tracked = [await track(remote, f"event-{n}") for n in range(3)]

    before = await read(remote, 2, start.id)
    behind = await read(remote, 3, before[-1].id)

    assert [frame.event for frame in [*before[1:], *behind[1:]]] == tracked


async def test_events_that_commit_at_the_same_time_come_once_each(remote: httpx.AsyncClient) -> None:
    [start] = await read(remote, 1)
    tracked = await asyncio.gather(*(track(remote, f"event-{n}") for n in range(40)))

    before = await read(remote, 21, start.id)
    behind = await read(remote, 21, before[-1].id)

    seen = [frame.event["id"] for frame in [*before, *behind] if frame.event is not None]
    assert sorted(seen) == sorted(event["id"] for event in tracked)


async def test_events_of_another_workspace_are_not_streamed(
    remote: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    [start] = await read(remote, 1)
    await track(other_client, "theirs")
    ours = await track(remote, "ours")

    assert [frame.event for frame in (await read(remote, 2, start.id))[1:]] == [ours]


@pytest.mark.parametrize("place", ["nonsense", "1", "-1-" + "0" * 32, "9" * 30 + "-" + "0" * 32, "1-xyz"])
async def test_a_place_that_is_none_is_refused(client: httpx.AsyncClient, place: str) -> None:
    by_header = await client.get("/api/events/stream", headers={"Last-Event-ID": place})
    by_query = await client.get("/api/events/stream", params={"lastEventId": place})

    assert (by_header.status_code, by_query.status_code) == (400, 400)
    assert error_of(by_header)["details"][0]["path"] == "Last-Event-ID"
