"""A welcome series by the published requests of structured sequences, and a clock that is moved."""

import json
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.makers.installation import Installation

CREATE = """\
{
  "name": "Welcome Series",
  "triggerType": "list_add",
  "triggerListId": "lst_xxx",
  "senderId": "snd_xxx",
  "enrollExisting": false
}"""

STEP = """\
{
  "name": "Welcome Email",
  "subject": "Welcome to {{companyName}}!",
  "bodyHtml": "<p>Hello {{firstName}},</p><p>Welcome aboard!</p>",
  "delayAmount": 0,
  "delayUnit": "days"
}"""

ADD_TO_LIST = """\
# Adding a contact to a list also enrolls them in any active sequences
curl -X POST https://api.xmit.sh/api/lists/lst_xxx/contacts \\
  -H "Authorization: Bearer pm_live_xxx" \\
  -H "Content-Type: application/json" \\
  -d '{"contactIds": ["con_xxx"]}'"""

ENROLL = """\
curl -X POST https://api.xmit.sh/api/sequences/seq_xxx/enroll \\
  -H "Authorization: Bearer pm_live_xxx" \\
  -H "Content-Type: application/json" \\
  -d '{"contactIds": ["con_xxx", "con_yyy"]}'"""

ENROLLMENTS = "/api/sequences/seq_xxx/enrollments?status=active&limit=50&offset=0"


@pytest.fixture
def ids(product: Installation) -> dict[str, str]:
    """A welcome series of three mails on days 0, 2 and 5, active; what stands for its ids in the published requests."""
    product.ask("POST", "/api/test-clock/advance", {"duration": "0m"})
    ids = {
        "lst_xxx": product.ask("POST", "/api/lists", {"name": "Newcomers"})["id"],
        "snd_xxx": product.ask("POST", "/api/senders", {"name": "Ann", "email": "ann@example.com"})["id"],
        "con_xxx": _contact(product, "Xenia"),
        "con_yyy": _contact(product, "Yvo"),
    }
    sequence = product.ask("POST", "/api/sequences", json.loads(_real(CREATE, ids)))
    ids["seq_xxx"] = sequence["id"]
    steps = [
        json.loads(STEP),
        {"name": "Feature Highlights", "subject": "Highlights", "bodyHtml": "<p>…</p>", "delayAmount": 2},
        {"name": "Call to Action", "subject": "Now", "bodyHtml": "<p>…</p>", "delayAmount": 72, "delayUnit": "hours"},
    ]
    added = [product.ask("POST", f"/api/sequences/{sequence['id']}/steps", step) for step in steps]
    assert [(step["id"], step["position"]) for step in added] == [
        ("welcome-email", 1),
        ("feature-highlights", 2),
        ("call-to-action", 3),
    ]
    activated = product.ask("POST", f"/api/sequences/{sequence['id']}/activate")
    assert (activated["status"], activated["warnings"]) == ("active", [])
    return ids


def test_who_is_added_to_the_list_gets_the_series(product: Installation, ids: dict[str, str]) -> None:
    start = _now(product)

    answer = _run(_real(ADD_TO_LIST, ids, product))
    product.ask("POST", "/api/test-clock/advance", {"duration": "1d"})
    enrolled = product.ask("GET", _real(ENROLLMENTS, ids))
    product.ask("POST", "/api/test-clock/advance", {"duration": "9d"})

    assert answer == {"added": 1, "enrolled": 1, "skipped": 0}
    assert [(each["contactId"], each["status"], each["step"]) for each in enrolled["data"]] == [
        (ids["con_xxx"], "active", "delay-1")
    ]
    mails = _mails(product, "Xenia")
    assert [(mail["subject"], _days(mail, start)) for mail in mails] == [
        ("Welcome to Xenia & Sons!", 0),
        ("Highlights", 2),
        ("Now", 5),
    ]
    assert "<p>Hello Xenia,</p><p>Welcome aboard!</p>" in mails[0]["html"]
    assert {mail["from"] for mail in mails} == {_sender(product, ids)}


def test_many_are_enrolled_by_call(product: Installation, ids: dict[str, str]) -> None:
    answer = _run(_real(ENROLL, ids, product))
    again = _run(_real(ENROLL, ids, product))

    assert (answer["enrolled"], answer["skipped"]) == (2, 0)
    assert (again["enrolled"], again["skipped"], again["reasons"]) == (0, 2, {"already_active": 2})


def test_a_pause_stops_the_series_and_a_resume_lets_it_go_on(product: Installation, ids: dict[str, str]) -> None:
    _run(_real(ADD_TO_LIST, ids, product))
    product.ask("POST", "/api/test-clock/advance", {"duration": "1d"})

    product.ask("POST", f"/api/sequences/{ids['seq_xxx']}/pause")
    paused = product.ask("GET", f"/api/sequences/{ids['seq_xxx']}/enrollments")["data"]
    product.ask("POST", "/api/test-clock/advance", {"duration": "30d"})
    held = [mail["subject"] for mail in _mails(product, "Xenia")]
    product.ask("POST", f"/api/sequences/{ids['seq_xxx']}/resume")
    resumed = _now(product)
    product.ask("POST", "/api/test-clock/advance", {"duration": "30d"})

    assert [each["status"] for each in paused] == ["paused"]
    assert held == ["Welcome to Xenia & Sons!"]
    mails = _mails(product, "Xenia")[1:]
    assert [(mail["subject"], round(_days(mail, resumed))) for mail in mails] == [("Highlights", 0), ("Now", 3)]


def _contact(product: Installation, name: str) -> str:
    email = f"{name.lower()}@example.com"
    properties = {"firstName": name, "companyName": f"{name} & Sons"}
    contact: str = product.ask("POST", "/api/contacts", {"email": email, "properties": properties})["id"]
    return contact


def _mails(product: Installation, name: str) -> list[Any]:
    """The mails that somebody got, oldest first."""
    return product.all_of("/api/inbox", email=f"{name.lower()}@example.com")[::-1]


def _sender(product: Installation, ids: dict[str, str]) -> str:
    sender = product.ask("GET", f"/api/senders/{ids['snd_xxx']}")
    return f"{sender['name']} <{sender['email']}>"


def _now(product: Installation) -> datetime:
    return datetime.fromisoformat(product.ask("GET", "/api/test-clock")["now"])


def _days(mail: Any, since: datetime) -> float:
    return (datetime.fromisoformat(mail["sentAt"]) - since) / timedelta(days=1)


def _real(request: str, ids: dict[str, str], product: Installation | None = None) -> str:
    """A published request, with ids, key and address of ours."""
    for placeholder, real in ids.items():
        request = request.replace(placeholder, real)
    if product is None:
        return request
    return request.replace("pm_live_xxx", product.key).replace("https://api.xmit.sh", product.url)


def _run(command: str) -> Any:
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(ran.stdout)
