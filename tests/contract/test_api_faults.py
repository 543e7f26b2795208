"""What becomes of a letter when an API fails at any point: never a guess, never a second copy."""

import socket
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from itertools import product

import pytest

from dripline.delivery.message.composing import compose
from dripline.delivery.transports.api import ApiTransport, Dialect
from dripline.delivery.transports.contract import Phase, Verdict
from dripline.delivery.transports.mailgun import Mailgun
from dripline.delivery.transports.postmark import Postmark
from dripline.delivery.transports.resend import Resend
from dripline.delivery.transports.sendgrid import SendGrid
from tests.makers import providers
from tests.makers.api_server import ApiServer, Fault, Said
from tests.makers.letters import a_letter, an_envelope
from tests.makers.providers import KEY

PROVIDERS: dict[str, tuple[Dialect, type[providers.Provider]]] = {
    "postmark": (Postmark(KEY), providers.Postmark),
    "sendgrid": (SendGrid(KEY), providers.SendGrid),
    "mailgun": (Mailgun(KEY, "mg.example.com"), providers.Mailgun),
    "resend": (Resend(KEY), providers.Resend),
}
SEND = an_envelope(content=compose(a_letter()))
# Far more than any buffer between us and the server holds.
HUGE = an_envelope(content=compose(a_letter(text="a line of text\n" * 2_000_000)))
AFTER = [Fault.RESET_AFTER, Fault.CLOSE_AFTER, Fault.STALL_AFTER, Fault.NOISE_AFTER]


class Talk:
    def __init__(self, name: str) -> None:
        self.dialect, kind = PROVIDERS[name]
        self.provider = kind()
        self.server = ApiServer(self.provider)

    def transport(self) -> ApiTransport:
        return ApiTransport(self.dialect, base=self.server.url, timeout=0.4, again_seconds=(0.01, 0.01))


@pytest.fixture
async def talk(request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    made = Talk(request.param)
    async with made.server:
        yield made


def with_each(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("talk", names or list(PROVIDERS), indirect=True)


@with_each("postmark", "sendgrid", "mailgun")
@pytest.mark.parametrize("fault", AFTER, ids=lambda fault: fault.name)
async def test_no_answer_after_the_last_byte_is_a_doubt(talk: Talk, fault: Fault) -> None:
    talk.server.script = [fault]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert (reply.verdict, reply.phase) == (Verdict.IN_DOUBT, Phase.DOT)
    assert len(talk.provider.letters) == 1
    assert len(talk.server.asked) == 1
    await transport.close()


@with_each("resend")
@pytest.mark.parametrize("fault", [*AFTER, Fault.STALL_BEFORE], ids=lambda fault: fault.name)
async def test_where_keys_are_kept_a_doubt_is_asked_away(talk: Talk, fault: Fault) -> None:
    talk.server.script = [fault, fault]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert reply.verdict is Verdict.ACCEPTED
    assert reply.provider_id
    assert len(talk.provider.letters) == 1
    await transport.close()


@with_each("resend")
async def test_a_doubt_that_cannot_be_asked_away_stays_one(talk: Talk) -> None:
    talk.server.script = [Fault.RESET_AFTER, Said(429, b"{}"), Said(500, b'{"name": "application_error"}')]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert (reply.verdict, len(talk.server.asked)) == (Verdict.IN_DOUBT, 3)
    await transport.close()


@with_each("resend")
async def test_a_key_that_was_used_for_another_letter_is_a_doubt(talk: Talk) -> None:
    transport = talk.transport()
    await transport.send(SEND)

    reply = await transport.send(an_envelope(content=compose(a_letter(subject="Another"))))

    assert reply.verdict is Verdict.IN_DOUBT
    assert len(talk.provider.letters) == 1
    await transport.close()


@with_each()
async def test_a_request_that_never_ended_was_not_taken(talk: Talk) -> None:
    talk.server.script = [Fault.RESET_IN_BODY]
    transport = talk.transport()

    reply = await transport.send(HUGE)

    assert (reply.verdict, reply.phase) == (Verdict.DEFERRED, Phase.BODY)
    assert talk.provider.letters == []
    await transport.close()


@with_each()
async def test_a_host_that_cannot_be_reached_says_nothing_about_the_letter(talk: Talk) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = ApiTransport(talk.dialect, base=f"http://127.0.0.1:{port}", timeout=2)

    reply = await transport.send(SEND)

    assert (reply.verdict, reply.phase) == (Verdict.UNAVAILABLE, Phase.CONNECT)
    await transport.close()


@with_each("postmark", "mailgun", "resend")
async def test_a_good_status_whose_body_is_cut_is_an_acceptance(talk: Talk) -> None:
    talk.server.script = [Fault.HALF_ANSWER_AFTER]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert reply.verdict is Verdict.ACCEPTED
    assert len(talk.provider.letters) == 1
    await transport.close()


@with_each()
async def test_a_page_of_somebody_in_between_is_no_acceptance(talk: Talk) -> None:
    talk.server.script.extend(3 * [Said(200, b"<html>Log in to the network</html>")])
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert reply.verdict is Verdict.IN_DOUBT
    await transport.close()


@pytest.mark.parametrize(
    ("talk", "status"), list(product(PROVIDERS, [401, 403, 404, 429, 503, 302])), indirect=["talk"]
)
async def test_what_is_about_us_is_not_about_the_letter(talk: Talk, status: int) -> None:
    talk.server.script = [Said(status, b"", {"Retry-After": "7", "Location": "http://127.0.0.1:1/"})]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert (reply.verdict, reply.code, reply.again_after) == (Verdict.UNAVAILABLE, status, timedelta(seconds=7))
    assert len(talk.server.asked) == 1
    await transport.close()


@pytest.mark.parametrize(("talk", "status"), list(product(PROVIDERS, [500, 502, 504, 520])), indirect=["talk"])
async def test_an_error_that_is_not_in_their_words_is_a_doubt(talk: Talk, status: int) -> None:
    talk.server.script.extend(3 * [Said(status, b"<html>Bad gateway</html>")])
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert reply.verdict is Verdict.IN_DOUBT
    await transport.close()


@pytest.mark.parametrize(
    ("talk", "answer", "verdict", "phase"),
    [
        ("postmark", (422, b'{"ErrorCode": 406, "Message": "inactive"}'), Verdict.REFUSED, Phase.RCPT),
        ("postmark", (422, b'{"ErrorCode": 300, "Message": "Invalid \'To\' address"}'), Verdict.REFUSED, Phase.RCPT),
        ("postmark", (422, b'{"ErrorCode": 411, "Message": "Forbidden file"}'), Verdict.REFUSED, Phase.DOT),
        ("postmark", (422, b'{"ErrorCode": 405, "Message": "No credits"}'), Verdict.UNAVAILABLE, Phase.AUTH),
        ("postmark", (500, b'{"ErrorCode": 1, "Message": "Internal error"}'), Verdict.DEFERRED, Phase.DOT),
        (
            "sendgrid",
            (400, b'{"errors": [{"message": "No", "field": "personalizations.0.to.0.email"}]}'),
            Verdict.REFUSED,
            Phase.RCPT,
        ),
        ("sendgrid", (400, b'{"errors": [{"message": "No", "field": "subject"}]}'), Verdict.REFUSED, Phase.DOT),
        ("sendgrid", (413, b'{"errors": [{"message": "Too large"}]}'), Verdict.REFUSED, Phase.DOT),
        ("mailgun", (400, b'{"message": "\'to\' parameter is not a valid address."}'), Verdict.REFUSED, Phase.RCPT),
        ("mailgun", (400, b'{"message": "Domain is not allowed to send"}'), Verdict.UNAVAILABLE, Phase.AUTH),
        ("mailgun", (500, b'{"message": "Internal Server Error"}'), Verdict.IN_DOUBT, Phase.DOT),
        (
            "resend",
            (422, b'{"name": "validation_error", "message": "Invalid `to` field."}'),
            Verdict.REFUSED,
            Phase.RCPT,
        ),
        ("resend", (422, b'{"name": "invalid_from_address", "message": "x"}'), Verdict.UNAVAILABLE, Phase.AUTH),
        (
            "resend",
            (409, b'{"name": "concurrent_idempotent_requests", "message": "x"}'),
            Verdict.DEFERRED,
            Phase.DOT,
        ),
        ("resend", (400, b"<html>no</html>"), Verdict.DEFERRED, Phase.DOT),
    ],
    indirect=["talk"],
)
async def test_what_they_say_is_understood(
    talk: Talk, answer: tuple[int, bytes], verdict: Verdict, phase: Phase
) -> None:
    talk.server.script = [Said(*answer)]
    transport = talk.transport()

    reply = await transport.send(SEND)

    assert (reply.verdict, reply.phase, reply.code) == (verdict, phase, answer[0])
    await transport.close()


@with_each("postmark", "mailgun")
async def test_the_provider_can_be_asked_about_a_doubt(talk: Talk) -> None:
    talk.server.script = [Fault.CLOSE_AFTER]
    transport = talk.transport()
    reply = await transport.send(SEND)

    found = await transport.find(SEND.key, "0123456789abcdef@example.com")
    other = await transport.find("another/key/1", "another@example.com")

    assert reply.verdict is Verdict.IN_DOUBT
    assert (bool(found), other) == (True, None)
    await transport.close()


@with_each()
async def test_a_provider_that_cannot_be_asked_says_nothing(talk: Talk) -> None:
    talk.server.script = [Said(500, b"{}"), Fault.RESET_AFTER]
    transport = talk.transport()

    found = [await transport.find(SEND.key, "0123456789abcdef@example.com") for _ in range(2)]

    assert found == [None, None]
    await transport.close()
