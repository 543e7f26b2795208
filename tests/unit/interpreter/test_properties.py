"""What holds for every program, every contact and every order of things."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.predicates.model import Comparison
from dripline.sequences.interpreter.model import (
    Cursor,
    Decision,
    Ended,
    Parked,
    SendEmail,
    Settlement,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Act, Program
from dripline.sequences.interpreter.stepping import advance, settled, step
from dripline.sequences.interpreter.windows import next_open
from tests.makers.programs import KNOWN, NOON, PROGRAMS, KnownFacts, comparisons, seen_at

_UNSETTLED = 12
"""Turns in which everything may change: whoever moves to another zone each day is never in an open window."""
_FACTS = st.lists(KNOWN, min_size=1, max_size=4)
_SETTLEMENTS = st.lists(st.sampled_from(Settlement), min_size=1, max_size=4)
_LATENESS = st.lists(st.sampled_from([0, 1, 3600, 100_000]), min_size=1, max_size=4)


@dataclass(frozen=True)
class Taken:
    """One decision with what it was taken from."""

    before: Cursor
    now: datetime
    decision: Decision


def _walk(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> Iterator[Taken]:
    """A whole life: for a while facts change and turns come late; effects are settled in every way."""
    state: State = Waiting(Cursor(program.first, NOON, 0), NOON)
    now, turn = NOON, 0
    while not isinstance(state, Ended):
        assert turn <= 4 * len(program.nodes) + _UNSETTLED, "every enrollment ends"
        is_settled = turn >= _UNSETTLED
        late = timedelta(seconds=0 if is_settled else lateness[turn % len(lateness)])
        known = changing[0 if is_settled else turn % len(changing)]
        match state:
            case Waiting(cursor, until):
                now = max(now, until) + late
                decision = advance(program, cursor, seen_at(known, now), now)
            case Parked(cursor, _):
                now += late
                decision = settled(program, cursor, settlements[turn % len(settlements)], now)
        yield Taken(cursor, now, decision)
        state, turn = decision.state, turn + 1


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_every_enrollment_ends(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    *_, last = _walk(program, changing, settlements, lateness)

    assert isinstance(last.decision.state, Ended)


@settings(max_examples=100, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_a_replay_gives_the_same_decisions(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    life = list(_walk(program, changing, settlements, lateness))

    assert list(_walk(program, changing, settlements, lateness)) == life


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_visits_are_numbered_without_gap_and_no_effect_shares_a_number(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    life = list(_walk(program, changing, settlements, lateness))

    visits: list[Visit] = [visit for taken in life for visit in taken.decision.visits]
    effects = [taken.decision.state.effect for taken in life if isinstance(taken.decision.state, Parked)]
    assert [visit.number for visit in visits] == list(range(1, len(visits) + 1))
    assert len({effect.visit for effect in effects}) == len(effects)
    assert len({effect.step for effect in effects}) == len(effects)
    settled_visits = {visit.number: visit.step for visit in visits}
    assert all(settled_visits[effect.visit] == effect.step for effect in effects)


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_time_never_goes_back(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    for taken in _walk(program, changing, settlements, lateness):
        state = taken.decision.state

        assert state.cursor.since >= taken.before.since
        assert not isinstance(state, Waiting) or state.until >= taken.now
        assert all(visit.at == taken.now for visit in taken.decision.visits)


@settings(max_examples=100, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS)
def test_a_clock_that_was_set_back_never_takes_the_arrival_back(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement]
) -> None:
    for taken in _walk(program, changing, settlements, [0]):
        if taken.before.step is not None and taken.decision.state.cursor.step != taken.before.step:
            earlier = taken.before.since - timedelta(days=400)

            again = step(program, taken.before, changing[0], earlier)

            assert again.state.cursor.since >= taken.before.since


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, KNOWN, st.data())
def test_advance_is_step_after_step(program: Program, known: KnownFacts, data: st.DataObject) -> None:
    places = [None, *program.nodes]
    cursor = Cursor(data.draw(st.sampled_from(places)), NOON, data.draw(st.integers(0, 5)))
    now = NOON + timedelta(days=data.draw(st.integers(0, 8)))

    folded = step(program, cursor, known, now)
    visits = list(folded.visits)
    while isinstance(folded.state, Waiting) and folded.state.until == now and not folded.changes:
        folded = step(program, folded.state.cursor, known, now)
        visits += folded.visits

    assert advance(program, cursor, known, now) == Decision(folded.state, tuple(visits), folded.changes)


@settings(max_examples=100, deadline=None)
@given(PROGRAMS, comparisons(), KNOWN)
def test_a_true_exit_condition_lets_no_effect_out(program: Program, leaves: Comparison, known: KnownFacts) -> None:
    life = list(_walk(replace(program, exits=(leaves,)), [known], [Settlement.SENT], [0]))

    exited = isinstance(life[-1].decision.state, Ended) and life[-1].decision.state.reason == "exit_condition"
    effects = [taken for taken in life if isinstance(taken.decision.state, Parked)]
    changes = [taken for taken in life if taken.decision.changes]
    assert not (exited and (effects or changes)), "facts that do not change exit before the first effect or never"


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_nothing_follows_a_change_in_the_same_decision(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    for taken in _walk(program, changing, settlements, lateness):
        if taken.decision.changes:
            state, (change,) = taken.decision.state, taken.decision.changes

            acting = program.nodes[taken.decision.visits[-1].step]
            assert isinstance(acting, Act)
            assert (acting.change, acting.next) == (change, state.cursor.step)
            assert not isinstance(state, Waiting) or state.until == taken.now


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_mail_is_asked_for_only_while_the_window_is_open(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    for taken in _walk(program, changing, settlements, lateness):
        if program.window is not None and _asks_for_mail(taken.decision.state):
            zones = [known.values["contact.timezone"] for known in changing]

            assert any(next_open(program.window, str(zone), taken.now) == taken.now for zone in zones)


def _asks_for_mail(state: State) -> bool:
    return isinstance(state, Parked) and isinstance(state.effect, SendEmail)


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, _FACTS, _SETTLEMENTS, _LATENESS)
def test_a_program_hears_of_every_fact_that_a_run_waits_for(
    program: Program, changing: list[KnownFacts], settlements: list[Settlement], lateness: list[int]
) -> None:
    states = [taken.decision.state for taken in _walk(program, changing, settlements, lateness)]

    wakes = {state.wakes for state in states if isinstance(state, Waiting) and state.wakes is not None}
    assert wakes <= {":".join(key) for key in program.hears}
