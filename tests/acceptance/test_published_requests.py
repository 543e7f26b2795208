"""The published requests, as they stand on their pages, with curl."""

import json
import subprocess
from typing import Any

from tests.makers.installation import Installation
from tests.makers.published import ONBOARDING, PURCHASE

ENROL = """\
curl -X POST https://api.kraiter.com/sequences/onboarding/enrolments \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{ "email": "alice@example.com" }'
"""

TRACK = """\
curl -X POST https://api.kraiter.com/events \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "alice@example.com",
    "event": "purchase.completed",
    "properties": {
      "orderId": "ORD-12345",
      "amount": 79.99,
      "currency": "GBP",
      "items": 3
    }
  }'
"""

LIST = """\
curl "https://api.kraiter.com/events?email=alice%40example.com&limit=25" \\
  -H "Authorization: Bearer YOUR_API_KEY"
"""


def test_a_contact_is_enrolled_by_the_published_request(product: Installation) -> None:
    _activate(product, "onboarding", ONBOARDING, "welcome-email", "getting-started", "onboarding-reminder")

    first, again = _run(ENROL, product), _run(ENROL, product)

    assert (first["email"], first["status"], first["step"]) == ("alice@example.com", "active", "welcome-email")
    assert again["error"]["code"] == "CONFLICT"


def test_an_event_is_tracked_and_listed_by_the_published_requests(product: Installation) -> None:
    _activate(product, "purchase", PURCHASE, "order-confirmation", "review-request")

    tracked = _run(TRACK, product)

    purchase = {"orderId": "ORD-12345", "amount": 79.99, "currency": "GBP", "items": 3}
    assert (tracked["event"], tracked["properties"]) == ("purchase.completed", purchase)
    listed = _run(LIST, product)["items"]
    assert [each["id"] for each in listed if each["event"] == "purchase.completed"] == [tracked["id"]]
    enrolled = product.all_of("/api/sequences/purchase/enrollments")
    assert [(each["email"], each["enteredWith"]) for each in enrolled] == [("alice@example.com", purchase)]


def _activate(product: Installation, slug: str, definition: str, *templates: str) -> None:
    for template in templates:
        body = {"name": template, "subject": template, "html": "<p>Hello</p>"}
        product.ask("PUT", f"/api/templates/{template}", body)
    product.ask("PUT", f"/api/sequences/{slug}", {"name": slug, "definition": definition})
    product.ask("POST", f"/api/sequences/{slug}/activate")


def _run(command: str, product: Installation) -> Any:
    ours = command.replace("https://api.kraiter.com", product.url).replace("YOUR_API_KEY", product.key)
    ran = subprocess.run(["bash", "-c", ours], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(ran.stdout)
