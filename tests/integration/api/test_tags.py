import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates

DRIP = """
trigger: { tag: vip-user }
enrollment: { mode: unlimited }
steps:
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""


async def a_contact(client: httpx.AsyncClient, email: str = "ann@example.com", **more: object) -> str:
    response = await client.post("/api/contacts", json={"email": email, **more})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def test_tags_are_kept_in_their_normal_form(client: httpx.AsyncClient) -> None:
    ann = await a_contact(client)

    response = await client.post(
        f"/api/contacts/{ann}/tags", json={"tags": ["VIP_User", "Newsletter!", "saas.monthly", "vip user"]}
    )

    assert response.status_code == 200
    assert response.json()["tags"] == ["newsletter", "saas.monthly", "vip-user"]


async def test_a_tag_starts_what_waits_for_it_once(client: httpx.AsyncClient) -> None:
    await put_templates(client, "hello")
    await client.put("/api/sequences/drip", json={"definition": DRIP})
    assert (await client.post("/api/sequences/drip/activate")).status_code == 200
    await a_contact(client, tags=["vip-user"])

    await client.post("/api/contacts/ann@example.com/tags", json={"tag": "VIP_User"})
    await client.put("/api/contacts", json={"email": "ann@example.com", "tags": ["vip user"]})
    await client.patch("/api/contacts/ann@example.com", json={"tags": ["vip-user", "other"]})

    enrollments = (await client.get("/api/sequences/drip/enrollments")).json()["items"]
    assert [each["email"] for each in enrollments] == ["ann@example.com"]
    assert (await client.get("/api/contacts/ann@example.com")).json()["tags"] == ["other", "vip-user"]


async def test_a_tag_is_taken_away_in_any_form_and_may_be_so_again(client: httpx.AsyncClient) -> None:
    ann = await a_contact(client, tags=["vip-user", "new"])

    answers = [await client.delete(f"/api/contacts/{ann}/tags/VIP_User") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get(f"/api/contacts/{ann}")).json()["tags"] == ["new"]


async def test_the_tags_there_are_come_in_pages_with_their_counts(client: httpx.AsyncClient) -> None:
    await a_contact(client, tags=["a", "b", "c"])
    await a_contact(client, "bob@example.com", tags=["b"])

    first = (await client.get("/api/tags?limit=2")).json()
    rest = (await client.get(f"/api/tags?limit=2&cursor={first['nextCursor']}")).json()

    assert first["items"] == [{"name": "a", "tag": "a", "count": 1}, {"name": "b", "tag": "b", "count": 2}]
    assert rest["items"] == [{"name": "c", "tag": "c", "count": 1}]
    assert rest["nextCursor"] is None


async def test_contacts_are_listed_by_tag(client: httpx.AsyncClient) -> None:
    await a_contact(client, tags=["vip"])
    await a_contact(client, "bob@example.com")

    found = (await client.get("/api/contacts?tag=VIP")).json()["items"]
    nobody = (await client.get("/api/contacts?tag=unheard")).json()["items"]

    assert [(each["email"], each["tags"]) for each in found] == [("ann@example.com", ["vip"])]
    assert nobody == []


@pytest.mark.parametrize(("query", "what"), [("list=nothing", "list"), ("segment=nothing", "segment")])
async def test_contacts_of_a_list_or_segment_that_is_not_there_are_not_found(
    client: httpx.AsyncClient, query: str, what: str
) -> None:
    refused = await client.get(f"/api/contacts?{query}&tag=vip")

    assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
    assert what in refused.json()["message"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "tags"),
        ({"tags": ["a"], "tag": "b"}, "tags"),
        ({"tags": ["a", "!?"]}, "tags[1]"),
        ({"tag": ""}, "tag"),
        ({"tags": ["x" * 300]}, "tags[0]"),
        ({"tags": ["a"] * 101}, "tags"),
        ({"tags": "a"}, "tags"),
    ],
)
async def test_what_is_no_tag_is_refused_with_the_place(client: httpx.AsyncClient, body: object, path: str) -> None:
    ann = await a_contact(client)

    response = await client.post(f"/api/contacts/{ann}/tags", json=body)

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == path


async def test_nobody_is_made_by_a_tag(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/api/contacts/nobody@example.com/tags", json={"tags": ["vip"]}),
        await client.delete("/api/contacts/nobody@example.com/tags/vip"),
        await client.get("/api/tags?cursor=nonsense"),
        await client.get("/api/contacts?tag=!"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 400, 400]
