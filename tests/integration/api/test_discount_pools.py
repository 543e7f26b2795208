"""Pools of codes over HTTP."""

import httpx


async def test_a_pool_is_made_filled_changed_and_thrown_away(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/discount-pools", json={"name": "Spring Sale", "lowAt": 2, "codes": ["A1", "A2"]})
    path = f"/api/discount-pools/{made.json()['slug']}"
    csv = 'code,note\nA2,old\n"A3",\n\nA4,new\n'
    filled = await client.post(f"{path}/codes", content=csv, headers={"content-type": "text/csv"})
    changed = await client.patch(path, json={"lowAt": 10})
    listed = (await client.get("/api/discount-pools")).json()["data"]
    gone = await client.delete(path)

    assert (made.status_code, made.json()["slug"], made.json()["left"], made.json()["low"]) == (
        201,
        "spring-sale",
        2,
        True,
    )
    assert (filled.json()["added"], filled.json()["known"], filled.json()["pool"]["left"]) == (2, 1, 4)
    assert (filled.json()["pool"]["low"], changed.json()["low"]) == (False, True)
    assert listed == [changed.json()]
    assert (gone.status_code, (await client.get(path)).status_code) == (204, 404)


async def test_a_file_that_is_no_list_of_codes_is_refused_with_its_line(client: httpx.AsyncClient) -> None:
    await client.post("/api/discount-pools", json={"name": "spring"})
    path = "/api/discount-pools/spring/codes"

    long = await client.post(path, content="A1\n" + "x" * 201)
    empty = await client.post(path, content="code\n")
    binary = await client.post(path, content=b"\xff\xfe")

    assert [answer.status_code for answer in (long, empty, binary)] == [400, 400, 400]
    assert long.json()["error"]["details"][0]["line"] == 2


async def test_a_slug_that_is_taken_is_409_and_another_workspace_sees_nothing(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await client.post("/api/discount-pools", json={"name": "spring"})

    again = await client.post("/api/discount-pools", json={"name": "spring"})
    unseen = await other_client.get("/api/discount-pools/spring")

    assert (again.status_code, unseen.status_code) == (409, 404)
