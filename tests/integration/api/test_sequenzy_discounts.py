"""The published discount sequence over HTTP: made, enabled, started by a tag, mailed with a code a day later."""

import json

import httpx
import pytest

from tests.integration.api.test_sequenzy_people import advance, post, saved
from tests.integration.api.test_sequenzy_sequences import enabled
from tests.makers import sequenzy

pytestmark = pytest.mark.usefixtures("working")

PUBLISHED = json.loads(sequenzy.body_of(sequenzy.DISCOUNT))


async def test_the_published_win_back_mails_its_code_a_day_later(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client, PUBLISHED)
    await advance(client, "0m")
    await saved(client)
    await post(client, "/subscribers/tags", {"email": "ann@example.com", "tag": "cancelled"})

    await advance(client, "23h")
    early = (await client.get("/api/inbox")).json()["data"]
    await advance(client, "2h")
    [mail] = (await client.get("/api/inbox")).json()["data"]

    runs = (await client.get(f"/api/sequences/{sequence}/enrollments")).json()["data"]
    code = runs[0]["discount"]["code"]
    assert early == []
    assert code.startswith("TEST-WINBACK-")
    assert mail["subject"] == f"Come back with {code}"
    assert f"Use {code} for 20% off your next subscription." in mail["text"]
