"""The order of the gate: what speaks first decides."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.delivery.gate import Defer, Hold, Judgement, Send, Skip, judge
from dripline.delivery.letters import Pending
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, EnrollmentId, MessageId, SequenceId, TemplateId
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.model import Status
from tests.makers.programs import NOON, a_program

PROGRAM = a_program("""
trigger: { event: signed.up }
exitConditions: [ { property: contact.properties.plan, operator: equals, value: pro } ]
steps: [ { action: email, template: hello } ]
""")
CONTACT = Contact(
    id=ContactId(UUID(int=1)),
    address=parse_address("ann@example.com"),
    user_id=None,
    properties={},
    timezone=None,
    unsubscribed_at=None,
    suppressed=False,
    created_at=NOON,
    updated_at=NOON,
)
MAIL = Pending(
    source_id=EnrollmentId(UUID(int=2)),
    visit=1,
    id=MessageId(UUID(int=3)),
    step="hello",
    template_id=TemplateId(UUID(int=4)),
    template_version=1,
    sender="ann@example.com",
    attempts=0,
    first_tried_at=None,
    contact=CONTACT,
    sequence_id=SequenceId(UUID(int=5)),
    sequence_slug="welcome",
    sequence_status=Status.ACTIVE,
    sequence_version=1,
    waits_for_it=True,
    entered_with=None,
    depth=0,
    enrolled_at=NOON,
    anchor=UUID(int=2),
    queued_at=NOON,
)
PRO = replace(CONTACT, properties={"plan": "pro"})
OPTED_OUT = replace(PRO, unsubscribed_at=NOON - timedelta(days=1))
GONE_WRONG = replace(CONTACT, unsubscribed_at=NOON, suppressed=True)


def facts_of(mail: Pending) -> ContactFacts | None:
    return ContactFacts(mail.contact, mail.entered_with, NOON) if mail.contact is not None else None


@pytest.mark.parametrize(
    ("mail", "judgement"),
    [
        (MAIL, Send()),
        (
            replace(MAIL, contact=None, waits_for_it=False, sequence_status=Status.ARCHIVED),
            Skip("contact_deleted", ExitReason.CONTACT_DELETED),
        ),
        (replace(MAIL, waits_for_it=False, sequence_status=Status.PAUSED, contact=OPTED_OUT), Skip("enrollment_ended")),
        (
            replace(MAIL, sequence_status=Status.ARCHIVED, contact=OPTED_OUT),
            Skip("archived", ExitReason.ARCHIVED),
        ),
        (replace(MAIL, sequence_status=Status.PAUSED, contact=OPTED_OUT), Hold("paused")),
        (replace(MAIL, contact=OPTED_OUT), Skip("exit_condition", ExitReason.EXIT_CONDITION)),
        (replace(MAIL, contact=GONE_WRONG), Skip("unsubscribed", ExitReason.UNSUBSCRIBED)),
        (
            replace(MAIL, contact=replace(CONTACT, suppressed=True)),
            Skip("suppressed", ExitReason.SUPPRESSED),
        ),
    ],
)
def test_the_first_reason_that_speaks_decides(mail: Pending, judgement: Judgement) -> None:
    assert judge(mail, PROGRAM, facts_of(mail), has_transport=True, free_at=NOON) == judgement


def test_mail_that_may_go_is_held_while_there_is_no_way() -> None:
    assert judge(MAIL, PROGRAM, facts_of(MAIL), has_transport=False, free_at=NOON) == Hold("no_transport")


def test_mail_never_leaves_outside_its_window() -> None:
    program = a_program("""
trigger: { event: signed.up }
window: { from: "13:00", to: "14:00", timezone: UTC }
steps: [ { action: email, template: hello } ]
""")

    assert judge(MAIL, program, facts_of(MAIL), has_transport=True, free_at=NOON) == Defer(
        "window", NOON + timedelta(hours=1)
    )


def test_capped_mail_is_deferred_to_the_moment_at_which_a_place_is_free() -> None:
    free_at = NOON + timedelta(hours=7)

    assert judge(MAIL, PROGRAM, facts_of(MAIL), has_transport=True, free_at=free_at) == Defer("frequency_cap", free_at)


def test_capped_mail_is_not_deferred_for_ever() -> None:
    old = replace(MAIL, queued_at=NOON - timedelta(days=30))

    judgement = judge(old, PROGRAM, facts_of(old), has_transport=True, free_at=NOON + timedelta(hours=7))

    assert judgement == Skip("frequency_cap")
