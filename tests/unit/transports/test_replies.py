from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.transports.contract import Phase, Reply, Verdict, is_dead_mailbox
from dripline.delivery.transports.replies import Answer, Broken, bounded, broken, enhanced_code, judged
from dripline.delivery.transports.smtp_wire import dotted

IN_A_TRANSACTION = st.sampled_from([Phase.MAIL, Phase.RCPT, Phase.DATA])
ANSWERS = st.builds(Answer, st.integers(200, 599), st.text() | st.just("4.7.0 rate limited"))


@pytest.mark.parametrize(
    ("answer", "enhanced"),
    [
        (Answer(550, "5.1.1 no such user"), "5.1.1"),
        (Answer(550, "5.1.1"), "5.1.1"),
        (Answer(550, "5.01.10 zeros"), "5.1.10"),
        (Answer(550, "5.1.1 first\n5.7.1 second"), "5.1.1"),
        (Answer(550, "4.2.1 of another class"), None),
        (Answer(550, "no such user 5.1.1"), None),
        (Answer(550, "5.1.1111 too long"), None),
        (Answer(354, "3.1.1 no such class"), None),
        (Answer(550, ""), None),
    ],
)
def test_an_enhanced_code_is_read_from_the_front_and_only_of_its_class(answer: Answer, enhanced: str | None) -> None:
    assert enhanced_code(answer) == enhanced


@given(ANSWERS)
def test_only_a_yes_to_the_final_dot_is_acceptance(answer: Answer) -> None:
    verdict = judged(Phase.DOT, answer).verdict

    assert (verdict is Verdict.ACCEPTED) == (200 <= answer.code < 300)
    assert (verdict is Verdict.IN_DOUBT) == (300 <= answer.code < 400)


@given(IN_A_TRANSACTION, ANSWERS)
def test_before_the_final_dot_nothing_is_accepted_or_in_doubt(phase: Phase, answer: Answer) -> None:
    assert judged(phase, answer).verdict in (Verdict.DEFERRED, Verdict.REFUSED, Verdict.UNAVAILABLE)


@given(IN_A_TRANSACTION | st.just(Phase.DOT), st.integers(400, 499))
def test_a_4xx_never_refuses(phase: Phase, code: int) -> None:
    assert judged(phase, Answer(code, "")).verdict in (Verdict.DEFERRED, Verdict.UNAVAILABLE)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(450, "4.7.1 greylisted, come back"), Verdict.DEFERRED),
        (Answer(451, "4.7.1 rate limit exceeded"), Verdict.UNAVAILABLE),
        (Answer(452, "4.7.28 unusual traffic"), Verdict.UNAVAILABLE),
        (Answer(454, "Throttling failure: Maximum sending rate exceeded."), Verdict.UNAVAILABLE),
        (Answer(452, "4.5.3 too many recipients"), Verdict.DEFERRED),
        (Answer(550, "5.7.515 access denied, domain not authenticated"), Verdict.REFUSED),
    ],
)
def test_being_told_to_slow_down_is_about_the_relay(answer: Answer, verdict: Verdict) -> None:
    assert judged(Phase.RCPT, answer).verdict is verdict


@pytest.mark.parametrize("phase", list(Phase))
def test_a_broken_conversation_is_in_doubt_only_after_the_dot(phase: Phase) -> None:
    verdict = Verdict.IN_DOUBT if phase is Phase.DOT else Verdict.DEFERRED

    assert broken(phase, Broken("gone")) == Reply(verdict, phase, None, None, "gone")


@pytest.mark.parametrize(
    ("verdict", "phase", "code", "enhanced", "is_dead"),
    [
        (Verdict.REFUSED, Phase.RCPT, 550, "5.1.1", True),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.1.10", True),
        (Verdict.REFUSED, Phase.RCPT, 554, "5.1.2", True),
        (Verdict.REFUSED, Phase.RCPT, 550, None, True),
        (Verdict.REFUSED, Phase.RCPT, 551, None, True),
        (Verdict.REFUSED, Phase.RCPT, 553, None, True),
        (Verdict.REFUSED, Phase.RCPT, 552, None, False),
        (Verdict.REFUSED, Phase.RCPT, 554, None, False),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.7.1", False),
        (Verdict.REFUSED, Phase.RCPT, 550, "5.10.1", False),
        (Verdict.REFUSED, Phase.DOT, 550, "5.1.1", False),
        (Verdict.REFUSED, Phase.MAIL, 550, None, False),
        (Verdict.DEFERRED, Phase.RCPT, 450, "4.1.1", False),
        (Verdict.UNAVAILABLE, Phase.RCPT, 550, None, False),
    ],
)
def test_only_what_is_said_of_the_mailbox_makes_it_dead(
    verdict: Verdict, phase: Phase, code: int, enhanced: str | None, is_dead: bool
) -> None:
    assert is_dead_mailbox(Reply(verdict, phase, code, enhanced, "")) is is_dead


@given(st.text(st.characters(exclude_categories=())))
def test_their_words_are_kept_as_one_bounded_printable_line(text: str) -> None:
    line = bounded(text)

    assert line.isprintable()
    assert len(line) <= 500


@given(st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"..", b"\r\n.\r\n"])).map(b"".join))
def test_a_letter_ends_at_its_own_final_dot_and_nowhere_before(content: bytes) -> None:
    sent = dotted(content)

    lines = sent.split(b"\r\n")
    assert (lines[-2:], b"." in lines[:-2]) == ([b".", b""], False)
    assert not any(b"\r" in line or b"\n" in line for line in lines)


@given(st.lists(st.sampled_from([b".", b"a", b"", b"..", b".a"]), min_size=1))
def test_a_letter_is_the_same_once_its_dots_are_undone(lines: list[bytes]) -> None:
    content = b"\r\n".join([*lines, b""])

    undone = [line.removeprefix(b".") for line in dotted(content).split(b"\r\n")[:-2]]

    assert b"\r\n".join([*undone, b""]) == content


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("4.7.28 Rate limit exceeded. Try again in 5 minutes", timedelta(minutes=5)),
        ("4.7.0 too many messages, retry after 30 seconds", timedelta(seconds=30)),
        ("4.2.0 Greylisted, please wait 300s", timedelta(minutes=5)),
        ("4.2.0 Greylisted, try again in 900 hours", timedelta(hours=24)),
        ("4.2.0 Greylisted, try again later", None),
        ("4.2.2 Mailbox full, try again in 5 mailboxes", None),
    ],
)
def test_a_wait_that_is_asked_for_is_heard(text: str, wait: timedelta | None) -> None:
    assert judged(Phase.RCPT, Answer(450, text)).again_after == wait
    assert judged(Phase.RCPT, Answer(550, text)).again_after is None


def test_what_ses_calls_a_letter_is_kept() -> None:
    made = "010001890a1b2c3d-6f2d8e1c-1a2b-4c3d-9e8f-0123456789ab-000000"

    assert judged(Phase.DOT, Answer(250, f"Ok {made}")).provider_id == made
    assert judged(Phase.DOT, Answer(250, "2.0.0 Ok: queued as 4F1A2")).provider_id is None
    assert judged(Phase.DOT, Answer(450, f"Ok {made}")).provider_id is None
