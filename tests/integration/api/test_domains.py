from datetime import timedelta
from typing import Any

import httpx
import pytest

from dripline.accounts.model import Mode
from dripline.accounts.sealing import Unsealable
from dripline.api.app import Application
from dripline.api.services import Services
from dripline.database.pool import Database
from dripline.delivery.counting import Counted, about_domain
from dripline.delivery.domains.keys import public_record
from dripline.delivery.domains.store import about, find_domain
from dripline.delivery.message.signing import read_key
from dripline.durable.tallies import Tally, add_tallies, hour_of
from dripline.kernel.clock import real_now
from tests.integration.api.conftest import NAMES, a_client, a_key, error_of
from tests.integration.conftest import a_workspace


@pytest.fixture
async def live(app: Application, database: Database) -> httpx.AsyncClient:
    return a_client(app, await a_key(database, await a_workspace(database, Mode.LIVE)))


async def added(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    response = await client.post("/api/domains", json={"domain": name})
    assert response.status_code == 201, response.text
    domain: dict[str, Any] = response.json()
    return domain


async def verified(client: httpx.AsyncClient, domain: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(f"/api/domains/{domain['id']}/verify")
    assert response.status_code == 200, response.text
    after: dict[str, Any] = response.json()
    return after


def publish(domain: dict[str, Any]) -> None:
    """What a person does with the records."""
    NAMES.records["amazonses.com", "TXT"] = ["v=spf1 ip4:192.0.2.0/24 -all"]
    for record in domain["dnsRecords"]:
        NAMES.records[record["name"], record["type"]] = [record["value"]]


def results(domain: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["result"] for check in domain["checks"]}


def selectors(domain: dict[str, Any]) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for key in domain["keys"]:
        states.setdefault(key["status"], []).append(key["selector"])
    return states


async def test_a_live_domain_is_pending_and_says_what_to_publish(live: httpx.AsyncClient) -> None:
    domain = await added(live, "First.example")

    assert {name: domain[name] for name in ("domain", "status", "sendingEnabled", "verifiedAt", "checkedAt")} == {
        "domain": "first.example",
        "status": "pending",
        "sendingEnabled": False,
        "verifiedAt": None,
        "checkedAt": None,
    }
    [rsa, ed25519] = [key["selector"] for key in domain["keys"]]
    assert [(each["type"], each["name"], each["purpose"], each["required"]) for each in domain["dnsRecords"]] == [
        ("TXT", f"{rsa}._domainkey.first.example", "DKIM", True),
        ("TXT", f"{ed25519}._domainkey.first.example", "DKIM", False),
        ("TXT", "first.example", "SPF", False),
        ("TXT", "_dmarc.first.example", "DMARC", False),
        ("MX", "bounce.first.example", "RETURN_PATH", False),
        ("TXT", "bounce.first.example", "RETURN_PATH", False),
        ("CNAME", "click.first.example", "TRACKING", False),
    ]
    values = [each["value"] for each in domain["dnsRecords"]]
    assert values[2:] == [
        "v=spf1 include:amazonses.com ~all",
        "v=DMARC1; p=none",
        "10 in.example.net",
        "v=spf1 include:amazonses.com ~all",
        "mail.example.net",
    ]
    assert len(values[0]) == len("v=DKIM1; k=rsa; p=") + 392


async def test_a_live_domain_is_verified_once_its_records_are_there(live: httpx.AsyncClient) -> None:
    domain = await added(live, "second.example")

    before = await verified(live, domain)
    publish(domain)
    after = await verified(live, domain)

    assert (before["status"], {each["status"] for each in before["dnsRecords"]}) == ("pending", {"missing"})
    assert before["dnsRecords"][2]["reason"] == "there is no SPF record at second.example"
    assert (after["status"], after["sendingEnabled"]) == ("verified", True)
    assert {each["status"] for each in after["dnsRecords"]} == {"verified"}
    assert (after["returnPathHost"], after["trackingHost"]) == ("bounce.second.example", "click.second.example")
    assert results(after)["dkim"] == results(after)["spf"] == results(after)["alignment"] == "pass"
    assert (await live.get("/api/domains/second.example")).json() == after


async def test_a_domain_of_a_test_workspace_is_verified_at_once(client: httpx.AsyncClient) -> None:
    domain = await added(client, "third.example")

    assert (domain["status"], domain["sendingEnabled"]) == ("verified", True)
    assert [each["status"] for each in domain["dnsRecords"]] == [*["verified"] * 4, *["unchecked"] * 3]
    assert (domain["returnPathHost"], domain["trackingHost"]) == (None, None)
    assert (await verified(client, domain))["status"] == "verified"


async def test_keys_are_rotated_and_the_old_one_stays_published(live: httpx.AsyncClient) -> None:
    domain = await added(live, "fourth.example")
    publish(domain)
    before = await verified(live, domain)

    response = await live.post(f"/api/domains/{domain['id']}/rotate-key")
    waiting = response.json()
    again = await live.post(f"/api/domains/{domain['id']}/rotate-key")
    publish(waiting)
    after = await verified(live, domain)

    assert (response.status_code, error_of(again)["code"]) == (200, "CONFLICT")
    assert selectors(waiting)["signing"] == selectors(before)["signing"] == selectors(after)["retired"]
    assert selectors(after)["signing"] == selectors(waiting)["waiting"]
    kept = [each["keepUntil"] is not None for each in after["dnsRecords"] if each["purpose"] == "DKIM"]
    assert kept == [True, True, False, False]


async def test_a_test_domain_rotates_at_once(client: httpx.AsyncClient) -> None:
    domain = await added(client, "fifth.example")

    rotated = (await client.post("/api/domains/fifth.example/rotate-key")).json()

    assert selectors(rotated)["retired"] == selectors(domain)["signing"]
    assert len(selectors(rotated)["signing"]) == 2


async def test_domains_are_listed_by_name_and_deleted(live: httpx.AsyncClient) -> None:
    for name in ("c.example", "a.example", "b.example"):
        await added(live, name)

    first = (await live.get("/api/domains?limit=2")).json()
    rest = (await live.get(f"/api/domains?limit=2&cursor={first['nextCursor']}")).json()
    deleted = await live.delete("/api/domains/b.example")

    assert [each["domain"] for each in first["data"] + rest["items"]] == ["a.example", "b.example", "c.example"]
    assert (rest["nextCursor"], deleted.status_code) == (None, 204)
    assert (await live.get("/api/domains/b.example")).status_code == 404
    assert [each["domain"] for each in (await live.get("/api/domains")).json()["data"]] == ["a.example", "c.example"]


async def test_a_workspace_has_a_domain_once_and_another_may_have_it_too(
    live: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    mine = await added(live, "both.example")

    again = await live.post("/api/domains", json={"domain": "BOTH.example."})
    theirs = await added(client, "both.example")

    assert (again.status_code, error_of(again)["code"]) == (409, "CONFLICT")
    assert mine["keys"][0]["selector"] != theirs["keys"][0]["selector"]
    assert (await client.get(f"/api/domains/{mine['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("gmail.com", 422, "UNPROCESSABLE_ENTITY"),
        ("co.uk", 422, "UNPROCESSABLE_ENTITY"),
        ("not a domain", 400, "VALIDATION_ERROR"),
        ("", 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_domain_that_cannot_be_proved_is_refused(
    live: httpx.AsyncClient, name: str, status: int, code: str
) -> None:
    response = await live.post("/api/domains", json={"domain": name})

    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert error_of(response)["details"][0]["path"] == "domain"


async def test_a_private_key_is_kept_sealed_for_its_workspace_and_never_answered(
    app: Application, services: Services, database: Database
) -> None:
    workspace, other = await a_workspace(database, Mode.LIVE), await a_workspace(database, Mode.LIVE)
    client = a_client(app, await a_key(database, workspace))
    answered = await added(client, "secret.example")

    async with database.work() as tx:
        [rsa, _] = (await find_domain(tx, workspace.id, "secret.example")).keys
    private = services.sealer.open(rsa.sealed, about(workspace.id, rsa.selector))

    assert public_record(read_key("secret.example", rsa.selector, private).private) == rsa.public
    assert private[100:140] not in rsa.sealed
    assert set(answered["keys"][0]) == {"selector", "algorithm", "status", "createdAt", "provedAt", "retiredAt"}
    with pytest.raises(Unsealable):
        services.sealer.open(rsa.sealed, about(other.id, rsa.selector))


async def test_a_domain_is_judged_by_the_connections_that_carry_its_mail(live: httpx.AsyncClient) -> None:
    domain = await added(live, "carried.example")
    other = await added(live, "plain.example")
    told = {"serverToken": "a-token-of-the-server", "domains": ["carried.example"]}
    assert (await live.put("/api/connections/postmark", json=told)).status_code == 201

    by_api, by_relay = [(await live.get(f"/api/domains/{each['id']}")).json() for each in (domain, other)]

    values = [
        next(record["value"] for record in each["dnsRecords"] if record["purpose"] == "SPF")
        for each in (by_api, by_relay)
    ]
    assert values == ["v=spf1 a mx ~all", "v=spf1 include:amazonses.com ~all"]
    assert {name: results(by_api)[name] for name in ("spf", "tls", "reverse_dns")} == dict.fromkeys(
        ("spf", "tls", "reverse_dns"), "pass"
    )
    assert results(by_relay)["reverse_dns"] == "unknown"
    listed = {each["domain"]: each for each in (await live.get("/api/domains")).json()["data"]}
    assert listed == {"carried.example": by_api, "plain.example": by_relay}


async def test_complaints_of_thirty_days_are_held_against_the_mail_of_a_domain(
    app: Application, database: Database
) -> None:
    workspace = await a_workspace(database, Mode.LIVE)
    client, now = a_client(app, await a_key(database, workspace)), real_now()
    domain = await added(client, "loud.example")
    counts = [
        (now, Counted.SENT, 999),
        (now, Counted.COMPLAINED, 1),
        (now - timedelta(days=40), Counted.COMPLAINED, 50),
    ]
    async with database.work() as tx:
        tallies = [Tally(about_domain("loud.example"), hour_of(at), what, count) for at, what, count in counts]
        await add_tallies(tx, workspace.id, tallies)

    [rule] = [
        each
        for each in (await client.get(f"/api/domains/{domain['id']}")).json()["checks"]
        if each["name"] == "spam_rate"
    ]

    assert (rule["result"], "1 complaints about 999 mails in 30 days" in rule["detail"]) == ("fail", True)
