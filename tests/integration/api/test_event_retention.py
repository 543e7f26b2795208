"""How long events are kept, and their archive, over HTTP."""

import gzip
import json
from datetime import timedelta

import httpx
import pytest

from dripline.database.pool import Database
from dripline.engine.facts.retaining import archive_old_events
from dripline.kernel.clock import real_now
from tests.integration.api.conftest import error_of


async def test_events_are_kept_for_ever_until_somebody_says_for_how_long(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/event-retention")).json()

    said = await client.put("/api/event-retention", json={"days": 400})

    assert (first, said.status_code, said.json()) == ({"days": None}, 200, {"days": 400})
    assert (await client.get("/event-retention")).json() == {"days": 400}
    assert (await client.delete("/api/event-retention")).status_code == 204
    assert (await client.delete("/api/event-retention")).status_code == 404
    assert (await client.get("/api/event-retention")).json() == {"days": None}


@pytest.mark.parametrize("days", [29, 3_661, 0, -1, 30.5, "400", None])
async def test_a_retention_that_cannot_be_is_refused(client: httpx.AsyncClient, days: object) -> None:
    response = await client.put("/api/event-retention", json={"days": days})

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, "days")


async def test_archived_events_are_read_as_compressed_lines(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient, database: Database
) -> None:
    told = (await client.post("/api/events", json={"email": "ann@example.com", "event": "old"})).json()
    await client.put("/api/event-retention", json={"days": 30})

    await archive_old_events(database, real=real_now() + timedelta(days=31))

    [part] = (await client.get("/api/events/archive")).json()["data"]
    content = await client.get(f"/api/events/archive/{part['id']}")
    assert (part["events"], part["firstAt"], part["lastAt"]) == (1, told["createdAt"], told["createdAt"])
    assert (content.headers["content-type"], part["size"]) == ("application/gzip", len(content.content))
    assert json.loads(gzip.decompress(content.content)) == {
        key: told[key] for key in ("id", "event", "contactId", "email", "properties", "timestamp", "createdAt")
    }
    assert (await client.get("/api/events")).json()["data"] == []
    assert (await other_client.get(f"/api/events/archive/{part['id']}")).status_code == 404
    assert (await other_client.get("/api/events/archive")).json()["data"] == []


async def test_a_part_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    answers = [await client.get(f"/api/events/archive/{ref}") for ref in ("nothing", "arc_00000000000000000000000000")]

    assert [answer.status_code for answer in answers] == [404, 404]
