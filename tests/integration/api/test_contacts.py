import httpx
import pytest

from tests.integration.api.conftest import error_of


async def created(client: httpx.AsyncClient, email: str = "Alice@Example.com", **fields: object) -> dict[str, object]:
    response = await client.post("/api/contacts", json={"email": email, **fields})
    assert response.status_code == 201, response.text
    contact: dict[str, object] = response.json()
    return contact


async def test_a_contact_is_made(client: httpx.AsyncClient) -> None:
    contact = await created(client, properties={"plan": "trial", "seats": 3}, userId="u-1", timezone="Europe/Kiev")

    assert contact == {
        "id": contact["id"],
        "contactId": contact["id"],
        "email": "Alice@example.com",
        "userId": "u-1",
        "properties": {"plan": "trial", "seats": 3},
        "tags": [],
        "unsubscribed": False,
        "subscribed": True,
        "suppressed": False,
        "tracking": True,
        "timezone": "Europe/Kyiv",
        "createdAt": contact["createdAt"],
        "updatedAt": contact["createdAt"],
    }
    assert str(contact["id"]).startswith("cnt_")


async def test_an_address_can_be_taken_once(client: httpx.AsyncClient) -> None:
    await created(client)

    response = await client.post("/api/contacts", json={"email": "alice@example.com"})

    assert response.status_code == 409
    assert error_of(response)["code"] == "CONFLICT"


async def test_a_contact_is_found_by_id_and_by_address(client: httpx.AsyncClient) -> None:
    contact = await created(client)

    by_id = await client.get(f"/api/contacts/{contact['id']}")
    by_email = await client.get("/api/contacts/ALICE%40example.com")

    assert by_id.json() == by_email.json() == contact | {"lists": []}


async def test_routes_answer_without_the_prefix_and_with_a_slash_at_the_end(client: httpx.AsyncClient) -> None:
    contact = await created(client)

    for path in (f"/contacts/{contact['id']}", f"/contacts/{contact['id']}/", f"/api/contacts/{contact['id']}/"):
        assert (await client.get(path)).json() == contact | {"lists": []}


async def test_an_upsert_says_whether_it_made_one(client: httpx.AsyncClient) -> None:
    first = await client.put("/api/contacts", json={"email": "alice@example.com", "properties": {"a": 1}})
    second = await client.put("/api/contacts", json={"email": "ALICE@example.com", "properties": {"b": 2}})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["properties"] == {"a": 1, "b": 2}
    assert second.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_change_merges_properties_and_null_removes(client: httpx.AsyncClient, method: str) -> None:
    await created(client, properties={"plan": "trial", "seats": 3})

    response = await client.request(
        method, "/api/contacts/alice@example.com", json={"properties": {"plan": None, "vip": True}}
    )

    assert response.status_code == 200
    assert response.json()["properties"] == {"seats": 3, "vip": True}


async def test_names_and_metadata_are_properties(client: httpx.AsyncClient) -> None:
    body = {"email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "metadata": {"companyName": "Acme"}}

    made = await client.post("/api/contacts", json=body)
    changed = await client.patch(
        "/api/contacts/ann@example.com",
        json={"firstName": "Anna", "metadata": {"plan": "free", "lastName": None}, "properties": {"plan": "pro"}},
    )

    assert made.json()["properties"] == {"companyName": "Acme", "firstName": "Ann", "lastName": "Lee"}
    assert changed.json()["properties"] == {"companyName": "Acme", "firstName": "Anna", "plan": "pro"}


@pytest.mark.parametrize("wish", [{"unsubscribed": True}, {"subscribed": False}])
async def test_a_contact_opts_out_and_in_again(client: httpx.AsyncClient, wish: dict[str, bool]) -> None:
    contact = await created(client)

    out = await client.patch(f"/api/contacts/{contact['id']}", json=wish)
    back = await client.patch(f"/api/contacts/{contact['id']}", json={"unsubscribed": False})

    assert (out.json()["unsubscribed"], out.json()["subscribed"]) == (True, False)
    assert (back.json()["unsubscribed"], back.json()["subscribed"]) == (False, True)


async def test_wishes_that_contradict_each_other_are_refused(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/api/contacts", json={"email": "a@example.com", "subscribed": True, "unsubscribed": True}
    )

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == "subscribed"


async def test_a_deleted_contact_is_gone(client: httpx.AsyncClient) -> None:
    contact = await created(client)

    deleted = await client.delete(f"/api/contacts/{contact['id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(f"/api/contacts/{contact['id']}")).status_code == 404
    assert (await client.delete(f"/api/contacts/{contact['id']}")).status_code == 404


async def test_lists_come_in_pages_with_the_keys_of_every_client(client: httpx.AsyncClient) -> None:
    people = [await created(client, f"person-{n}@example.com") for n in range(3)]

    first = (await client.get("/api/contacts?limit=2")).json()
    second = (await client.get(f"/api/contacts?limit=2&cursor={first['nextCursor']}")).json()

    assert first == {
        "data": [people[2], people[1]],
        "items": [people[2], people[1]],
        "nextCursor": first["cursor"],
        "cursor": first["cursor"],
        "hasMore": True,
    }
    assert second == {"data": [people[0]], "items": [people[0]], "nextCursor": None, "cursor": None, "hasMore": False}


async def test_lists_can_be_searched(client: httpx.AsyncClient) -> None:
    alice, _ = await created(client, "alice@example.com"), await created(client, "bob@example.org")

    by_part = (await client.get("/api/contacts?search=ALICE@ex")).json()
    by_address = (await client.get("/api/contacts?email=Alice@example.com")).json()
    suppressed = (await client.get("/api/contacts?suppressed=true")).json()

    assert by_part["data"] == by_address["data"] == [alice]
    assert suppressed["data"] == []


async def test_nothing_of_another_workspace_can_be_seen_or_changed(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    contact = await created(client)
    path = f"/api/contacts/{contact['id']}"

    answers = [
        await other_client.get(path),
        await other_client.patch(path, json={"properties": {"stolen": True}}),
        await other_client.delete(path),
        await other_client.get("/api/contacts/alice@example.com"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert (await other_client.get("/api/contacts")).json()["data"] == []
    assert (await client.get(path)).json() == contact | {"lists": []}
