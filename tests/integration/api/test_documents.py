import json
from pathlib import Path

import httpx

from dripline.api.health import Health
from dripline.database.pool import connect
from dripline.database.presence import announce_worker
from dripline.sequences.language.schema import language_schema


async def test_the_openapi_document_describes_every_route(stranger: httpx.AsyncClient) -> None:
    document = (await stranger.get("/api/openapi.json")).json()

    assert document["openapi"].startswith("3.")
    assert {"get", "post", "put"} <= document["paths"]["/api/contacts"].keys()
    identities = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(identities) == len(set(identities))


async def test_a_browser_at_the_bare_address_is_led_to_the_readable_page(stranger: httpx.AsyncClient) -> None:
    answers = [await stranger.get(path) for path in ("/", "/api", "/api/")]

    assert [(answer.status_code, answer.headers.get("location")) for answer in answers] == [(302, "/api/docs")] * 3


async def test_a_route_that_is_not_there_says_where_all_of_them_are(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/api/nothing")

    assert (response.status_code, response.json()["message"]) == (
        404,
        "There is no such route. All of them: /api/docs",
    )


async def test_the_readable_page_loads_nothing_from_elsewhere(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/api/docs")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "/api/contacts" in response.text
    assert "http://" not in response.text
    assert "https://" not in response.text
    assert "<script" not in response.text


async def test_the_schema_of_the_language_is_open_to_editors(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/api/sequences/schema")

    assert (response.status_code, response.headers["content-type"]) == (200, "application/schema+json")
    assert response.json() == json.loads(json.dumps(language_schema()))
    assert (await stranger.get("/sequences/schema")).content == response.content


async def test_health_names_what_is_missing(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/api/health")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "problems": ["No worker is running. Run: dripline worker"],
    }


async def test_health_is_ok_when_a_worker_is_there(stranger: httpx.AsyncClient, database_url: str) -> None:
    connection = await connect(database_url)
    await announce_worker(connection)

    response = await stranger.get("/health")
    await connection.close()

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_health_without_a_database_is_unavailable(tmp_path: Path) -> None:
    health = Health(f"postgresql://nobody@/nothing?host={tmp_path}")

    assert await health.problems() == ["The database cannot be reached."]
