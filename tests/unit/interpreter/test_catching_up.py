"""Catching up after a pause: mail whose time has passed is skipped, and nothing else happens that would not have."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.interpreter.catching_up import MISSED, catch_up
from dripline.sequences.interpreter.model import (
    Cursor,
    Decision,
    Ended,
    EndStatus,
    Outcome,
    Parked,
    SendEmail,
    Settlement,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import AddTag, Email, Program
from dripline.sequences.interpreter.stepping import settled
from tests.makers.programs import KNOWN, NOON, NOTHING, PROGRAMS, KnownFacts, a_program, facts

DAY = timedelta(days=1)
_LATER = st.integers(0, 30 * 24).map(lambda hours: NOON + timedelta(hours=hours))

DRIP = a_program(
    """
    trigger: { event: signed.up }
    exitConditions: [ { property: contact.properties.plan, operator: equals, value: pro } ]
    steps:
      - { action: email, id: one, template: a-mail }
      - { action: delay, id: first, duration: 1d }
      - { action: email, id: two, template: a-mail }
      - { action: delay, id: second, duration: 2d }
      - { action: email, id: three, template: a-mail }
    """
)


def _skipped(number: int, step: str, at: datetime) -> Visit:
    return Visit(number, step, "email", Outcome.SKIPPED, MISSED, at)


def test_mail_is_skipped_at_its_own_time_until_a_wait_ends_after_now() -> None:
    caught_up = catch_up(DRIP, Cursor("first", NOON, 1), NOTHING, due_at=NOON + DAY, now=NOON + 2 * DAY)

    assert caught_up == Decision(
        Waiting(Cursor("second", NOON + DAY, 2), NOON + 3 * DAY), (_skipped(2, "two", NOON + DAY),)
    )


def test_who_missed_everything_completes_without_a_mail() -> None:
    caught_up = catch_up(DRIP, Cursor("one", NOON, 0), NOTHING, due_at=NOON, now=NOON + 9 * DAY)

    assert caught_up.state == Ended(EndStatus.COMPLETED, None, Cursor(None, NOON + 3 * DAY, 3))
    assert caught_up.visits == (
        _skipped(1, "one", NOON),
        _skipped(2, "two", NOON + DAY),
        _skipped(3, "three", NOON + 3 * DAY),
    )


def test_an_exit_condition_that_holds_today_ends_the_run() -> None:
    caught_up = catch_up(DRIP, Cursor("first", NOON, 1), facts(plan="pro"), due_at=NOON + DAY, now=NOON + 9 * DAY)

    assert isinstance(caught_up.state, Ended)
    assert (caught_up.state.status, caught_up.state.reason) == (EndStatus.EXITED, "exit_condition")


def test_it_stops_where_the_contact_is_changed_and_is_due_at_that_time() -> None:
    program = a_program(
        """
        trigger: { event: signed.up }
        steps:
          - { action: delay, id: wait, duration: 1d }
          - { action: tag, id: mark, tag: late }
          - { action: email, id: mail, template: a-mail }
        """
    )

    caught_up = catch_up(program, Cursor("wait", NOON, 0), NOTHING, due_at=NOON + DAY, now=NOON + 9 * DAY)

    assert caught_up.state == Waiting(Cursor("mail", NOON + DAY, 1), NOON + DAY)
    assert caught_up.changes == (AddTag("late"),)


def test_a_mail_that_waits_for_its_window_was_not_missed() -> None:
    program = a_program(
        """
        trigger: { event: signed.up }
        window: { from: "09:00", to: "10:00", timezone: UTC }
        steps:
          - { action: email, id: mail, template: a-mail }
        """
    )

    caught_up = catch_up(program, Cursor("mail", NOON, 0), NOTHING, due_at=NOON, now=NOON + timedelta(hours=6))

    assert caught_up.visits == ()
    assert isinstance(caught_up.state, Waiting)
    assert caught_up.state.until == NOON + timedelta(hours=21)


def _to_the_end(program: Program, state: State, known: KnownFacts, now: datetime) -> tuple[State, tuple[Visit, ...]]:
    """Catch up over every change of the contact, as if it changed no fact; codes and calls take no time."""
    visits: tuple[Visit, ...] = ()
    while not isinstance(state, Ended) and not (isinstance(state, Waiting) and state.until > now):
        match state:
            case Waiting(cursor, until):
                decision = catch_up(program, cursor, known, due_at=until, now=now)
            case Parked(cursor, effect):
                assert not isinstance(effect, SendEmail)
                decision = settled(program, cursor, Settlement.DONE, cursor.since)
        state, visits = decision.state, (*visits, *decision.visits)
    return state, visits


@settings(max_examples=150, deadline=None)
@given(program=PROGRAMS, known=KNOWN, now=_LATER)
def test_no_mail_is_asked_for_and_every_visit_has_its_own_time(
    program: Program, known: KnownFacts, now: datetime
) -> None:
    state, visits = _to_the_end(program, Waiting(Cursor(program.first, NOON, 0), NOON), known, now)

    assert isinstance(state, Ended) or (isinstance(state, Waiting) and state.until > now)
    assert [visit.number for visit in visits] == list(range(1, len(visits) + 1))
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
    assert all(NOON <= visit.at <= now for visit in visits)
    mailed = [visit for visit in visits if isinstance(program.nodes[visit.step], Email)]
    assert all(visit.outcome in (Outcome.SKIPPED, Outcome.EXITED) for visit in mailed)


@settings(max_examples=150, deadline=None)
@given(program=PROGRAMS, known=KNOWN, times=st.tuples(_LATER, _LATER))
def test_catching_up_in_two_parts_is_the_same_as_at_once(
    program: Program, known: KnownFacts, times: tuple[datetime, datetime]
) -> None:
    sooner, later = sorted(times)
    start = Waiting(Cursor(program.first, NOON, 0), NOON)

    halfway, before = _to_the_end(program, start, known, sooner)
    end, after = _to_the_end(program, halfway, known, later)

    assert (end, (*before, *after)) == _to_the_end(program, start, known, later)
