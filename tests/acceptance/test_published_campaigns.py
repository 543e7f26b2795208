"""The published requests of campaigns, as they stand on their page, with curl."""

import json
import subprocess
from typing import Any

import pytest

from tests.makers.installation import Installation

CREATE = """\
curl -X POST https://api.kraiter.com/api/campaigns \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "name": "Q4 Product Launch",
    "description": "Announcement and onboarding for the new analytics feature."
  }'
"""
LIST = """\
curl "https://api.kraiter.com/api/campaigns?limit=10" \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
GET = """\
curl https://api.kraiter.com/api/campaigns/cmp_01H9... \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
UPDATE = """\
curl -X PATCH https://api.kraiter.com/api/campaigns/cmp_01H9... \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{ "status": "active" }'
"""
DELETE = """\
curl -X DELETE https://api.kraiter.com/api/campaigns/cmp_01H9... \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
ADD_SEQUENCE = """\
curl -X POST https://api.kraiter.com/api/campaigns/cmp_01H9.../sequences/onboarding \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
REMOVE_SEQUENCE = """\
curl -X DELETE https://api.kraiter.com/api/campaigns/cmp_01H9.../sequences/onboarding \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
ADD_TEMPLATE = """\
curl -X POST https://api.kraiter.com/api/campaigns/cmp_01H9.../templates/launch-announcement \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""
REMOVE_TEMPLATE = """\
curl -X DELETE https://api.kraiter.com/api/campaigns/cmp_01H9.../templates/launch-announcement \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""


@pytest.fixture
def campaign(product: Installation) -> Any:
    """The published campaign, made by the published request, and what can become a member of it."""
    template = {"name": "Launch Announcement", "subject": "It is here", "html": "<p>Hello</p>"}
    product.ask("PUT", "/api/templates/launch-announcement", template)
    definition = "trigger:\n  api: true\nsteps: []\n"
    product.ask("PUT", "/api/sequences/onboarding", {"name": "Onboarding Sequence", "definition": definition})
    return _run(CREATE, product)


def test_the_published_requests_fill_a_campaign_and_empty_it(product: Installation, campaign: dict[str, Any]) -> None:
    ref = campaign["id"]
    _run(ADD_SEQUENCE, product, ref)
    _run(ADD_TEMPLATE, product, ref)
    _run(UPDATE, product, ref)

    found = _run(GET, product, ref)

    published = ("id", "name", "description", "status", "sequences", "templates", "createdAt", "updatedAt")
    assert {key: campaign[key] for key in published} == {
        "id": ref,
        "name": "Q4 Product Launch",
        "description": "Announcement and onboarding for the new analytics feature.",
        "status": "draft",
        "sequences": [],
        "templates": [],
        "createdAt": campaign["createdAt"],
        "updatedAt": campaign["createdAt"],
    }
    assert (found["status"], _names(found["sequences"]), _names(found["templates"])) == (
        "active",
        [("onboarding", "Onboarding Sequence")],
        [("launch-announcement", "Launch Announcement")],
    )
    assert [each["id"] for each in _run(LIST, product)["data"]] == [ref]
    assert [_run(REMOVE_SEQUENCE, product, ref), _run(REMOVE_TEMPLATE, product, ref)] == [None, None]
    assert (_run(GET, product, ref)["sequences"], _run(GET, product, ref)["templates"]) == ([], [])


def test_the_published_request_deletes_the_grouping_alone(product: Installation, campaign: dict[str, Any]) -> None:
    _run(ADD_SEQUENCE, product, campaign["id"])

    answer = _run(DELETE, product, campaign["id"])

    assert answer is None
    assert _run(GET, product, campaign["id"])["error"]["code"] == "NOT_FOUND"
    assert product.ask("GET", "/api/sequences/onboarding")["name"] == "Onboarding Sequence"


def test_a_member_is_added_once_by_the_published_request(product: Installation, campaign: dict[str, Any]) -> None:
    _, again = _run(ADD_SEQUENCE, product, campaign["id"]), _run(ADD_SEQUENCE, product, campaign["id"])

    assert again["error"]["code"] == "CONFLICT"


def _names(members: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(member["id"], member["name"]) for member in members]


def _run(command: str, product: Installation, ref: str = "") -> Any:
    ours = command.replace("https://api.kraiter.com", product.url).replace("YOUR_API_KEY", product.key)
    ours = ours.replace("cmp_01H9...", ref)
    ran = subprocess.run(["bash", "-c", ours], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(ran.stdout) if ran.stdout else None
