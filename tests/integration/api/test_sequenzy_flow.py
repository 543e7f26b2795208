"""Who comes into sequences of the wire form, how often, and who is taken out of them: every trigger, mode and stop."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.test_sequenzy_people import advance, inside, post, saved
from tests.integration.api.test_sequenzy_sequences import enabled

pytestmark = pytest.mark.usefixtures("working")

A_WEEK = [{"type": "delay", "delay": {"days": 7}}]


async def happen(client: httpx.AsyncClient, event: str, **properties: Any) -> None:
    body = {"email": "ann@example.com", "event": event, "properties": properties}
    await post(client, "/subscribers/events", body, 201)


async def statuses(client: httpx.AsyncClient, sequence: str) -> list[str]:
    everybody = "?status=active,waiting,paused,completed,failed,cancelled&sort=enrolled_at_asc"
    rows = (await client.get(f"/api/v1/sequences/{sequence}/enrollments{everybody}")).json()["enrollments"]
    return ["inside" if row["status"] in ("active", "waiting") else row["status"] for row in rows]


async def test_a_frequency_is_reached_with_the_last_of_its_events(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "trigger": "frequency", "eventName": "login", "minCount": 3, "timeWindowDays": 7}
    sequence = await enabled(client, {**body, "steps": A_WEEK})

    seen = []
    for _ in range(3):
        await happen(client, "login")
        seen.append(await inside(client, sequence))

    assert seen == [[], [], ["ann@example.com"]]


async def test_who_falls_silent_enters_after_so_many_days(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "trigger": "inactivity", "eventName": "login", "inactiveDays": 3}
    sequence = await enabled(client, {**body, "steps": A_WEEK})
    await advance(client, "0m")
    await happen(client, "login")

    seen = []
    for duration in ("2d", "23h", "2h"):
        await advance(client, duration)
        seen.append(await inside(client, sequence))

    assert seen == [[], [], ["ann@example.com"]]


async def test_who_comes_into_a_segment_enters_and_who_was_in_it_does_not(client: httpx.AsyncClient) -> None:
    await saved(client, email="old@example.com", customAttributes={"plan": "pro"})
    rules = {"property": "contact.properties.plan", "operator": "equals", "value": "pro"}
    made = await client.post("/api/segments", json={"name": "Pros", "rules": rules})
    assert made.status_code == 201, made.text
    await advance(client, "1m")
    body = {"name": "x", "trigger": "segment_entered", "segmentId": made.json()["id"], "steps": A_WEEK}
    sequence = await enabled(client, body)

    await saved(client, customAttributes={"plan": "free"})
    await client.patch("/api/v1/subscribers/ann@example.com", json={"customAttributes": {"plan": "pro"}})
    await advance(client, "1m")

    assert await inside(client, sequence) == ["ann@example.com"]


async def test_a_property_filter_lets_only_some_events_start(client: httpx.AsyncClient) -> None:
    filters = [{"path": "order.total", "operator": "greater_than", "value": "100"}]
    body = {"name": "x", "trigger": "event_received", "eventName": "ordered", "propertyFilters": filters}
    sequence = await enabled(client, {**body, "steps": A_WEEK})

    await happen(client, "ordered", order={"total": 100})
    before = await inside(client, sequence)
    await happen(client, "ordered", order={"total": 101})

    assert (before, await inside(client, sequence)) == ([], ["ann@example.com"])


@pytest.mark.parametrize(
    ("mode", "runs"),
    [
        ({}, ["cancelled", "inside"]),
        ({"enrollmentMode": "one_time"}, ["cancelled"]),
        ({"enrollmentMode": "matching_field", "enrollmentFieldPath": "order.id"}, ["cancelled", "cancelled", "inside"]),
    ],
)
async def test_every_mode_lets_somebody_in_as_often_as_it_says(
    client: httpx.AsyncClient, mode: Mapping[str, Any], runs: list[str]
) -> None:
    stop = {"stopCondition": {"type": "event_received", "value": "closed"}}
    body = {"name": "x", "trigger": "event_received", "eventName": "ordered", **stop, **mode}
    sequence = await enabled(client, {**body, "steps": A_WEEK})

    for order in ("1", "1", "2"):
        await happen(client, "ordered", order={"id": order})
    await happen(client, "closed")
    await happen(client, "ordered", order={"id": "1"})

    assert await statuses(client, sequence) == runs


async def test_a_product_that_comes_back_has_a_run_of_its_own(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "trigger": "event_received", "eventName": "ecommerce.back_in_stock", "steps": A_WEEK}
    sequence = await enabled(client, body)

    for variant in ("1", "1", "2"):
        await happen(client, "ecommerce.back_in_stock", product={"providerVariantId": variant})

    rows = (await client.get(f"/api/v1/sequences/{sequence}/enrollments")).json()["enrollments"]
    assert sorted(row["enrollmentKey"] for row in rows) == ["1", "2"]


@pytest.mark.parametrize(
    "kind", ["has_tag", "does_not_have_tag", "event_received", "added_to_list", "removed_from_list"]
)
async def test_every_stop_condition_ends_a_run_at_once(client: httpx.AsyncClient, kind: str) -> None:
    news = (await post(client, "/lists", {"name": "News"}, 201))["list"]["id"]
    ann = {"email": "ann@example.com"}
    await saved(client, tags=["lead"], lists=[news] if kind == "removed_from_list" else [])
    values = {"has_tag": "Customer", "does_not_have_tag": "lead", "event_received": "paid"}
    stop = {"type": kind, "value": values.get(kind, news)}
    sequence = await enabled(client, {"name": "x", "trigger": "manual", "stopCondition": stop, "steps": A_WEEK})
    await post(client, f"/sequences/{sequence}/enroll", {"emails": ["ann@example.com"]})
    before = await statuses(client, sequence)

    match kind:
        case "has_tag":
            await post(client, "/subscribers/tags", {**ann, "tag": "customer"})
        case "does_not_have_tag":
            await post(client, "/subscribers/tags/remove", {**ann, "tag": "lead"})
        case "event_received":
            await happen(client, "paid")
        case "added_to_list":
            await post(client, f"/lists/{news}/subscribers", {"emails": ["ann@example.com"]})
        case _:
            taken = await client.request("DELETE", f"/api/lists/{news}/contacts", json={"emails": ["ann@example.com"]})
            assert taken.status_code == 200, taken.text

    assert (before, await statuses(client, sequence)) == (["inside"], ["cancelled"])
