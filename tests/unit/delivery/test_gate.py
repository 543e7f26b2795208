"""The order of the gate: what speaks first decides."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.delivery.gate import Defer, Hold, Judgement, Send, Skip, judge
from dripline.delivery.letters import Given, MailRun, Pending, Step
from dripline.delivery.outbox import Kind
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import ContactId, EnrollmentId, MessageId, SequenceId, TemplateId
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.program import Program
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
RUN = MailRun(
    id=EnrollmentId(UUID(int=2)),
    sequence_id=SequenceId(UUID(int=5)),
    version=1,
    sequence_status=Status.ACTIVE,
    waits_for_it=True,
    entered_with=None,
    depth=0,
    enrolled_at=NOON,
    anchor=UUID(int=2),
)
MAIL = Pending(
    source_id=UUID(int=2),
    visit=1,
    id=MessageId(UUID(int=3)),
    kind=Kind.SEQUENCE,
    template_id=TemplateId(UUID(int=4)),
    template_version=1,
    sender="ann@example.com",
    attempts=0,
    first_tried_at=None,
    contact=CONTACT,
    suppressed=False,
    queued_at=NOON,
    step=Step(SequenceId(UUID(int=5)), "welcome", "hello"),
    run=RUN,
)
SINGLE = replace(MAIL, visit=0, kind=Kind.TRANSACTIONAL, step=None, run=None, given=Given({}))
STRANGER = parse_address("stranger@example.com")
TEST = replace(SINGLE, kind=Kind.TEST, contact=None, given=Given({}, to=STRANGER))
PRO = replace(CONTACT, properties={"plan": "pro"})
OPTED_OUT = replace(PRO, unsubscribed_at=NOON - timedelta(days=1))
GONE_WRONG = replace(CONTACT, unsubscribed_at=NOON, suppressed=True)


def a_run(**changed: object) -> MailRun:
    return replace(RUN, **changed)  # type: ignore[arg-type]


def judged(
    mail: Pending,
    *,
    program: Program = PROGRAM,
    has_transport: bool = True,
    is_proved: bool = True,
    free_at: datetime = NOON,
) -> Judgement:
    run, contact = mail.run, mail.contact
    facts = ContactFacts(contact, run.entered_with, NOON) if run is not None and contact is not None else None
    asked = program if run is not None else None
    return judge(mail, asked, facts, has_transport=has_transport, is_proved=is_proved, free_at=free_at, now=NOON)


@pytest.mark.parametrize(
    ("mail", "judgement"),
    [
        (MAIL, Send()),
        (
            replace(MAIL, contact=None, run=a_run(waits_for_it=False, sequence_status=Status.ARCHIVED)),
            Skip("contact_deleted", ExitReason.CONTACT_DELETED),
        ),
        (
            replace(MAIL, run=a_run(waits_for_it=False, sequence_status=Status.PAUSED), contact=OPTED_OUT),
            Skip("enrollment_ended"),
        ),
        (
            replace(MAIL, run=a_run(sequence_status=Status.ARCHIVED), contact=OPTED_OUT),
            Skip("archived", ExitReason.ARCHIVED),
        ),
        (replace(MAIL, run=a_run(sequence_status=Status.PAUSED), contact=OPTED_OUT), Hold("paused")),
        (replace(MAIL, contact=OPTED_OUT), Skip("exit_condition", ExitReason.EXIT_CONDITION)),
        (replace(MAIL, contact=GONE_WRONG, suppressed=True), Skip("unsubscribed", ExitReason.UNSUBSCRIBED)),
        (replace(MAIL, suppressed=True), Skip("suppressed", ExitReason.SUPPRESSED)),
    ],
)
def test_the_first_reason_that_speaks_decides(mail: Pending, judgement: Judgement) -> None:
    assert judged(mail) == judgement


@pytest.mark.parametrize(
    ("mail", "judgement"),
    [
        (replace(SINGLE, contact=OPTED_OUT), Send()),
        (
            replace(SINGLE, contact=OPTED_OUT, given=Given({}, asks_consent=True)),
            Skip("unsubscribed", ExitReason.UNSUBSCRIBED),
        ),
        (replace(SINGLE, contact=None), Skip("contact_deleted", ExitReason.CONTACT_DELETED)),
        (replace(SINGLE, contact=OPTED_OUT, suppressed=True), Skip("suppressed", ExitReason.SUPPRESSED)),
        (replace(SINGLE, given=None), Skip("enrollment_ended")),
        (TEST, Send()),
        (replace(TEST, contact=OPTED_OUT), Send()),
        (replace(TEST, suppressed=True), Skip("suppressed", ExitReason.SUPPRESSED)),
    ],
)
def test_mail_that_no_run_asked_for_is_stopped_only_by_what_is_about_the_person(
    mail: Pending, judgement: Judgement
) -> None:
    assert judged(mail, free_at=NOON + timedelta(days=1)) == judgement


@pytest.mark.parametrize("mail", [MAIL, SINGLE, TEST])
def test_mail_that_may_go_is_held_while_there_is_no_way(mail: Pending) -> None:
    assert judged(mail, has_transport=False, is_proved=False) == Hold("no_transport")
    assert judged(mail, is_proved=False) == Hold("sender_unverified")


def test_mail_never_leaves_outside_its_window() -> None:
    program = a_program("""
trigger: { event: signed.up }
window: { from: "13:00", to: "14:00", timezone: UTC }
steps: [ { action: email, template: hello } ]
""")

    assert judged(MAIL, program=program) == Defer("window", NOON + timedelta(hours=1))


def test_capped_mail_is_deferred_to_the_moment_at_which_a_place_is_free() -> None:
    free_at = NOON + timedelta(hours=7)

    assert judged(MAIL, free_at=free_at) == Defer("frequency_cap", free_at)


def test_capped_mail_is_not_deferred_for_ever() -> None:
    old = replace(MAIL, queued_at=NOON - timedelta(days=30))

    assert judged(old, free_at=NOON + timedelta(hours=7)) == Skip("frequency_cap")
