"""What cannot be read is refused with the place and what was expected; nothing is kept, and the server lives."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.api.conftest import error_of

JSON = {"Content-Type": "application/json"}


async def refused(client: httpx.AsyncClient, body: bytes) -> dict[str, object]:
    """The first fault of a body that must be refused, after which nothing was kept and the server lives."""
    response = await client.post("/api/contacts", content=body, headers=JSON)
    assert response.status_code == 400, response.text
    error = error_of(response)
    assert error["code"] == "VALIDATION_ERROR"
    assert (await client.get("/api/contacts")).json()["data"] == []
    detail: dict[str, object] = error["details"][0]
    return detail


async def test_an_empty_body_is_refused(client: httpx.AsyncClient) -> None:
    assert (await refused(client, b""))["message"] == "The body is empty."
    assert (await refused(client, b" \n"))["message"] == "The body is empty."


async def test_a_body_that_is_no_json_is_refused_with_line_and_column(client: httpx.AsyncClient) -> None:
    detail = await refused(client, b'{\n  "email": alice\n}')

    assert (detail["line"], detail["column"], detail["expected"]) == (2, 12, "JSON (RFC 8259)")


async def test_a_body_that_is_not_utf8_is_refused(client: httpx.AsyncClient) -> None:
    assert "UTF-8" in str((await refused(client, b'{"email": "\xff@example.com"}'))["message"])


async def test_an_unknown_field_is_refused_with_the_nearest_name(client: httpx.AsyncClient) -> None:
    detail = await refused(client, b'{"email": "a@example.com", "propertes": {}}')

    assert (detail["path"], detail["hint"]) == ("propertes", "Did you mean properties?")


@pytest.mark.parametrize(
    ("body", "path", "found", "expected"),
    [
        (b'{"email": 5}', "email", "a whole number", "a string"),
        (b'{"email": "a@example.com", "properties": []}', "properties", "a list", "an object or null"),
        (b'{"email": "a@example.com", "unsubscribed": "yes"}', "unsubscribed", "a string", "true or false or null"),
        (b"[]", "", "a list", "an object"),
        (b"null", "", "null", "an object"),
        (b"{}", "email", "nothing", "a value"),
    ],
)
async def test_a_wrong_type_is_refused_with_what_was_expected(
    client: httpx.AsyncClient, body: bytes, path: str, found: str, expected: str
) -> None:
    detail = await refused(client, body)

    assert (detail["path"], detail["found"], detail["expected"]) == (path, found, expected)


@pytest.mark.parametrize("email", ["", "alice", "alice@", "@example.com", "a b@example.com", "alice@exa mple.com"])
async def test_an_invalid_address_is_refused(client: httpx.AsyncClient, email: str) -> None:
    detail = await refused(client, b'{"email": "%s"}' % email.encode())

    assert (detail["path"], detail["found"], detail["expected"]) == ("email", repr(email), "an email address")


async def test_nul_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    detail = await refused(client, b'{"email": "a@example.com", "properties": {"list": ["ok", "a\\u0000b"]}}')

    assert detail["path"] == "properties.list[1]"


async def test_nul_in_a_name_is_refused(client: httpx.AsyncClient) -> None:
    await refused(client, b'{"email": "a@example.com", "properties": {"a\\u0000b": 1}}')


async def test_half_of_a_surrogate_pair_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    detail = await refused(client, b'{"email": "a@example.com", "properties": {"name": "\\ud83d"}}')

    assert (detail["path"], detail["expected"]) == ("properties.name", "valid Unicode")


async def test_properties_may_be_eight_levels_deep_and_no_deeper(client: httpx.AsyncClient) -> None:
    deep = b'{"a":' * 9 + b"1" + b"}" * 9

    detail = await refused(client, b'{"email": "a@example.com", "properties": %s}' % deep)

    assert detail["expected"] == "at most 8 levels"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
async def test_json_that_is_too_deep_is_refused_before_it_is_read(client: httpx.AsyncClient, opening: bytes) -> None:
    detail = await refused(client, opening * 100_000)

    assert (detail["message"], detail["expected"]) == ("The body is nested too deep.", "at most 32 levels")


async def test_properties_that_are_too_large_are_refused(client: httpx.AsyncClient) -> None:
    detail = await refused(client, b'{"email": "a@example.com", "properties": {"a": "%s"}}' % (b"x" * 40_000))

    assert detail["expected"] is not None


async def test_a_body_over_one_megabyte_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/contacts", content=b" " * 1_000_001, headers=JSON)

    assert response.status_code == 413
    assert error_of(response)["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_body_of_unknown_length_is_refused_while_it_is_read(client: httpx.AsyncClient) -> None:
    async def without_end() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    response = await client.post("/api/contacts", content=without_end(), headers=JSON)

    assert response.status_code == 413


async def test_the_declared_type_of_a_body_does_not_matter(client: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"):
        response = await client.put(
            "/api/contacts", content=b'{"email": "a@example.com"}', headers={"Content-Type": kind}
        )
        assert response.status_code in {200, 201}, response.text


async def test_the_last_of_two_equal_names_counts(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/api/contacts", content=b'{"email": "a@example.com", "email": "b@example.com"}', headers=JSON
    )

    assert response.json()["email"] == "b@example.com"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=many",
        "limit=",
        "cursor=nonsense",
        "cursor=",
        "cursor=eyJpZCI6ICJ4In0",
        "cursor=%00",
        "search=%00",
        "suppressed=perhaps",
        "email=nobody",
    ],
)
async def test_bad_parameters_of_a_list_are_refused(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"/api/contacts?{query}")

    assert response.status_code == 400, response.text
    assert error_of(response)["details"][0]["path"] in {query.partition("=")[0], "url"}


@pytest.mark.parametrize("ref", ["cnt_00000000000000000000000000", "cnt_x", "nobody", "%ff", "nobody@example.com", "-"])
async def test_an_unknown_id_is_not_found(client: httpx.AsyncClient, ref: str) -> None:
    response = await client.get(f"/api/contacts/{ref}")

    assert response.status_code == 404
    assert error_of(response)["code"] == "NOT_FOUND"


async def test_an_unknown_route_and_method_answer_in_the_same_shape(client: httpx.AsyncClient) -> None:
    unknown, method = await client.get("/api/nonsense"), await client.delete("/api/contacts")

    assert (unknown.status_code, error_of(unknown)["code"]) == (404, "NOT_FOUND")
    assert (method.status_code, error_of(method)["message"]) == (405, "This route does not know that method.")
    assert "GET" in method.headers["allow"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "dl_test_abc", "Bearer dl_test_abc"])
async def test_a_request_without_a_good_key_is_refused(stranger: httpx.AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    # The key comes before the body: whoever has none learns nothing about the rest.
    response = await stranger.post("/api/contacts", content=b"{nonsense", headers=headers)

    assert (response.status_code, error_of(response)["code"]) == (401, "UNAUTHORISED")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "place", "expected"),
    [
        ("sequences?status=running", "status", "draft, active, paused, resuming or archived"),
        ("contacts/export?format=xml", "format", "csv or jsonl"),
        ("contacts?limit=101", "limit", "a whole number <= 100"),
        ("contacts?limit=ten", "limit", "a whole number"),
        ("sends?status=waiting", "status", "queued"),
    ],
)
async def test_a_wrong_query_is_refused_with_what_may_stand_there(
    client: httpx.AsyncClient, path: str, place: str, expected: str
) -> None:
    response = await client.get(f"/api/{path}")

    [detail] = error_of(response)["details"]
    assert (response.status_code, detail["path"], expected in detail["expected"]) == (400, place, True)
