"""A sequence written by hand, an event, and a clock that is moved give the mails that were promised."""

from datetime import datetime, timedelta

import httpx
import pytest

from tests.makers.installation import Installation
from tests.makers.published import TRIAL_EXPIRY

TEMPLATES = ("trial-welcome", "trial-tips", "trial-feature-prompt", "trial-expiring-soon", "trial-expired")
DAYS = dict(zip(TEMPLATES, (0, 3, 7, 12, 14), strict=True))


@pytest.fixture
def trial(product: Installation) -> Installation:
    """A product with the trial-expiry sequence, and a clock that stands still."""
    for template in TEMPLATES:
        body = {"name": template, "subject": f"{template} for {{{{ firstName }}}}", "html": "<p>Hi</p>"}
        product.ask("PUT", f"/api/templates/{template}", body)
    product.ask("PUT", "/api/sequences/trial-expiry", {"definition": TRIAL_EXPIRY})
    product.ask("POST", "/api/sequences/trial-expiry/activate")
    _advance(product, "0m")
    return product


def test_who_stays_on_the_trial_gets_all_five_mails(trial: Installation) -> None:
    start = _begin(trial, "ada@example.com", {"plan": "trial", "firstName": "Ada"})

    _advance(trial, "14d")

    assert _mails(trial, "ada@example.com", start) == DAYS
    mails = trial.all_of("/api/inbox", email="ada@example.com")
    assert [mail["subject"] for mail in reversed(mails)] == [f"{template} for Ada" for template in TEMPLATES]
    assert _run_of(trial, "ada@example.com") == ("completed", None)


def test_who_has_used_the_feature_is_spared_the_prompt(trial: Installation) -> None:
    start = _begin(trial, "ben@example.com", {"plan": "trial"})
    _advance(trial, "5d")
    trial.ask("PATCH", "/api/contacts/ben@example.com", {"properties": {"activatedFeature": True}})

    _advance(trial, "9d")

    expected = {template: day for template, day in DAYS.items() if template != "trial-feature-prompt"}
    assert _mails(trial, "ben@example.com", start) == expected
    assert _run_of(trial, "ben@example.com") == ("completed", None)


def test_who_buys_leaves_before_the_next_mail(trial: Installation) -> None:
    start = _begin(trial, "cleo@example.com", {"plan": "trial"})
    _advance(trial, "4d")
    bought = {"email": "cleo@example.com", "event": "subscription.started", "contact": {"plan": "pro"}}
    trial.ask("POST", "/api/events", bought)

    _advance(trial, "10d")

    assert _mails(trial, "cleo@example.com", start) == {"trial-welcome": 0, "trial-tips": 3}
    assert _run_of(trial, "cleo@example.com") == ("exited", "exit_condition")


def test_who_unsubscribes_by_the_link_in_a_mail_gets_no_more(trial: Installation) -> None:
    start = _begin(trial, "eve@example.com", {"plan": "trial"})
    _advance(trial, "1d")
    link = trial.all_of("/api/inbox", email="eve@example.com")[0]["headers"]["List-Unsubscribe"].strip("<>")

    answer = httpx.post(link, data={"List-Unsubscribe": "One-Click"})
    _advance(trial, "13d")

    assert answer.status_code == 200
    assert _mails(trial, "eve@example.com", start) == {"trial-welcome": 0}
    assert _run_of(trial, "eve@example.com") == ("exited", "unsubscribed")
    assert trial.ask("GET", "/api/contacts/eve@example.com")["unsubscribed"] is True


def test_what_the_dry_run_says_is_what_happens(trial: Installation) -> None:
    foretold = trial.ask(
        "POST",
        "/api/sequences/trial-expiry/dry-run",
        {"email": "dora@example.com", "properties": {"plan": "trial", "activatedFeature": True}},
    )
    start = _begin(trial, "dora@example.com", {"plan": "trial", "activatedFeature": True})

    _advance(trial, "14d")

    promised = {step["id"]: _days(step["at"], start) for step in foretold["steps"] if step["outcome"] == "sent"}
    assert _mails(trial, "dora@example.com", start) == promised


def _begin(product: Installation, email: str, properties: dict[str, object]) -> datetime:
    """The time at which somebody started a trial."""
    body = {"email": email, "event": "trial.started", "contact": {"properties": properties}}
    return datetime.fromisoformat(product.ask("POST", "/api/events", body)["timestamp"])


def _advance(product: Installation, duration: str) -> None:
    product.ask("POST", "/api/test-clock/advance", {"duration": duration})


def _mails(product: Installation, email: str, start: datetime) -> dict[str, float]:
    """The days of somebody's mails, by template, oldest first."""
    mails = reversed(product.all_of("/api/inbox", email=email))
    return {mail["step"]: _days(mail["sentAt"], start) for mail in mails}


def _days(at: str, start: datetime) -> float:
    return (datetime.fromisoformat(at) - start) / timedelta(days=1)


def _run_of(product: Installation, email: str) -> tuple[str, str | None]:
    """How the one run of somebody stands."""
    runs = product.all_of("/api/sequences/trial-expiry/enrollments")
    ((status, reason),) = [(run["status"], run["exitReason"]) for run in runs if run["email"] == email]
    return status, reason
