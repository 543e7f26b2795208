"""One mail in words: every status and every reason has a sentence."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from dripline.delivery.sends import STATUSES, Message
from dripline.engine.insight.telling.mails import tell_mail, why_skipped
from dripline.sequences.enrollments.model import ExitReason

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ID = UUID(int=1)
MAIL = Message(
    id=ID,
    source_id=ID,
    visit=1,
    kind="sequence",
    contact_id=ID,
    email="ann@example.com",
    sequence_id=ID,
    sequence="a-sequence",
    step="welcome",
    template_id=ID,
    template="hello",
    template_version=1,
    from_address="us@example.com",
    to_address=None,
    subject=None,
    status="queued",
    reason=None,
    detail=None,
    attempts=0,
    next_attempt_at=None,
    queued_at=NOON,
    scheduled_for=None,
    carrier=None,
    provider_id=None,
    sent_at=None,
    settled_at=None,
    resent_as=None,
)
NEXT = "The next try is at 2030-01-01 12:00 UTC."


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (MAIL, "The mail was asked for at 2030-01-01 12:00 UTC and is about to go."),
        (
            replace(MAIL, status="sent", subject="Hi", sent_at=NOON),
            "The mail “Hi” was sent at 2030-01-01 12:00 UTC.",
        ),
        (
            replace(MAIL, status="delivered", sent_at=NOON),
            "The mail was sent at 2030-01-01 12:00 UTC. It was delivered.",
        ),
        (
            replace(MAIL, status="bounced", reason="address_rejected", detail="550 5.1.1 no such user"),
            "The mail came back: the address was refused for good (550 5.1.1 no such user).",
        ),
        (
            replace(MAIL, status="failed", reason="retries_exhausted", attempts=9, detail="451 later"),
            "The mail could not be sent: it was tried 9 times and never taken (451 later).",
        ),
        (
            replace(MAIL, status="skipped", reason="render_failed", detail="unknown filter"),
            "The mail was skipped: it could not be rendered (unknown filter).",
        ),
        (
            replace(MAIL, status="in_doubt", sent_at=NOON),
            (
                "Nobody knows whether the mail arrived: the connection broke while it was handed over at "
                "2030-01-01 12:00 UTC. It counts as sent, and is not sent again by itself."
            ),
        ),
        (
            replace(MAIL, status="held", reason="no_transport"),
            "The mail is held: live mail has no way to leave: no relay is set, and no connection carries it.",
        ),
        (
            replace(MAIL, status="deferred", reason="window", next_attempt_at=NOON),
            f"The mail waits for the sending window to open. {NEXT}",
        ),
        (
            replace(MAIL, status="deferred", reason="frequency_cap", next_attempt_at=NOON),
            f"The mail waits: the contact has had as many mails as the frequency cap allows. {NEXT}",
        ),
        (
            replace(MAIL, status="deferred", reason="deferred", attempts=1, detail="451 later", next_attempt_at=NOON),
            f"The mail was not taken yet, after 1 try (451 later). {NEXT}",
        ),
    ],
)
def test_a_mail_is_told_with_what_is_known_of_it(mail: Message, expected: str) -> None:
    assert tell_mail(mail) == expected


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_no_status_is_without_words(status: str) -> None:
    told = tell_mail(replace(MAIL, status=status))

    assert told.endswith(".")
    assert "None" not in told


# A step that lets somebody leave has no mail on its way.
STEPS = {ExitReason.CONDITION, ExitReason.TIMEOUT, ExitReason.STEP}
OTHERS = ["window", "frequency_cap", "template_missing", "enrollment_ended"]


@pytest.mark.parametrize("reason", [*sorted(set(ExitReason) - STEPS), *OTHERS])
def test_no_reason_to_skip_is_told_by_its_code(reason: str) -> None:
    assert " " in why_skipped(reason)
