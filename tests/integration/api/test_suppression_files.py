"""Suppressed addresses go out and come in as CSV."""

import httpx

EMAILS = ["a@example.com", "b@example.com", "c@example.com"]


async def test_what_is_exported_is_imported_by_another_workspace(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    for email, detail in zip(EMAILS, ["=1+1", "with, comma", ""], strict=True):
        made = await client.post(
            "/api/suppressions", json={"email": email, "reason": "bounced", "detail": detail or None}
        )
        assert made.status_code == 201, made.text

    file = await client.get("/api/suppressions/export")
    answer = await other_client.post("/api/suppressions/import", content=file.content)
    again = await other_client.post("/api/suppressions/import", content=file.content)

    assert file.text.splitlines()[0] == "email,reason,detail,createdAt"
    assert "\n'=1" not in file.text
    assert ",'=1+1," in file.text
    assert answer.json() == {"suppressed": 3, "known": 0, "rejected": 0, "errors": []}
    assert again.json()["suppressed"] == 0
    found = (await other_client.get("/api/suppressions")).json()["data"]
    assert [(each["email"], each["reason"], each["detail"]) for each in found] == [
        ("a@example.com", "bounced", "=1+1"),
        ("b@example.com", "bounced", "with, comma"),
        ("c@example.com", "bounced", None),
    ]


async def test_a_contact_of_the_file_is_suppressed_and_faulty_rows_are_named(client: httpx.AsyncClient) -> None:
    await client.post("/api/contacts", json={"email": "jane@example.com"})

    answer = await client.post(
        "/api/suppressions/import",
        content="\ufeffEmail,Reason\r\nJane@Example.com,complaint\r\nnobody,manual\r\n\r\nx@example.com,because\r\n",
    )

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["suppressed"], said["known"], said["rejected"]) == (1, 0, 2)
    assert [(fault["row"], fault["column"]) for fault in said["errors"]] == [(3, "email"), (5, "reason")]
    assert (await client.get("/api/contacts/jane@example.com")).json()["suppressed"] is True


async def test_a_file_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/api/suppressions/import", content=content)
        for content in (b"", b"\xff\xfe", b"name\nx\n", b'email\n"half', b"\x00")
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
