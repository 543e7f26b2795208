from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates

DRIP = """
trigger: { list: welcome-series }
steps:
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""


async def created(client: httpx.AsyncClient, name: str = "Welcome series", **more: object) -> Mapping[str, Any]:
    response = await client.post("/api/lists", json={"name": name, **more})
    assert response.status_code == 201, response.text
    made: Mapping[str, Any] = response.json()
    return made


async def a_contact(client: httpx.AsyncClient, email: str = "ann@example.com", **more: object) -> str:
    response = await client.post("/api/contacts", json={"email": email, **more})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def a_drip(client: httpx.AsyncClient) -> None:
    await put_templates(client, "hello")
    assert (await client.put("/api/sequences/drip", json={"definition": DRIP})).status_code == 201
    response = await client.post("/api/sequences/drip/activate")
    assert response.status_code == 200, response.text


async def test_a_list_is_made_under_a_slug_of_its_name(client: httpx.AsyncClient) -> None:
    made = await created(client, description="Everybody who is new")

    assert made == {
        "id": made["id"],
        "listId": made["id"],
        "slug": "welcome-series",
        "name": "Welcome series",
        "description": "Everybody who is new",
        "contactCount": 0,
        "public": False,
        "doubleOptIn": False,
        "confirmTemplate": None,
        "form": False,
        "formOrigins": [],
        "formUrl": None,
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert str(made["id"]).startswith("lst_")
    for ref in (made["id"], "welcome-series", "Welcome%20series"):
        assert (await client.get(f"/api/lists/{ref}")).json() == made


async def test_two_names_with_one_slug_need_another_slug(client: httpx.AsyncClient) -> None:
    await created(client)

    refused = await client.post("/api/lists", json={"name": "Welcome Series!"})
    made = await created(client, "Welcome Series!", slug="welcome-2")

    assert refused.status_code == 409
    assert error_of(refused)["message"] == "There is a list 'welcome-series' already."
    assert made["slug"] == "welcome-2"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "News", "slug": "no slug"}, "slug"),
        ({"name": "lst_00000000000000000000000001"}, "slug"),
        ({"name": "News", "description": "x" * 2001}, "description"),
        ({"name": "News", "title": "x"}, "title"),
    ],
)
async def test_what_is_no_list_is_refused(client: httpx.AsyncClient, body: object, path: str) -> None:
    response = await client.post("/api/lists", json=body)

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == path


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_list_is_renamed_and_what_is_not_named_stays(client: httpx.AsyncClient, method: str) -> None:
    made = await created(client, description="New people")

    renamed = await client.request(method, f"/api/lists/{made['id']}", json={"name": "Newcomers"})
    cleared = await client.request(method, "/api/lists/welcome-series", json={"description": ""})

    assert (renamed.json()["name"], renamed.json()["slug"], renamed.json()["description"]) == (
        "Newcomers",
        "welcome-series",
        "New people",
    )
    assert (cleared.json()["name"], cleared.json()["description"]) == ("Newcomers", None)


async def test_adding_a_contact_to_a_list_also_enrolls_it_in_active_sequences(client: httpx.AsyncClient) -> None:
    made = await created(client)
    ann, bob = await a_contact(client), await a_contact(client, "bob@example.com")
    await a_drip(client)

    first = await client.post(f"/api/lists/{made['id']}/contacts", json={"contactIds": [ann]})
    again = await client.post(f"/api/lists/{made['id']}/contacts", json={"contactIds": [ann, bob]})

    assert (first.status_code, first.json()) == (200, {"added": 1, "enrolled": 1, "skipped": 0})
    assert again.json() == {"added": 1, "enrolled": 1, "skipped": 1}
    enrollments = (await client.get("/api/sequences/drip/enrollments")).json()["items"]
    assert [each["contactId"] for each in enrollments] == [ann, bob]


async def test_joining_while_the_sequence_is_paused_enrolls_nobody(client: httpx.AsyncClient) -> None:
    await created(client)
    ann = await a_contact(client)
    await a_drip(client)
    await client.post("/api/sequences/drip/pause")

    joined = await client.post("/api/lists/welcome-series/contacts", json={"contactIds": [ann]})
    await client.post("/api/sequences/drip/activate")

    assert joined.json() == {"added": 1, "enrolled": 0, "skipped": 0}
    assert (await client.get("/api/sequences/drip/enrollments")).json()["items"] == []


async def test_unknown_ids_are_skipped_and_unknown_addresses_become_contacts(client: httpx.AsyncClient) -> None:
    await created(client)
    ann = await a_contact(client)
    unknown = ["cnt_00000000000000000000000001", "con_xxx", ann]

    by_id = await client.post("/api/lists/welcome-series/contacts", json={"contactIds": unknown})
    by_email = await client.post(
        "/api/lists/welcome-series/contacts",
        json={"emails": ["ANN@example.com", "zoe@example.com", "Zoe@example.com"], "enroll": False},
    )

    assert by_id.json() == {"added": 1, "enrolled": 0, "skipped": 2}
    assert by_email.json() == {"added": 1, "enrolled": 0, "skipped": 2}
    members = (await client.get("/api/lists/welcome-series/contacts")).json()["items"]
    assert [each["email"] for each in members] == ["zoe@example.com", "ann@example.com"]


async def test_members_come_in_pages_under_both_names(client: httpx.AsyncClient) -> None:
    await created(client)
    people = [await a_contact(client, f"person-{n}@example.com") for n in range(3)]
    await client.post("/api/lists/welcome-series/members", json={"contactIds": people})

    first = (await client.get("/api/lists/welcome-series/contacts?limit=2")).json()
    rest = (await client.get(f"/api/lists/welcome-series/members?limit=2&cursor={first['cursor']}")).json()

    assert [each["id"] for each in (*first["items"], *rest["items"])] == people[::-1]
    assert (first["hasMore"], rest["hasMore"]) == (True, False)
    assert (await client.get("/api/lists/welcome-series")).json()["contactCount"] == 3
    assert [each["contactCount"] for each in (await client.get("/api/lists")).json()["items"]] == [3]


async def test_contacts_are_taken_off_a_list(client: httpx.AsyncClient) -> None:
    await created(client)
    ann, bob = await a_contact(client), await a_contact(client, "bob@example.com")
    await client.post("/api/lists/welcome-series/contacts", json={"contactIds": [ann, bob]})

    by_id = await client.request("DELETE", "/api/lists/welcome-series/contacts", json={"contactIds": [ann, ann]})
    by_email = await client.request(
        "DELETE", "/api/lists/welcome-series/contacts", json={"emails": ["bob@example.com", "nobody@example.com"]}
    )

    assert (by_id.status_code, by_id.json(), by_email.json()) == (200, {"removed": 1}, {"removed": 1})
    assert (await client.get("/api/contacts/nobody@example.com")).status_code == 404


async def test_many_thousands_are_added_in_one_call(client: httpx.AsyncClient) -> None:
    await created(client)
    emails = [f"person-{n}@example.com" for n in range(1_200)]

    response = await client.post("/api/lists/welcome-series/contacts", json={"emails": emails})

    assert response.json() == {"added": 1_200, "enrolled": 0, "skipped": 0}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "contactIds"),
        ({"contactIds": [], "emails": []}, "contactIds"),
        ({"contactIds": ["ann@example.com"]}, "contactIds[0]"),
        ({"contactIds": ["x"] * 10_001}, "contactIds"),
        ({"emails": ["ann@example.com", "nobody"]}, "emails[1]"),
        ({"contactIds": "cnt_1"}, "contactIds"),
    ],
)
async def test_who_is_named_wrongly_is_refused_with_the_place(
    client: httpx.AsyncClient, body: object, path: str
) -> None:
    await created(client)

    for method in ("POST", "DELETE"):
        response = await client.request(method, "/api/lists/welcome-series/contacts", json=body)

        assert response.status_code == 400
        assert error_of(response)["details"][0]["path"] == path


async def test_an_unknown_list_is_not_found_even_for_nobody(client: httpx.AsyncClient) -> None:
    answers = [
        await client.get("/api/lists/nothing"),
        await client.get("/api/lists/nothing/contacts"),
        await client.patch("/api/lists/nothing", json={"name": "x"}),
        await client.post("/api/lists/nothing/contacts", json={"contactIds": []}),
        await client.request("DELETE", "/api/lists/nothing/contacts", json={"contactIds": []}),
        await client.delete("/api/lists/nothing"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert error_of(answers[0])["message"] == "There is no list 'nothing'."


async def test_a_list_is_deleted_only_when_nothing_names_it(client: httpx.AsyncClient) -> None:
    await created(client)
    ann = await a_contact(client)
    await a_drip(client)
    await client.post("/api/lists/welcome-series/contacts", json={"contactIds": [ann]})

    refused = await client.delete("/api/lists/welcome-series")
    await client.post("/api/sequences/drip/archive")
    deleted = await client.delete("/api/lists/welcome-series")

    assert refused.status_code == 409
    assert "the sequence drip" in error_of(refused)["message"]
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(f"/api/contacts/{ann}")).json()["lists"] == []


async def test_the_lists_of_another_workspace_cannot_be_seen_or_changed(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    made = await created(client)
    ann = await a_contact(client)
    theirs = await created(other_client, "Theirs")

    stolen = await other_client.post("/api/lists/theirs/contacts", json={"contactIds": [ann]})

    assert (await other_client.get(f"/api/lists/{made['id']}")).status_code == 404
    assert [each["id"] for each in (await other_client.get("/api/lists")).json()["items"]] == [theirs["id"]]
    assert stolen.json() == {"added": 0, "enrolled": 0, "skipped": 1}
