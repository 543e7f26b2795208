"""Layouts and partials: what templates are made with."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of
from tests.makers.published import API_TRIGGER

FRAME = "<html><body><h1>{{ workspace.company }}</h1>{{ content }}{% render 'sign' %}</body></html>"
MJML_FRAME = "<mjml><mj-body>{{ content }}</mj-body></mjml>"
SECTION = "<mj-section><mj-column><mj-text>Hi {% render 'sign' %}</mj-text></mj-column></mj-section>"


async def put(client: httpx.AsyncClient, path: str, **fields: object) -> dict[str, Any]:
    response = await client.put(f"/api/{path}", json=fields)
    assert response.status_code in {200, 201}, response.text
    put: dict[str, Any] = response.json()
    return put


async def a_template(client: httpx.AsyncClient, slug: str = "welcome", **fields: object) -> dict[str, Any]:
    return await put(client, f"templates/{slug}", **{"name": slug, "subject": "Hi", **fields})


async def shown(client: httpx.AsyncClient, slug: str = "welcome") -> dict[str, Any]:
    seen: dict[str, Any] = (await client.post(f"/api/templates/{slug}/preview", json={"email": "a@example.com"})).json()
    return seen


async def test_a_partial_is_made_changed_and_listed(client: httpx.AsyncClient) -> None:
    first = await put(client, "partials/sign", html="Ada {{ x | raw }}", name="Signature")
    same = await put(client, "partials/sign", html="Ada {{ x | raw }}", name="Signature")
    changed = await put(client, "partials/sign", html="Bob")

    assert first == {
        "slug": "sign",
        "name": "Signature",
        "html": "Ada {{ x | raw }}",
        "partials": [],
        "warnings": first["warnings"],
        "remade": [],
        "version": 1,
        "createdAt": first["createdAt"],
        "updatedAt": first["createdAt"],
    }
    assert first["warnings"][0].startswith("line 1, column 12, html: a value is shown as the HTML that it holds")
    assert same == first
    assert (changed["version"], changed["name"], changed["warnings"]) == (2, "sign", [])
    assert (await client.get("/api/partials/sign")).json() == changed
    assert (await client.get("/api/partials")).json()["data"] == [changed]


async def test_layouts_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    for slug in ("c", "a", "b"):
        await put(client, f"layouts/{slug}", html="{{ content }}")

    first = (await client.get("/api/layouts?limit=2")).json()
    rest = (await client.get(f"/api/layouts?limit=2&cursor={first['nextCursor']}")).json()

    assert [each["slug"] for each in first["data"] + rest["data"]] == ["a", "b", "c"]


async def test_a_template_stands_in_its_layout_with_its_partials(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="<p>Ada, {{ workspace.company }}</p>")
    layout = await put(client, "layouts/plain", html=FRAME)

    template = await a_template(client, html="<p>Hi {{ firstName|you }}</p>", layout="plain", previewText="See")

    seen = await shown(client)
    assert (layout["partials"], template["layout"], template["partials"]) == (["sign"], "plain", ["sign"])
    assert template["html"] == "<p>Hi {{ firstName|you }}</p>"
    assert seen["html"].index("<h1>") < seen["html"].index("Hi you") < seen["html"].index("<p>Ada, </p>")
    assert "Hi you\n\nAda," in seen["text"]


async def test_a_changed_piece_makes_a_version_of_each_template_that_it_is_in(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="Ada")
    await put(client, "partials/end", html="{% render 'sign' %}!")
    await put(client, "layouts/plain", html="<div>{{ content }}</div>")
    await a_template(client, "framed", html="<p>Hi</p>", layout="plain")
    await a_template(client, "signed", html="<p>Hi {% render 'end' %}</p>")
    await a_template(client, "apart", html="<p>Hi</p>")

    signed = await put(client, "partials/sign", html="Bob {{ plan }}")
    framed = await put(client, "layouts/plain", html="<section>{{ content }}</section>")

    versions = {each["slug"]: each["version"] for each in (await client.get("/api/templates")).json()["data"]}
    assert (signed["remade"], framed["remade"]) == (["signed"], ["framed"])
    assert versions == {"framed": 2, "signed": 2, "apart": 1}
    assert "Bob !" in (await shown(client, "signed"))["html"]
    assert (await client.get("/api/templates/signed")).json()["variables"] == ["plan"]
    assert "<section><p>Hi</p></section>" in (await shown(client, "framed"))["html"]


async def test_mjml_and_blocks_have_layouts_of_their_kind(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="Ada")
    await put(client, "layouts/mjml", mjml=MJML_FRAME)
    slot = {"type": "html", "content": "{{ content }}"}
    await put(client, "layouts/blocks", blocks=[{"type": "heading", "content": "Top"}, slot, {"type": "footer"}])

    await a_template(client, "mjml", mjml=SECTION, layout="mjml")
    await a_template(client, "blocks", blocks=[{"type": "text", "content": "Hi {% render 'sign' %}"}], layout="blocks")
    crossed = await client.put(
        "/api/templates/x", json={"name": "x", "subject": "x", "html": "<p>x</p>", "layout": "mjml"}
    )

    assert "Hi Ada" in (await shown(client, "mjml"))["html"]
    assert (await shown(client, "blocks"))["text"].split() == ["Top", "Hi", "Ada", "Unsubscribe", "(#unsubscribe)"]
    assert (crossed.status_code, error_of(crossed)["details"][0]["path"]) == (400, "layout")


@pytest.mark.parametrize(
    ("fields", "path", "place", "message"),
    [
        ({"html": "a\n{% render 'sing' %}"}, "html", (2, 1), "there is no partial 'sing', did you mean 'sign'?"),
        ({"html": "<p>Hi</p>", "layout": "plane"}, "layout", (None, None), "there is no layout 'plane', did you mean"),
        ({"html": "Hi", "text": " {% include 'x' %}"}, "text", (1, 2), "there is no partial 'x'"),
        ({"html": "Hi", "subject": "{% render 'sign' %}"}, "subject", (None, None), "cannot hold a partial"),
        (
            {"blocks": [{"type": "card", "blocks": [{"type": "text", "content": "{% render 'x' %}"}]}]},
            "blocks[0].blocks[0].content",
            (1, 1),
            "there is no partial 'x'",
        ),
    ],
)
async def test_what_is_not_there_is_named(
    client: httpx.AsyncClient, fields: dict[str, object], path: str, place: tuple[int | None, int | None], message: str
) -> None:
    await put(client, "partials/sign", html="Ada")
    await put(client, "layouts/plain", html="{{ content }}")

    response = await client.put("/api/templates/welcome", json={"name": "Welcome", "subject": "Hi", **fields})

    [detail] = error_of(response)["details"]
    assert (response.status_code, detail["path"], detail.get("line"), detail.get("column")) == (400, path, *place)
    assert message in error_of(response)["message"]
    assert (await client.get("/api/templates")).json()["data"] == []


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        ("layouts/plain", {"html": "<p></p>"}, "html: has no {{ content }}"),
        (
            "layouts/plain",
            {"html": "{{ content }}\n {{content}}"},
            "line 2, column 2, html: has {{ content }} more",
        ),
        ("layouts/plain", {"html": "{{ content }}{% if %}"}, "line 1, column 17, html:"),
        (
            "layouts/plain",
            {"mjml": "<mjml>\n<mj-boby>{{ content }}</mj-boby></mjml>"},
            "line 2, column 1, mjml:",
        ),
        ("layouts/plain", {"blocks": [{"type": "footer"}]}, "blocks: have no block that is {{ content }}"),
        ("layouts/plain", {}, "html: is missing"),
        ("layouts/plain", {"html": "{{ content }}", "mjml": "x"}, "html: is given together with mjml"),
        ("partials/sign", {"html": "{% render 'sign' %}"}, "the partial 'sign' would stand in itself: sign in sign"),
        ("partials/a%20b", {"html": "x"}, "id: is no slug"),
    ],
)
async def test_a_piece_that_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, path: str, fields: dict[str, object], message: str
) -> None:
    response = await client.put(f"/api/{path}", json=fields)

    assert response.status_code == 400, response.text
    assert message in error_of(response)["message"]
    assert (await client.get(f"/api/{path}")).status_code == 404


async def test_partials_do_not_stand_in_each_other_in_a_circle(client: httpx.AsyncClient) -> None:
    await put(client, "partials/a", html="a")
    await put(client, "partials/b", html="{% render 'a' %}")

    response = await client.put("/api/partials/a", json={"html": "{% render 'b' %}"})

    assert response.status_code == 400
    assert "the partial 'a' would stand in itself: a in b in a" in error_of(response)["message"]


async def test_a_piece_with_which_a_template_cannot_be_made_changes_nothing(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="Ada")
    await put(client, "layouts/mjml", mjml=MJML_FRAME)
    await a_template(client, "fine", html="{% render 'sign' %}")
    await a_template(client, "narrow", mjml=SECTION, layout="mjml")

    response = await client.put("/api/partials/sign", json={"html": "<p>never closed"})

    assert response.status_code == 400
    assert "the template 'narrow', which uses it, cannot be made with it" in error_of(response)["message"]
    assert (await client.get("/api/partials/sign")).json()["html"] == "Ada"
    assert {each["version"] for each in (await client.get("/api/templates")).json()["data"]} == {1}


async def test_what_is_in_use_is_not_deleted(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="Ada")
    await put(client, "partials/end", html="{% render 'sign' %}")
    await put(client, "layouts/plain", html="{{ content }}{% render 'sign' %}")
    await a_template(client, html="<p>{% render 'end' %}</p>", layout="plain")
    html = "<p>{% render 'end' %}</p>"
    definition = API_TRIGGER + f'steps:\n  - action: email\n    subject: Hi\n    html: "{html}"\n'
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})

    uses = [
        (await client.get(f"/api/{path}/uses")).json() for path in ("partials/sign", "partials/end", "layouts/plain")
    ]
    in_use = [await client.delete(f"/api/{path}") for path in ("partials/sign", "partials/end", "layouts/plain")]

    assert uses == [
        {"templates": ["welcome"], "layouts": ["plain"], "partials": ["end"], "sequences": []},
        {"templates": ["welcome"], "layouts": [], "partials": [], "sequences": ["greeting"]},
        {"templates": ["welcome"], "layouts": [], "partials": [], "sequences": []},
    ]
    assert [response.status_code for response in in_use] == [409, 409, 409]
    assert "is in use by: welcome" in error_of(in_use[2])["message"]


async def test_a_layout_that_a_draft_names_is_not_deleted(client: httpx.AsyncClient) -> None:
    await put(client, "layouts/plain", html="{{ content }}")
    definition = API_TRIGGER + 'steps:\n  - {action: email, subject: Hi, html: "<p>Hi</p>", layout: plain}\n'
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})

    uses = (await client.get("/api/layouts/plain/uses")).json()
    refused = await client.delete("/api/layouts/plain")

    assert uses == {"templates": [], "layouts": [], "partials": [], "sequences": ["greeting"]}
    assert (refused.status_code, "is in use by: greeting" in error_of(refused)["message"]) == (409, True)


async def test_what_nobody_needs_is_deleted(client: httpx.AsyncClient) -> None:
    await put(client, "layouts/plain", html="{{ content }}")
    await a_template(client, html="<p>Hi</p>", layout="plain")
    await a_template(client, html="<p>Hi</p>")

    assert (await client.delete("/api/layouts/plain")).status_code == 204
    assert (await client.delete("/api/layouts/plain")).status_code == 404
    assert (await shown(client))["html"].startswith("<p>Hi</p>")


async def test_content_of_a_sequence_may_hold_partials(client: httpx.AsyncClient) -> None:
    await put(client, "partials/sign", html="Ada")
    definition = API_TRIGGER + "steps:\n  - action: email\n    subject: Hi\n    html: \"Hi {% render 'sign' %}\"\n"
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})
    activated = await client.post("/api/sequences/greeting/activate")
    assert (activated.status_code, activated.json()["warnings"]) == (200, [])

    changed = await put(client, "partials/sign", html="Bob")

    assert len(changed["remade"]) == 1
    assert (await shown(client, changed["remade"][0]))["html"].startswith("Hi Bob")


async def test_pieces_of_another_workspace_are_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await put(client, "partials/sign", html="Ada")

    answers = [
        await other_client.get("/api/partials/sign"),
        await other_client.get("/api/partials/sign/uses"),
        await other_client.delete("/api/partials/sign"),
    ]
    response = await other_client.put(
        "/api/templates/x", json={"name": "x", "subject": "x", "html": "{% render 'sign' %}"}
    )

    assert ([answer.status_code for answer in answers], response.status_code) == ([404] * 3, 400)


async def test_a_raw_value_in_the_content_of_a_sequence_is_warned_of(client: httpx.AsyncClient) -> None:
    definition = API_TRIGGER + 'steps:\n  - action: email\n    subject: Hi\n    html: "<p>{{ bio | raw }}</p>"\n'
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})

    [warning] = (await client.post("/api/sequences/greeting/activate")).json()["warnings"]

    assert warning["path"] == "steps[0].html"
    assert "in its line 1, column 13: a value is shown as the HTML that it holds" in warning["message"]
