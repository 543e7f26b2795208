"""Import and export over HTTP: files in every form, as jobs that a worker does."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.waiting import until

pytestmark = pytest.mark.usefixtures("working")

CSV = {"content-type": "text/csv"}
PEOPLE = b"email,firstName,seats\nann@example.com,Ann,3\nbob@example.com,Bob,5\n"


async def imported(client: httpx.AsyncClient, content: bytes, **query: str) -> Mapping[str, Any]:
    """The job of an import, when it has ended."""
    return await ended(client, await client.post("/api/contacts/import", content=content, headers=CSV, params=query))


async def ended(client: httpx.AsyncClient, response: httpx.Response) -> Mapping[str, Any]:
    assert response.status_code == 202, response.text
    job: dict[str, Any] = {}

    async def is_over() -> bool:
        job.update((await client.get(f"/api/jobs/{response.json()['job']}")).json())
        return job["status"] not in {"queued", "running"}

    await until(is_over, "the import has ended")
    return job


async def everybody(client: httpx.AsyncClient) -> list[Mapping[str, Any]]:
    """All contacts but for what is made anew with each, by address."""
    found = (await client.get("/api/contacts?limit=100")).json()["data"]
    made = {"id", "contactId", "createdAt", "updatedAt"}
    return sorted(({key: each[key] for key in each.keys() - made} for each in found), key=lambda each: each["email"])


async def test_an_import_is_a_job_that_says_what_came_of_it(client: httpx.AsyncClient) -> None:
    job = await imported(client, PEOPLE)

    assert (job["kind"], job["status"], job["done"], job["total"]) == ("import_contacts", "done", 2, 2)
    assert job["errors"] == []
    assert job["result"] == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "enrolled": [],
        "ignored": [],
        "dryRun": False,
    }
    ann = (await client.get("/api/contacts/ann@example.com")).json()
    assert ann["properties"] == {"firstName": "Ann", "seats": 3}


async def test_bad_rows_are_named_with_row_and_column_and_the_rest_goes_in(client: httpx.AsyncClient) -> None:
    content = b"E-Mail;timezone\nann@example.com;Europe/Berlin\nnobody;UTC\nbob@example.com;Mars\n"

    job = await imported(client, content)

    assert [(error["row"], error["line"], error["column"]) for error in job["errors"]] == [
        (2, 3, "E-Mail"),
        (3, 4, "timezone"),
    ]
    assert (job["result"]["created"], job["result"]["failed"]) == (1, 2)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/json", "text/plain", "text/csv"])
async def test_lines_of_json_are_known_by_what_is_in_them(client: httpx.AsyncClient, kind: str) -> None:
    lines = [{"email": "ann@example.com", "properties": {"seats": 3}, "tags": ["vip"]}, {"email": "bob@example.com"}]
    content = "\n".join(map(json.dumps, lines))

    job = await ended(
        client, await client.post("/api/contacts/import", content=content, headers={"content-type": kind})
    )

    assert job["result"]["created"] == 2
    assert [(each["properties"], each["tags"]) for each in await everybody(client)] == [
        ({"seats": 3}, ["vip"]),
        ({}, []),
    ]


async def test_a_file_may_come_in_a_form(client: httpx.AsyncClient) -> None:
    files = {"file": ("people.csv", PEOPLE, "text/csv")}

    job = await ended(client, await client.post("/api/contacts/import", files=files))

    assert job["result"]["created"] == 2


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({"files": {"upload": ("people.csv", PEOPLE)}}, "file"),
        ({"files": {"file": ("people.csv", PEOPLE)}, "data": {"list": "x"}}, "file"),
        ({"files": [("file", ("a.csv", PEOPLE)), ("file", ("b.csv", PEOPLE))]}, "file"),
        ({"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}}, ""),
        ({"content": b"", "headers": {"content-type": "multipart/form-data"}}, ""),
    ],
)
async def test_a_form_with_anything_but_one_file_is_refused(
    client: httpx.AsyncClient, form: dict[str, Any], path: str
) -> None:
    response = await client.post("/api/contacts/import", **form)

    assert response.status_code == 400, response.text
    assert error_of(response)["details"][0]["path"] == path


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"", ""),
        (b"name,plan\nann,pro\n", "header"),
        ("email\nann@example.com\n".encode("utf-16"), ""),
        (b'[{"email": "ann@example.com"}]', ""),
        (b'{"contacts": 5}', ""),
    ],
)
async def test_what_is_no_import_is_refused_at_once(client: httpx.AsyncClient, content: bytes, path: str) -> None:
    response = await client.post("/api/contacts/import", content=content)

    assert response.status_code == 400, response.text
    assert error_of(response)["details"][0]["path"] == (path if b"contacts" not in content else "contacts")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("list=nowhere", 404, "NOT_FOUND"),
        ("tags=!!", 400, "VALIDATION_ERROR"),
        ("tags=,", 400, "VALIDATION_ERROR"),
        ("enroll=maybe", 400, "VALIDATION_ERROR"),
        ("dryRun=2", 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_wrong_query_is_refused_at_once(client: httpx.AsyncClient, query: str, status: int, code: str) -> None:
    response = await client.post(f"/api/contacts/import?{query}", content=PEOPLE, headers=CSV)

    assert (response.status_code, error_of(response)["code"]) == (status, code)


async def test_a_file_may_have_a_hundred_megabytes_and_no_more(client: httpx.AsyncClient) -> None:
    headers = {**CSV, "content-length": "100000001"}

    response = await client.post("/api/contacts/import", content=PEOPLE, headers=headers)

    assert (response.status_code, error_of(response)["message"]) == (413, "The body is larger than 100 MB.")


async def test_a_file_may_be_larger_than_a_body(client: httpx.AsyncClient) -> None:
    content = PEOPLE + b"\n" * 2_500_000 + b"cleo@example.com,Cleo,8\n"

    job = await imported(client, content)

    assert (job["result"]["created"], job["done"]) == (3, 3)


async def test_entering_a_list_by_an_import_enrolls_and_a_dry_run_says_how_many(client: httpx.AsyncClient) -> None:
    await put_templates(client, "welcome")
    listed = (await client.post("/api/lists", json={"name": "Newsletter"})).json()
    definition = {"trigger": {"list": "newsletter"}, "steps": [{"action": "email", "template": "welcome"}]}
    await client.post("/api/sequences", json={"name": "hello", "definition": definition})
    assert (await client.post("/api/sequences/hello/activate")).status_code == 200

    rehearsed = await imported(client, PEOPLE, list=listed["id"], dryRun="true")
    nobody = await everybody(client)
    happened = await imported(client, PEOPLE, list="newsletter", tags="New One,beta")
    enrolled = (await client.get("/api/sequences/hello/enrollments")).json()["data"]

    assert nobody == []
    assert rehearsed["result"]["wouldEnroll"] == happened["result"]["enrolled"] == [{"sequence": "hello", "count": 2}]
    assert sorted(each["email"] for each in enrolled) == ["ann@example.com", "bob@example.com"]
    assert [each["tags"] for each in await everybody(client)] == [["beta", "new-one"]] * 2


async def test_contacts_in_a_json_body_are_taken_in_at_once(client: httpx.AsyncClient) -> None:
    listed = (await client.post("/api/lists", json={"name": "Newsletter"})).json()
    await client.post("/api/contacts", json={"email": "old@example.com", "properties": {"plan": "pro"}})
    contacts = [
        {"email": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "metadata": {"plan": "free"}},
        {"email": "old@example.com", "metadata": {"plan": "free"}},
        {"email": "nobody"},
    ]

    response = await client.post("/api/contacts/import", json={"contacts": contacts, "listId": listed["id"]})

    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["created"], answer["skipped"]) == (1, 1)
    assert [(error["row"], error["column"]) for error in answer["errors"]] == [(3, "email")]
    assert [each["properties"] for each in await everybody(client)] == [
        {"firstName": "Ann", "lastName": "Lee", "plan": "free"},
        {"plan": "pro"},
    ]
    members = (await client.get(f"/api/lists/{listed['id']}/contacts")).json()["data"]
    assert sorted(each["email"] for each in members) == ["ann@example.com", "old@example.com"]


async def test_an_import_can_be_cancelled_until_it_has_ended(client: httpx.AsyncClient) -> None:
    job = await imported(client, PEOPLE)

    late = await client.post(f"/api/jobs/{job['id']}/cancel")
    unknown = await client.post("/api/jobs/job_00000000000000000000000000/cancel")

    assert (late.status_code, error_of(late)["code"]) == (409, "CONFLICT")
    assert unknown.status_code == 404


async def test_what_is_exported_is_the_same_when_it_is_imported_elsewhere(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    people = [
        {"email": "ann@example.com", "userId": "42", "properties": {"plan": "pro", "seats": 3, "zip": "01234"}},
        {
            "email": "bob@example.com",
            "timezone": "Europe/Berlin",
            "properties": {"plan": "5", "vip": True, "x": [1, {}]},
        },
        {"email": "+cleo@example.com", "unsubscribed": True, "properties": {"note": '=1+1\r\n"hm", "=2', "temp": -4.5}},
        {"email": "dan@example.com", "tags": ["vip", "beta"], "properties": {"email": "other", " status ": "'=x"}},
    ]
    for person in people:
        assert (await client.post("/api/contacts", json=person)).status_code == 201

    for written in ("csv", "jsonl"):
        exported = await client.get(f"/api/contacts/export?format={written}")
        job = await imported(other_client, exported.content)

        assert job["errors"] == []
        assert await everybody(other_client) == await everybody(client)
    assert job["result"]["unchanged"] == 4


async def test_no_cell_of_an_export_is_run_as_a_formula(client: httpx.AsyncClient) -> None:
    properties = {"=a": "=1+1", "b": "@x", "c": "\tx", "d": "\rx", "e": -1, "f": "+1"}
    await client.post("/api/contacts", json={"email": "-ann@example.com", "userId": "=cmd", "properties": properties})

    exported = await client.get("/api/contacts/export")
    header, row = csv.reader(io.StringIO(exported.text, newline=""))

    assert [cell[:2] for cell in (*header, *row) if cell[:1] in set("=+-@\t\r\n'")] == [
        *("'=", "'-", "'=", "'=", "'@", "'\t", "'\r", "'-", "'+")
    ]


async def test_a_table_has_a_column_for_every_property(client: httpx.AsyncClient) -> None:
    await client.post("/api/contacts", json={"email": "ann@example.com", "properties": {"b": 1}})
    await client.post("/api/contacts", json={"email": "bob@example.com", "properties": {"a": 2}})

    exported = await client.get("/api/contacts/export")

    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert exported.headers["content-disposition"] == 'attachment; filename="contacts.csv"'
    rows = list(csv.reader(io.StringIO(exported.text, newline="")))
    assert rows[0] == [
        *("id", "email", "userId", "timezone", "tags", "unsubscribed", "suppressed", "createdAt", "a", "b")
    ]
    assert [(row[1], *row[-2:]) for row in rows[1:]] == [("bob@example.com", "2", ""), ("ann@example.com", "", "1")]


async def test_an_export_may_be_of_a_list_or_a_tag(client: httpx.AsyncClient) -> None:
    await client.post("/api/lists", json={"name": "Newsletter"})
    await imported(client, b"email,a\nann@example.com,1\n", list="newsletter")
    await imported(client, b"email,b\nbob@example.com,1\n", tags="vip")

    by_list = (await client.get("/api/contacts/export?list=newsletter")).text.splitlines()
    by_tag = (await client.get("/api/contacts/export?format=jsonl&tag=VIP")).text.splitlines()
    unknown = await client.get("/api/contacts/export?list=nowhere")

    assert [line.split(",")[1] for line in by_list] == ["email", "ann@example.com"]
    assert by_list[0].endswith("createdAt,a")
    assert [json.loads(line)["email"] for line in by_tag] == ["bob@example.com"]
    assert unknown.status_code == 404


async def test_a_table_of_too_many_columns_is_refused_and_lines_of_json_are_not(client: httpx.AsyncClient) -> None:
    for start in (0, 600):
        properties = {f"p{number}": 1 for number in range(start, start + 600)}
        await client.post("/api/contacts", json={"email": f"{start}@example.com", "properties": properties})

    table, lines = await client.get("/api/contacts/export"), await client.get("/api/contacts/export?format=jsonl")

    assert (table.status_code, error_of(table)["code"]) == (422, "UNPROCESSABLE_ENTITY")
    assert (lines.status_code, lines.text.count("\n")) == (200, 2)


async def test_nothing_of_another_workspace_is_exported_or_told(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    job = await imported(client, PEOPLE)

    exported = await other_client.get("/api/contacts/export")
    told = await other_client.get(f"/api/jobs/{job['id']}")

    assert exported.text.count("\n") == 1
    assert told.status_code == 404
