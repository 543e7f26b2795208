"""What a relay can do to one letter, and what it means: nothing is lost, nothing goes out twice."""

import socket
from contextlib import closing

import pytest

from dripline.delivery.transports.contract import Phase, Verdict, is_dead_mailbox
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.relays import Relay, Security
from tests.contract.conftest import Connect, outcome_of
from tests.makers.letters import an_envelope
from tests.makers.smtp_server import Options

BIG = b"Subject: Big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000
"""More than the buffers of both ends hold, so that the final dot cannot have left."""


async def test_a_refused_connection_makes_the_relay_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    transport = SmtpTransport(Relay("127.0.0.1", port, Security.NEVER), timeout=1)

    reply = await transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.UNAVAILABLE, Phase.CONNECT, None, None)
    assert f"127.0.0.1:{port} cannot be reached" in reply.text


async def test_no_greeting_makes_the_relay_unavailable_in_time(connect: Connect) -> None:
    pair = await connect(Options(greet=""))

    reply = await pair.transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.UNAVAILABLE, Phase.CONNECT, None, None)
    assert reply.text == "No answer within 0.4 seconds."


@pytest.mark.parametrize(("greeting", "code"), [("421 4.3.2 busy", 421), ("554 no", 554)])
async def test_a_greeting_that_sends_us_away_says_nothing_about_the_recipient(
    connect: Connect, greeting: str, code: int
) -> None:
    pair = await connect(Options(greet=greeting))

    reply = await pair.transport.send(an_envelope())

    assert (reply.verdict, reply.phase, reply.code) == (Verdict.UNAVAILABLE, Phase.CONNECT, code)


async def test_an_answer_that_drips_is_cut_off_by_the_limit_of_its_phase(connect: Connect) -> None:
    pair = await connect(Options(late=0.1))

    outcome = await pair.outcome(an_envelope("rcpt-drip@example.test"))

    assert outcome == (Verdict.DEFERRED, Phase.RCPT, None, None)


async def test_silence_after_data_defers_the_letter(connect: Connect) -> None:
    pair = await connect()

    outcome = await pair.outcome(an_envelope("data-stall@example.test"))

    assert outcome == (Verdict.DEFERRED, Phase.DATA, None, None)
    assert pair.server.taken() == []


async def test_a_server_that_stops_reading_a_long_letter_defers_it(connect: Connect) -> None:
    pair = await connect()

    outcome = await pair.outcome(an_envelope("data-deaf@example.test", content=BIG))

    assert outcome == (Verdict.DEFERRED, Phase.BODY, None, None)
    assert pair.server.taken() == []


@pytest.mark.parametrize("local", ["dot-stall", "dot-keep-stall", "dot-reset", "dot-keep-reset", "dot-keep-garbage"])
async def test_no_answer_to_the_final_dot_leaves_the_letter_in_doubt(connect: Connect, local: str) -> None:
    pair = await connect()

    outcome = await pair.outcome(an_envelope(f"{local}@example.test"))

    assert outcome == (Verdict.IN_DOUBT, Phase.DOT, None, None)
    assert len(pair.server.taken()) == ("keep" in local)


async def test_a_late_yes_within_the_limit_is_a_yes(connect: Connect) -> None:
    pair = await connect(Options(late=0.2))

    outcome = await pair.outcome(an_envelope("dot-late@example.test"))

    assert outcome == (Verdict.ACCEPTED, Phase.DOT, 250, "2.0.0")
    assert len(pair.server.taken()) == 1


async def test_a_late_yes_after_the_limit_is_not_seen(connect: Connect) -> None:
    pair = await connect(Options(late=0.4), timeout=0.1)

    outcome = await pair.outcome(an_envelope("dot-late@example.test"))

    assert outcome == (Verdict.IN_DOUBT, Phase.DOT, None, None)


async def test_a_cut_within_the_letter_defers_it(connect: Connect) -> None:
    pair = await connect(timeout=5)

    outcome = await pair.outcome(an_envelope("body-reset@example.test", content=BIG))

    assert outcome == (Verdict.DEFERRED, Phase.BODY, None, None)
    assert pair.server.taken() == []


async def test_an_answer_within_the_letter_keeps_the_final_dot_from_going_out(connect: Connect) -> None:
    pair = await connect(timeout=5)

    outcome = await pair.outcome(an_envelope("body-250@example.test", content=BIG))

    assert outcome == (Verdict.DEFERRED, Phase.BODY, None, None)


@pytest.mark.parametrize("local", ["quit-reset", "quit-500", "quit-stall"])
async def test_nothing_at_the_goodbye_changes_an_accepted_letter(connect: Connect, local: str) -> None:
    pair = await connect()

    outcome = await pair.outcome(an_envelope(f"{local}@example.test"))
    await pair.transport.close()

    assert outcome == (Verdict.ACCEPTED, Phase.DOT, 250, "2.0.0")
    assert (pair.server.verbs()[-1], len(pair.server.taken())) == ("QUIT", 1)


async def test_a_letter_deferred_twice_is_taken_once_in_the_end(connect: Connect) -> None:
    pair = await connect()
    envelope = an_envelope("rcpt-450-4.2.1-then-ok-2@example.test")

    verdicts = [(await pair.transport.send(envelope)).verdict for _ in range(3)]

    assert verdicts == [Verdict.DEFERRED, Verdict.DEFERRED, Verdict.ACCEPTED]
    assert len(pair.server.taken()) == 1


@pytest.mark.parametrize(
    ("local", "outcome", "is_dead"),
    [
        ("rcpt-450", (Verdict.DEFERRED, Phase.RCPT, 450, None), False),
        ("rcpt-452-4.5.3", (Verdict.DEFERRED, Phase.RCPT, 452, "4.5.3"), False),
        ("rcpt-450-4.7.28", (Verdict.UNAVAILABLE, Phase.RCPT, 450, "4.7.28"), False),
        ("rcpt-550", (Verdict.REFUSED, Phase.RCPT, 550, None), True),
        ("rcpt-550-5.1.1", (Verdict.REFUSED, Phase.RCPT, 550, "5.1.1"), True),
        ("rcpt-550-5.7.1", (Verdict.REFUSED, Phase.RCPT, 550, "5.7.1"), False),
        ("rcpt-552-5.2.2", (Verdict.REFUSED, Phase.RCPT, 552, "5.2.2"), False),
        ("rcpt-399", (Verdict.DEFERRED, Phase.RCPT, 399, None), False),
        ("data-451", (Verdict.DEFERRED, Phase.DATA, 451, None), False),
        ("data-554", (Verdict.REFUSED, Phase.DATA, 554, None), False),
        ("dot-451", (Verdict.DEFERRED, Phase.DOT, 451, None), False),
        ("dot-454-4.7.0", (Verdict.UNAVAILABLE, Phase.DOT, 454, "4.7.0"), False),
        ("dot-552-5.3.4", (Verdict.REFUSED, Phase.DOT, 552, "5.3.4"), False),
        ("dot-550-5.1.1", (Verdict.REFUSED, Phase.DOT, 550, "5.1.1"), False),
        ("dot-354", (Verdict.IN_DOUBT, Phase.DOT, 354, None), False),
    ],
)
async def test_an_answer_ends_the_letter_by_its_class_and_phase(
    connect: Connect, local: str, outcome: tuple[Verdict, Phase, int, str | None], is_dead: bool
) -> None:
    pair = await connect()

    reply = await pair.transport.send(an_envelope(f"{local}@example.test"))

    assert (outcome_of(reply), is_dead_mailbox(reply)) == (outcome, is_dead)
    assert pair.server.taken() == []


@pytest.mark.parametrize(
    ("sender", "outcome"),
    [
        ("mail-451", (Verdict.DEFERRED, Phase.MAIL, 451, None)),
        ("mail-550-5.7.1", (Verdict.REFUSED, Phase.MAIL, 550, "5.7.1")),
        ("mail-530-5.7.0", (Verdict.UNAVAILABLE, Phase.MAIL, 530, "5.7.0")),
        ("mail-454-4.7.0", (Verdict.UNAVAILABLE, Phase.MAIL, 454, "4.7.0")),
        ("mail-421", (Verdict.UNAVAILABLE, Phase.MAIL, 421, None)),
        ("mail-reset", (Verdict.DEFERRED, Phase.MAIL, None, None)),
    ],
)
async def test_an_answer_to_the_sender_ends_the_letter(
    connect: Connect, sender: str, outcome: tuple[Verdict, Phase, int | None, str | None]
) -> None:
    pair = await connect()

    assert await pair.outcome(an_envelope(sender=f"{sender}@example.com")) == outcome


@pytest.mark.parametrize(
    ("local", "outcome"),
    [
        ("rcpt-421", (Verdict.UNAVAILABLE, Phase.RCPT, 421, None)),
        ("data-421", (Verdict.UNAVAILABLE, Phase.DATA, 421, None)),
        ("dot-421", (Verdict.DEFERRED, Phase.DOT, 421, None)),
    ],
)
async def test_421_closes_the_connection_and_bounces_nobody(
    connect: Connect, local: str, outcome: tuple[Verdict, Phase, int, None]
) -> None:
    pair = await connect()

    assert await pair.outcome(an_envelope(f"{local}@example.test")) == outcome
    assert (await pair.transport.send(an_envelope())).verdict is Verdict.ACCEPTED
    assert (pair.server.sessions, "RSET" in pair.server.verbs()) == (2, False)


@pytest.mark.parametrize(
    ("local", "verdict"),
    [
        ("rcpt-garbage", Verdict.DEFERRED),
        ("rcpt-huge", Verdict.DEFERRED),
        ("rcpt-twice", Verdict.DEFERRED),
        ("rcpt-299", Verdict.ACCEPTED),
        ("rcpt-multiline", Verdict.ACCEPTED),
        ("rcpt-nonascii", Verdict.ACCEPTED),
        ("data-garbage", Verdict.DEFERRED),
        ("dot-garbage", Verdict.IN_DOUBT),
        ("dot-keep-multiline", Verdict.ACCEPTED),
        ("dot-keep-nonascii", Verdict.ACCEPTED),
        ("dot-keep-twice", Verdict.ACCEPTED),
    ],
)
async def test_an_odd_answer_is_read_or_kept_and_never_reaches_the_next_letter(
    connect: Connect, local: str, verdict: Verdict
) -> None:
    pair = await connect()

    odd = await pair.transport.send(an_envelope(f"{local}@example.test"))
    next_one = await pair.transport.send(an_envelope())

    assert (odd.verdict, next_one.verdict) == (verdict, Verdict.ACCEPTED)
    assert odd.text.isprintable()
    assert len(odd.text) <= 500


async def test_an_unreadable_answer_keeps_their_words(connect: Connect) -> None:
    pair = await connect()

    reply = await pair.transport.send(an_envelope("rcpt-garbage@example.test"))

    assert "what is this" in reply.text


async def test_credentials_that_were_revoked_stop_the_relay_and_bounce_nobody(connect: Connect) -> None:
    pair = await connect(Options(auth=("user", "new")), url="smtp://user:old@127.0.0.1:{port}")

    assert await pair.outcome(an_envelope()) == (Verdict.UNAVAILABLE, Phase.AUTH, 535, "5.7.8")
    assert "MAIL" not in pair.server.verbs()


async def test_a_size_limit_is_honoured_before_anything_is_sent(connect: Connect) -> None:
    pair = await connect(Options(extensions=("SIZE 100",)))

    reply = await pair.transport.send(an_envelope(content=b"x" * 99 + b"\r\n"))

    assert outcome_of(reply) == (Verdict.REFUSED, Phase.MAIL, None, "5.3.4")
    assert reply.text == "The mail has 101 bytes; the relay takes at most 100 (SIZE)."
    assert pair.server.verbs() == ["EHLO"]


@pytest.mark.parametrize("limit", ["SIZE", "SIZE 0", "SIZE 1000", "SIZE lots"])
async def test_a_size_that_is_no_limit_stops_nothing(connect: Connect, limit: str) -> None:
    pair = await connect(Options(extensions=(limit,)))

    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert "MAIL FROM:<bounces@example.com> SIZE=54" in pair.server.commands


async def test_an_address_beyond_ascii_needs_smtputf8(connect: Connect) -> None:
    pair = await connect(Options(extensions=()))

    reply = await pair.transport.send(an_envelope("jürgen@bücher.example"))

    assert outcome_of(reply) == (Verdict.REFUSED, Phase.MAIL, None, "5.6.7")
    assert "SMTPUTF8" in reply.text
    assert pair.server.verbs() == ["EHLO"]


async def test_an_address_beyond_ascii_goes_out_unmangled_where_it_is_taken(connect: Connect) -> None:
    pair = await connect()

    reply = await pair.transport.send(an_envelope("jürgen@bücher.example"))

    assert reply.verdict is Verdict.ACCEPTED
    assert "MAIL FROM:<bounces@example.com> BODY=8BITMIME SMTPUTF8" in pair.server.commands
    assert pair.server.taken()[0]["recipient"] == "jürgen@xn--bcher-kva.example"


async def test_an_idn_domain_needs_no_extension(connect: Connect) -> None:
    pair = await connect(Options(extensions=()))

    reply = await pair.transport.send(an_envelope("Bob@bücher.example"))

    assert reply.verdict is Verdict.ACCEPTED
    assert pair.server.taken()[0]["recipient"] == "Bob@xn--bcher-kva.example"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n"])
async def test_no_end_in_disguise_ends_a_letter(connect: Connect, end: bytes) -> None:
    pair = await connect()

    reply = await pair.transport.send(an_envelope(content=b"a" + end + b"MAIL FROM:<eve@example.com>\r\n"))

    assert reply.verdict is Verdict.ACCEPTED
    assert pair.server.raw() == [b"a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"]


async def test_a_server_without_ehlo_is_greeted_the_old_way(connect: Connect) -> None:
    pair = await connect(Options(answers={"EHLO": "502 5.5.1 what"}))

    assert (await pair.transport.send(an_envelope())).verdict is Verdict.ACCEPTED
    assert pair.server.verbs()[:3] == ["EHLO", "HELO", "MAIL"]
