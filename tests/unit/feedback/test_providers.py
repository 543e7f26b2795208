"""Reports of providers: whose signature is good, and what each says."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.accounts.connections.model import Connection, Provider
from dripline.delivery.feedback.applying import Heard, News
from dripline.delivery.feedback.doors import ReportingDoors, reporters
from dripline.delivery.feedback.finding import Traces
from dripline.delivery.feedback.inbound import Source
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.providers.contract import Incoming, Reporter, Told, Unreadable
from dripline.delivery.feedback.providers.mailgun import Mailgun
from dripline.delivery.feedback.providers.postmark import Postmark
from dripline.delivery.feedback.providers.resend import Resend
from dripline.delivery.feedback.providers.sendgrid import SendGrid
from dripline.delivery.feedback.providers.ses import Ses, is_amazons, subscribe_url
from dripline.kernel.ids import WorkspaceId
from tests.makers.reports import (
    CERTIFICATE_URL,
    MAILGUN_KEY,
    RESEND_SECRET,
    TOPIC,
    Amazon,
    SendGridKey,
    Sent,
    mailgun,
    resend,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
WORKSPACE, SOURCE = WorkspaceId(UUID(int=1)), UUID(int=2)
KEY = f"{WORKSPACE}/{SOURCE}/3"
OURS = ((WORKSPACE, (SOURCE, 3)),)
JANE = "jane@customer.example"
AMAZON, SENDGRID = Amazon(), SendGridKey()


def connected(provider: Provider, **told: str) -> Connection:
    return Connection(provider, provider.value, told, told)


AS = {
    Source.SES: connected(Provider.SMTP, snsTopic=TOPIC),
    Source.POSTMARK: connected(Provider.POSTMARK, webhookPassword="secret"),
    Source.SENDGRID: connected(Provider.SENDGRID, webhookKey=SENDGRID.public),
    Source.MAILGUN: connected(Provider.MAILGUN, webhookKey=MAILGUN_KEY),
    Source.RESEND: connected(Provider.RESEND, webhookSecret=RESEND_SECRET),
}
REPORTERS = reporters(AMAZON.fetch)
SES_MAIL = {
    "source": "b@bounces.example",
    "messageId": "s-1",
    "destination": [JANE],
    "commonHeaders": {"messageId": "<1@shop.example>"},
}
GOOD: Mapping[Source, Sent] = {
    Source.SES: AMAZON.notification({"notificationType": "Delivery", "mail": SES_MAIL}),
    Source.POSTMARK: Sent(
        json.dumps({"RecordType": "Delivery", "MessageID": "p-1", "Recipient": JANE}).encode(),
        {"Authorization": "Basic " + base64.b64encode(b"dripline:secret").decode()},
    ),
    Source.SENDGRID: SENDGRID.events(NOW, {"event": "delivered", "sg_event_id": "e-1", "email": JANE}),
    Source.MAILGUN: mailgun(NOW, {"event": "delivered", "recipient": JANE}),
    Source.RESEND: resend(NOW, {"type": "email.delivered", "data": {"email_id": "r-1", "to": [JANE]}}),
}


def incoming(sent: Sent, *, at: datetime = NOW) -> Incoming:
    return Incoming({name.lower(): value for name, value in sent.headers.items()}, sent.body, at)


async def is_good(source: Source, asked: Incoming, *connections: Connection) -> bool:
    return await REPORTERS[source].verify(asked, connections or [AS[source]])


@pytest.mark.parametrize("source", GOOD)
async def test_what_the_provider_signed_is_good(source: Source) -> None:
    assert await is_good(source, incoming(GOOD[source]))


@pytest.mark.parametrize("source", [Source.SES, Source.SENDGRID, Source.RESEND])
async def test_one_changed_byte_is_refused(source: Source) -> None:
    asked = incoming(GOOD[source])

    changed = asked.body.replace(b"elivered", b"elivereD").replace(b"Delivery", b"DeliverY")

    assert not await is_good(source, replace(asked, body=changed))
    assert not await is_good(source, replace(asked, body=asked.body + b" ")) or source is Source.SES


@pytest.mark.parametrize("source", [Source.SENDGRID, Source.MAILGUN, Source.RESEND])
@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301)])
async def test_what_is_old_or_ahead_of_its_time_is_refused(source: Source, late: timedelta) -> None:
    assert not await is_good(source, incoming(GOOD[source], at=NOW + late))


@pytest.mark.parametrize("source", [Source.SES, Source.SENDGRID, Source.MAILGUN, Source.RESEND])
async def test_without_a_key_of_ours_nothing_is_taken(source: Source) -> None:
    assert not await REPORTERS[source].verify(incoming(GOOD[source]), [])
    assert not await is_good(source, incoming(GOOD[source]), connected(AS[source].provider))


@pytest.mark.parametrize("source", [Source.POSTMARK, Source.SENDGRID, Source.MAILGUN, Source.RESEND])
@pytest.mark.parametrize("value", ["", "v1,", "=", "é", "v1,!!!!", "Basic !!!", "0" * 20_000])
async def test_headers_that_make_no_sense_are_refused(source: Source, value: str) -> None:
    good = incoming(GOOD[source])
    body = b'{"signature": {"timestamp": "x"}}' if source is Source.MAILGUN else good.body

    assert not await is_good(source, Incoming(dict.fromkeys(good.headers, value), body, NOW))
    assert not await is_good(source, Incoming({}, body, NOW))


async def test_postmark_may_go_without_a_password() -> None:
    assert await is_good(Source.POSTMARK, Incoming({}, b"{}", NOW), connected(Provider.POSTMARK))


@pytest.mark.parametrize("version", ["1", "2"])
async def test_both_versions_of_amazons_signature_are_known(version: str) -> None:
    sent = AMAZON.notification({"notificationType": "Delivery", "mail": SES_MAIL}, version=version)

    assert await is_good(Source.SES, incoming(sent))


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:other"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"},
        {"Type": "Something"},
    ],
)
async def test_another_topic_host_or_type_is_refused(changes: dict[str, str]) -> None:
    assert not await is_good(Source.SES, incoming(AMAZON.notification({}, **changes)))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:444/x.pem",
        "https://user@sns.eu-west-1.amazonaws.com/x.pem",
        "https://s3.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://evil.example/?sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
        "https://[::1/x.pem",
        "https://sns.eu-west-1.amazonaws.com/x.key",
    ],
)
def test_only_amazons_own_addresses_are_fetched(url: str) -> None:
    assert not is_amazons(url, ".pem")
    assert is_amazons(CERTIFICATE_URL, ".pem")


def test_a_subscription_is_confirmed_at_amazons_only() -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"

    def asked(**changes: str) -> bytes:
        return AMAZON.notification({}, Type="SubscriptionConfirmation", Token="t", **changes).body

    assert subscribe_url(asked(SubscribeURL=url)) == url
    assert subscribe_url(asked(SubscribeURL="https://evil.example/")) is None
    assert subscribe_url(GOOD[Source.SES].body) is None


def test_amazon_reports_a_bounce_with_all_its_traces() -> None:
    message = {
        "eventType": "Bounce",
        "mail": {
            **SES_MAIL,
            "headers": [
                {"name": "Message-ID", "value": "<2@shop.example>"},
                {"name": "List-Unsubscribe", "value": "<https://shop.example/u/abc>, <mailto:u@shop.example>"},
            ],
        },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": JANE, "status": "5.1.1", "diagnosticCode": "smtp; 550 user unknown"}
            ],
        },
    }

    told = Ses(AMAZON.fetch).read(AMAZON.notification(message).body)

    assert told == Told(
        Traces(
            envelope=("b@bounces.example",),
            message_ids=("<2@shop.example>", "<1@shop.example>"),
            links=("https://shop.example/u/abc",),
            addresses=(JANE,),
            provider_ids=("s-1",),
        ),
        News(Heard.BOUNCED, BounceClass.HARD, "5.1.1", "smtp; 550 user unknown"),
    )


@pytest.mark.parametrize(
    ("bounce", "klass"),
    [
        ({"bounceType": "Permanent", "bounceSubType": "NoEmail"}, "hard"),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "soft"),
        ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, "block"),
        ({"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, "other"),
        ({"bounceType": "Permanent", "bouncedRecipients": [{"diagnosticCode": "554 5.7.1 blocked using x"}]}, "block"),
    ],
)
def test_amazons_bounces_are_classed_by_their_words_first(bounce: dict[str, Any], klass: str) -> None:
    told = Ses(AMAZON.fetch).read(AMAZON.notification({"notificationType": "Bounce", "bounce": bounce}).body)

    assert told.news is not None
    assert told.news.klass == klass


@pytest.mark.parametrize(("feedback", "heard"), [("abuse", True), (None, True), ("not-spam", False)])
def test_amazon_says_what_kind_of_complaint_it_is(feedback: str | None, heard: bool) -> None:
    complaint = {"complaintFeedbackType": feedback} if feedback else {}

    told = Ses(AMAZON.fetch).read(AMAZON.notification({"notificationType": "Complaint", "complaint": complaint}).body)

    assert (told.news is not None and told.news.heard is Heard.COMPLAINED) == heard


@pytest.mark.parametrize(
    ("report", "news"),
    [
        (
            {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 user unknown", "Email": JANE},
            News(Heard.BOUNCED, BounceClass.HARD, "5.1.1", "smtp;550 5.1.1 user unknown"),
        ),
        (
            {"RecordType": "Bounce", "Type": "HardBounce", "Description": "no words of a server", "Email": JANE},
            News(Heard.BOUNCED, BounceClass.HARD, "", "no words of a server"),
        ),
        (
            {"RecordType": "Bounce", "Type": "Blocked", "Details": "", "Email": JANE},
            News(Heard.BOUNCED, BounceClass.BLOCK),
        ),
        ({"RecordType": "Bounce", "Type": "Transient", "Email": JANE}, None),
        ({"RecordType": "SpamComplaint", "Email": JANE}, News(Heard.COMPLAINED)),
        ({"RecordType": "Delivery", "Recipient": JANE}, News(Heard.DELIVERED)),
        ({"RecordType": "Open", "Recipient": JANE}, None),
    ],
)
def test_postmark_reports(report: dict[str, Any], news: News | None) -> None:
    told = Postmark().read(json.dumps({**report, "MessageID": "p-1", "Metadata": {"dripline-key": KEY}}).encode())

    assert told == Told(Traces(keys=OURS, addresses=(JANE,), provider_ids=("p-1",)), news)


@pytest.mark.parametrize(
    ("event", "news"),
    [
        (
            {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 user unknown"},
            News(Heard.BOUNCED, BounceClass.HARD, "5.1.1", "550 5.1.1 user unknown"),
        ),
        (
            {"event": "bounce", "type": "blocked", "status": "5.0.0", "reason": "xyz"},
            News(Heard.BOUNCED, BounceClass.BLOCK, "5.0.0", "xyz"),
        ),
        ({"event": "spamreport"}, News(Heard.COMPLAINED)),
        ({"event": "deferred", "reason": "450 later"}, None),
        ({"event": "open"}, None),
    ],
)
def test_sendgrid_reports(event: dict[str, Any], news: News | None) -> None:
    more = {"email": JANE, "smtp-id": "<1@x>", "dripline_key": KEY, "sg_message_id": "g-1.recvd-7.0"}

    told = SendGrid().read(json.dumps({**event, **more}).encode())

    # What SendGrid answers at first is the beginning of what its events say.
    ids = ("g-1.recvd-7.0", "g-1.recvd-7", "g-1")
    assert told == Told(Traces(message_ids=("<1@x>",), keys=OURS, addresses=(JANE,), provider_ids=ids), news)


@pytest.mark.parametrize(
    ("event", "news"),
    [
        (
            {
                "event": "failed",
                "severity": "permanent",
                "delivery-status": {"code": 550, "message": "user unknown", "enhanced-code": "5.1.1"},
            },
            News(Heard.BOUNCED, BounceClass.HARD, "5.1.1", "550 5.1.1 user unknown"),
        ),
        ({"event": "failed", "severity": "temporary"}, None),
        ({"event": "complained"}, News(Heard.COMPLAINED)),
        ({"event": "delivered"}, News(Heard.DELIVERED)),
    ],
)
def test_mailgun_reports(event: dict[str, Any], news: News | None) -> None:
    more = {
        "recipient": JANE,
        "message": {"headers": {"message-id": "1@x"}},
        "user-variables": {"dripline-key": KEY},
    }

    told = Mailgun().read(mailgun(NOW, {**event, **more}).body)

    assert told == Told(Traces(message_ids=("1@x",), keys=OURS, addresses=(JANE,), provider_ids=("1@x",)), news)


@pytest.mark.parametrize(
    ("kind", "bounce", "news"),
    [
        (
            "email.bounced",
            {"message": "The mailbox does not exist.", "type": "Permanent"},
            News(Heard.BOUNCED, BounceClass.HARD, "", "The mailbox does not exist."),
        ),
        ("email.bounced", {"message": "", "type": "Transient"}, News(Heard.BOUNCED, BounceClass.SOFT)),
        ("email.complained", {}, News(Heard.COMPLAINED)),
        ("email.delivered", {}, News(Heard.DELIVERED)),
        ("email.opened", {}, None),
    ],
)
def test_resend_reports(kind: str, bounce: dict[str, Any], news: News | None) -> None:
    headers = [{"name": "Message-ID", "value": "<1@x>"}]
    data = {"email_id": "r-1", "to": [JANE], "headers": headers, "bounce": bounce}

    told = Resend().read(resend(NOW, {"type": kind, "data": data}).body)

    assert told == Told(Traces(message_ids=("<1@x>",), addresses=(JANE,), provider_ids=("r-1",)), news)


def test_a_bad_event_in_a_batch_costs_only_itself() -> None:
    body = json.dumps([{"sg_event_id": "a"}, 5, {"event": "open"}, {"sg_event_id": "b"}]).encode()

    pieces, unreadable = SendGrid().split(body)

    assert ([piece.key for piece in pieces], unreadable) == (["a", "b"], 2)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(Source.__members__.values())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *("Type", "Message", "event-data", "signature", "event", "data", "type", "mail", "to"),
                        *("RecordType", "headers", "sg_event_id", "email_id", "MessageId", "SigningCertURL"),
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
)
async def test_any_body_is_read_or_refused(source: Source, value: Any) -> None:
    if source not in REPORTERS:
        return
    reporter: Reporter = REPORTERS[source]
    body = json.dumps(value).encode()

    await reporter.verify(Incoming({}, body, NOW), [AS[source]])
    for act in (reporter.split, reporter.read):
        try:
            act(body)
        except Unreadable:
            continue


def test_an_address_of_reports_is_of_one_workspace_and_provider() -> None:
    doors = ReportingDoors("a secret of this house", "https://shop.example/", ["an old secret"])
    url = doors.url(WORKSPACE, Source.SES)
    token = url.rpartition("/")[2]
    old = ReportingDoors("an old secret", "").url(WORKSPACE, Source.SES).rpartition("/")[2]

    assert url == f"https://shop.example/webhooks/in/ses/{token}"
    assert (doors.read(Source.SES, token), doors.read(Source.SES, old)) == (WORKSPACE, WORKSPACE)
    assert doors.read(Source.RESEND, token) is None
    assert [doors.read(Source.SES, other) for other in ("", "x", token[:-1], token[:-4] + "AAAA", "é")] == [None] * 5
