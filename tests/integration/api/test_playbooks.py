import httpx
import pytest

from dripline.authoring.playbooks.shelf import NAMES, find_playbook
from tests.integration.api.conftest import error_of, put_templates

FACTS = {"product": "Acme", "site": "https://acme.test"}


async def test_the_playbooks_are_listed_and_shown(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/playbooks")).json()
    shown = (await client.get("/api/playbooks/cart")).json()

    assert [each["name"] for each in listed["data"]] == list(NAMES)
    assert listed["data"][5] == {
        "name": "cart",
        "title": "Abandoned cart",
        "summary": shown["summary"],
        "mails": 3,
        "trigger": {"event": "checkout.started"},
    }
    assert [each["template"] for each in shown["emails"]] == ["cart-kept", "cart-questions", "cart-last-call"]
    assert shown["facts"][2] == {
        "name": "site",
        "means": "your site, where links lead whose own fact is not given",
        "value": "https://example.com",
    }


@pytest.mark.parametrize("name", NAMES)
async def test_a_playbook_is_made_tried_out_and_activated_without_a_warning(
    client: httpx.AsyncClient, name: str
) -> None:
    playbook = find_playbook(name)
    made = await client.post(f"/api/playbooks/{name}", json={"slug": "mine", "facts": FACTS})
    trial = {"email": "lena@example.com"} | ({"event": playbook.sample} if playbook.sample is not None else {})

    tried = await client.post("/api/sequences/mine/dry-run", json=trial)
    activated = await client.post("/api/sequences/mine/activate")

    assert (made.status_code, made.json()["status"], made.json()["warnings"]) == (201, "draft", [])
    assert made.json()["templates"] == [f"mine-{key}" for key in playbook.about.mails]
    assert (tried.status_code, tried.json()["warnings"]) == (200, [])
    assert all(step["subject"] for step in tried.json()["steps"] if step["action"] == "email")
    assert (activated.status_code, activated.json()["warnings"]) == (200, [])


@pytest.mark.parametrize("name", NAMES)
async def test_every_mail_of_a_playbook_reads_well_for_those_of_whom_nothing_is_known(
    client: httpx.AsyncClient, name: str
) -> None:
    made = (await client.post(f"/api/playbooks/{name}", json={"facts": FACTS})).json()

    seen = [(await client.post(f"/api/templates/{slug}/preview", json={})).json() for slug in made["templates"]]

    for mail in seen:
        said = f"{mail['subject']}\n{mail['text']}"
        assert not any(part in said for part in ("{{", "{%", "[[", " ,", "  .", "()", "None")), said


async def test_a_playbook_is_made_under_its_own_name_once(client: httpx.AsyncClient) -> None:
    first, second = [await client.post("/api/playbooks/win-back") for _ in range(2)]

    assert (first.status_code, first.json()["slug"], first.json()["name"]) == (201, "win-back", "Win-back")
    assert "the mails hold examples: product, site" in first.json()["warnings"][0]
    assert (second.status_code, error_of(second)["code"]) == (409, "CONFLICT")


async def test_nothing_is_made_where_a_template_is_in_the_way(client: httpx.AsyncClient) -> None:
    await put_templates(client, "mine-kept")

    refused = await client.post("/api/playbooks/cart", json={"slug": "mine"})

    assert refused.status_code == 409
    assert "mine-kept" in error_of(refused)["message"]
    assert (await client.get("/api/sequences/mine")).status_code == 404
    assert [each["slug"] for each in (await client.get("/api/templates")).json()["data"]] == ["mine-kept"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"slug": "no slug"}, "slug"),
        ({"slug": "x" * 101}, "slug"),
        ({"facts": {"site": "acme"}}, "facts.site"),
        ({"facts": {"sit": "https://acme.test"}}, "facts.sit"),
        ({"name": ""}, "name"),
    ],
)
async def test_what_cannot_be_made_is_refused(client: httpx.AsyncClient, body: dict[str, object], path: str) -> None:
    refused = await client.post("/api/playbooks/cart", json=body)

    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, path)


async def test_an_unknown_playbook_is_404(client: httpx.AsyncClient) -> None:
    answers = [await client.get("/api/playbooks/carts"), await client.post("/api/playbooks/carts", json={})]

    assert [(each.status_code, error_of(each)["message"]) for each in answers] == [
        (404, "There is no playbook 'carts'. Did you mean 'cart'?")
    ] * 2
