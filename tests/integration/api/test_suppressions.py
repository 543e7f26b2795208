import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates

DRIP = """
trigger: { event: started }
steps:
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""


async def suppressed(client: httpx.AsyncClient, email: str, **more: object) -> httpx.Response:
    return await client.post("/api/suppressions", json={"email": email, **more})


async def test_suppressing_an_address_ends_the_runs_of_its_contact(client: httpx.AsyncClient) -> None:
    await put_templates(client, "hello")
    await client.put("/api/sequences/drip", json={"definition": DRIP})
    await client.post("/api/sequences/drip/activate")
    await client.post("/api/events", json={"email": "Ann@example.com", "event": "started"})

    made = await suppressed(client, "ANN@example.com", reason="complained", detail="by phone")

    assert made.status_code == 201
    assert made.json() == {
        "email": "ann@example.com",
        "reason": "complained",
        "detail": "by phone",
        "createdAt": made.json()["createdAt"],
    }
    [run] = (await client.get("/api/sequences/drip/enrollments")).json()["items"]
    assert (run["status"], run["exitReason"]) == ("exited", "complained")
    contact = (await client.get("/api/contacts/ann@example.com")).json()
    assert (contact["suppressed"], contact["unsubscribed"]) == (True, False)


async def test_an_address_is_suppressed_once_and_let_go_again_and_again(client: httpx.AsyncClient) -> None:
    first = await suppressed(client, "ann@example.com", reason="bounce")
    again = await suppressed(client, "ann@example.com")
    let_go = [await client.delete("/api/suppressions/Ann@example.com") for _ in range(2)]

    assert (first.json()["reason"], again.status_code) == ("bounced", 409)
    assert [answer.status_code for answer in let_go] == [204, 204]
    assert (await client.get("/api/suppressions")).json()["items"] == []


async def test_an_address_can_be_checked_whether_or_not_a_contact_has_it(client: httpx.AsyncClient) -> None:
    made = (await suppressed(client, "ann@example.com")).json()

    yes = await client.get("/api/suppressions/check/ANN@example.com")
    no = await client.get("/api/suppressions/check/bob@example.com")

    assert yes.json() == made | {"suppressed": True, "reason": "manual", "detail": None}
    assert no.json() == {
        "email": "bob@example.com",
        "suppressed": False,
        "reason": None,
        "detail": None,
        "createdAt": None,
    }


async def test_suppressions_come_in_pages_and_by_reason(client: httpx.AsyncClient) -> None:
    for name, reason in (("zoe", "manual"), ("ann", "bounced"), ("bob", "manual")):
        await suppressed(client, f"{name}@example.com", reason=reason)

    first = (await client.get("/api/suppressions?limit=2")).json()
    rest = (await client.get(f"/api/suppressions?limit=2&cursor={first['nextCursor']}")).json()
    manual = (await client.get("/api/suppressions?reason=manual")).json()

    assert [each["email"] for each in (*first["items"], *rest["items"])] == [
        "ann@example.com",
        "bob@example.com",
        "zoe@example.com",
    ]
    assert [each["email"] for each in manual["items"]] == ["bob@example.com", "zoe@example.com"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "ann@example.com", "reason": "spam"}, "reason"),
        ({"email": "ann@example.com", "reason": "unsubscribe"}, "reason"),
        ({"email": "ann@example.com", "detail": "x" * 501}, "detail"),
    ],
)
async def test_what_is_no_suppression_is_refused_with_the_place(
    client: httpx.AsyncClient, body: object, path: str
) -> None:
    response = await client.post("/api/suppressions", json=body)

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == path


async def test_an_opt_out_is_no_reason_to_suppress_and_the_error_says_what_to_do(client: httpx.AsyncClient) -> None:
    response = await suppressed(client, "ann@example.com", reason="unsubscribe")

    assert "PATCH /api/contacts/:ref" in error_of(response)["details"][0]["expected"]
