"""The frequency cap over HTTP."""

import httpx
import pytest

from tests.integration.api.conftest import error_of


async def test_a_cap_is_set_changed_read_and_removed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/frequency-cap")).status_code == 404

    assert (await client.put("/api/frequency-cap", json={"max": 3, "within": "7d"})).json() == {
        "max": 3,
        "within": "7d",
    }
    assert (await client.put("/api/frequency-cap", json={"max": 1, "within": "90m"})).status_code == 200

    assert (await client.get("/frequency-cap")).json() == {"max": 1, "within": "1h30m"}
    assert (await client.delete("/api/frequency-cap")).status_code == 204
    assert (await client.delete("/api/frequency-cap")).status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"max": 0, "within": "7d"}, "max"),
        ({"max": 10_001, "within": "7d"}, "max"),
        ({"max": 3, "within": "a week"}, "within"),
        ({"max": 3, "within": "0m"}, "within"),
        ({"max": 3, "within": "53w"}, "within"),
        ({"max": "3", "within": "7d"}, "max"),
        ({"within": "7d"}, "max"),
        ({"max": 3, "within": "7d", "per": "day"}, "per"),
    ],
)
async def test_a_cap_that_makes_no_sense_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, object], place: str
) -> None:
    response = await client.put("/api/frequency-cap", json=body)

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [place]
