"""Waits that have begun and get another time: by a pause, or by another version."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.interpreter.model import Cursor, Waiting
from dripline.sequences.interpreter.program import Delay, Program, Wait
from dripline.sequences.interpreter.retiming import retimed, shifted
from dripline.sequences.interpreter.stepping import step
from tests.makers.programs import KNOWN, NOON, NOTHING, PROGRAMS, KnownFacts, a_program

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_HOURS = st.integers(0, 24 * 10).map(lambda hours: hours * HOUR)


def a_wait(text: str, *, window: str = "") -> Program:
    """A program that waits at the step `here`."""
    return a_program(
        f"trigger: {{ event: signed.up }}\n{window}\nsteps:\n  - {{ id: here, {text} }}\n"
        "  - { action: email, id: mail, template: a-mail }"
    )


HERE = Cursor("here", NOON, 0)


def test_a_delay_has_after_the_pause_what_it_had_left_before() -> None:
    program = a_wait("action: delay, duration: 5d")

    cursor, due_at = shifted(
        program, HERE, NOTHING, due_at=NOON + 5 * DAY, paused_at=NOON + 2 * DAY, now=NOON + 9 * DAY
    )

    assert (cursor, due_at) == (replace(HERE, since=NOON + 7 * DAY), NOON + 12 * DAY)


def test_a_delay_that_began_during_the_pause_is_moved_from_its_own_beginning() -> None:
    program = a_wait("action: delay, duration: 5d")
    began = replace(HERE, since=NOON + 3 * DAY)

    cursor, due_at = shifted(
        program, began, NOTHING, due_at=NOON + 8 * DAY, paused_at=NOON + 2 * DAY, now=NOON + 9 * DAY
    )

    assert (cursor.since, due_at) == (NOON + 9 * DAY, NOON + 14 * DAY)


def test_a_local_time_stays_that_time_of_day() -> None:
    program = a_wait('action: delay, duration: 1d, at: "09:00"')

    _, due_at = shifted(
        program, HERE, NOTHING, due_at=NOON + 21 * HOUR, paused_at=NOON + HOUR, now=NOON + 3 * DAY + 5 * HOUR
    )

    assert (due_at.hour, due_at.minute) == (9, 0)
    assert due_at >= NOON + 3 * DAY + 5 * HOUR


def test_a_date_waits_for_nobody() -> None:
    program = a_wait("action: delay, until: event.date")

    unmoved = shifted(program, HERE, NOTHING, due_at=NOON + 5 * DAY, paused_at=NOON + DAY, now=NOON + 3 * DAY)

    assert unmoved == (HERE, NOON + 5 * DAY)


def test_who_was_woken_in_the_pause_is_not_put_to_sleep_again() -> None:
    program = a_wait("action: wait, event: paid, timeout: 5d")
    woken_at = NOON + 2 * DAY

    cursor, due_at = shifted(program, HERE, NOTHING, due_at=woken_at, paused_at=NOON + DAY, now=NOON + 3 * DAY)

    assert (cursor.since, due_at) == (NOON + 2 * DAY, woken_at)


def test_a_timeout_has_what_it_had_left() -> None:
    program = a_wait("action: wait, event: paid, timeout: 5d")

    _, due_at = shifted(program, HERE, NOTHING, due_at=NOON + 5 * DAY, paused_at=NOON + DAY, now=NOON + 3 * DAY)

    assert due_at == NOON + 7 * DAY


@settings(max_examples=150, deadline=None)
@given(program=PROGRAMS, known=KNOWN, paused=_HOURS, lasts=_HOURS)
def test_nobody_who_waits_for_a_span_has_less_or_more_left_than_before(
    program: Program, known: KnownFacts, paused: timedelta, lasts: timedelta
) -> None:
    paused_at, now = NOON + paused, NOON + paused + lasts
    for node in program.nodes.values():
        cursor = Cursor(node.id, NOON, 0)
        state = step(program, cursor, known, NOON).state
        if not (isinstance(node, Delay | Wait) and isinstance(state, Waiting) and state.cursor == cursor):
            continue
        if isinstance(node, Delay) and node.at is not None:
            continue

        moved, due_at = shifted(program, cursor, known, due_at=state.until, paused_at=paused_at, now=now)

        assert due_at - now == state.until - paused_at
        if isinstance(node, Delay) and due_at > now:
            assert step(program, moved, known, now).state == Waiting(moved, due_at, state.wakes)


def _retimed(
    was: str, becomes: str, *, due_at: datetime, known: KnownFacts = NOTHING, now: datetime = NOON + DAY
) -> datetime | None:
    return retimed(a_wait(was), a_wait(becomes), HERE, known, due_at=due_at, now=now)


def test_a_longer_delay_ends_later_counted_from_its_beginning() -> None:
    ends = _retimed("action: delay, duration: 2d", "action: delay, duration: 5d", due_at=NOON + 2 * DAY)

    assert ends == NOON + 5 * DAY


def test_a_shorter_delay_ends_earlier_and_may_be_over() -> None:
    ends = _retimed("action: delay, duration: 5d", "action: delay, duration: 1h", due_at=NOON + 5 * DAY)

    assert ends == NOON + HOUR


def test_a_wait_of_the_same_length_stays_whatever_else_was_changed() -> None:
    old = a_program("trigger: { event: a }\nsteps:\n  - { id: here, action: delay, duration: 2d }")
    new = a_wait("action: delay, duration: 2d")

    assert retimed(old, new, HERE, NOTHING, due_at=NOON + 2 * DAY, now=NOON) is None


def test_a_step_that_became_another_lets_its_wait_end_when_it_would_have() -> None:
    assert _retimed("action: delay, duration: 2d", "action: tag, tag: x", due_at=NOON + 2 * DAY) is None


def test_who_was_woken_is_not_given_another_time() -> None:
    ends = _retimed(
        "action: wait, event: a, timeout: 5d", "action: wait, event: a, timeout: 9d", due_at=NOON + 2 * HOUR
    )

    assert ends is None


def test_a_wait_for_another_event_is_looked_at_now_as_that_may_have_happened() -> None:
    was, becomes = "action: wait, event: a, timeout: 5d", "action: wait, event: b, timeout: 5d"

    assert _retimed(was, becomes, due_at=NOON + 5 * DAY) == NOON + DAY
    assert _retimed("action: delay, duration: 5d", becomes, due_at=NOON + 5 * DAY) == NOON + DAY


def test_a_new_date_counts_and_a_missing_one_changes_nothing() -> None:
    was, becomes = "action: delay, until: event.old", "action: delay, until: event.new"
    dated = KnownFacts({"event.new": "2030-02-01T00:00:00Z"})

    assert _retimed(was, becomes, due_at=NOON + DAY, known=dated) == datetime.fromisoformat("2030-02-01T00:00:00Z")
    assert _retimed(was, becomes, due_at=NOON + DAY) is None


def test_another_window_opens_at_another_time() -> None:
    was = a_wait("action: email, template: a", window='window: { from: "09:00", to: "10:00", timezone: UTC }')
    becomes = a_wait("action: email, template: a", window='window: { from: "14:00", to: "15:00", timezone: UTC }')

    assert retimed(was, becomes, HERE, NOTHING, due_at=NOON + 21 * HOUR, now=NOON) == NOON + 2 * HOUR
