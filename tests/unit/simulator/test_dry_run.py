"""A dry run says what live does."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.model import (
    CallWebhook,
    CreateDiscount,
    Cursor,
    Ended,
    EndStatus,
    Parked,
    SendEmail,
    Settlement,
    State,
    Visit,
    Waiting,
)
from dripline.sequences.interpreter.program import Delay, Program
from dripline.sequences.interpreter.stepping import advance, settled
from dripline.sequences.language.model import ApiTrigger, Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.simulator.dry_run import End, Run, SimulatedStep, dry_run
from tests.makers.programs import KNOWN, NOON, NOTHING, PLAIN_STEPS, PROGRAMS, KnownFacts, a_program, facts, make
from tests.makers.published import PURCHASE, TRIAL_EXPIRY
from tests.makers.worlds import KnownWorld


def _run(program: Program, known: KnownFacts) -> Run:
    return dry_run(program, KnownWorld(known), start=NOON)


def _on(day: int) -> datetime:
    return NOON + timedelta(days=day)


def _short(run: Run) -> list[tuple[str, str, int]]:
    return [(step.id, step.outcome, (step.at - NOON).days) for step in run.steps]


def test_a_dry_run_shows_every_step_with_its_time() -> None:
    run = _run(a_program(PURCHASE), NOTHING)

    waits = "waits 3d, until 2030-01-04T12:00:00Z"
    assert run == Run(
        (
            SimulatedStep("order-confirmation", "email", NOON, "sent", None, "order-confirmation"),
            SimulatedStep("delay-1", "delay", NOON, "waited", waits),
            SimulatedStep("review-request", "email", _on(3), "sent", None, "review-request"),
        ),
        End(EndStatus.COMPLETED, None, _on(3)),
    )


def test_who_is_on_trial_and_has_not_activated_gets_all_five_mails() -> None:
    run = _run(a_program(TRIAL_EXPIRY), facts(plan="trial"))

    assert _short(run) == [
        ("trial-welcome", "sent", 0),
        ("delay-1", "waited", 0),
        ("trial-tips", "sent", 3),
        ("delay-2", "waited", 3),
        ("condition-1", "false", 7),
        ("trial-feature-prompt", "sent", 7),
        ("delay-3", "waited", 7),
        ("trial-expiring-soon", "sent", 12),
        ("delay-4", "waited", 12),
        ("trial-expired", "sent", 14),
    ]
    assert run.end == End(EndStatus.COMPLETED, None, _on(14))


def test_who_has_activated_does_not_get_the_prompt() -> None:
    run = _run(a_program(TRIAL_EXPIRY), facts(plan="trial", activatedFeature=True))

    assert run.steps[4:6] == (
        SimulatedStep(
            "condition-1",
            "condition",
            _on(7),
            "true",
            "contact.properties.activatedFeature is true: equals true holds",
        ),
        SimulatedStep(
            "trial-feature-prompt",
            "email",
            _on(7),
            "skipped",
            "skipped by condition-1",
            "trial-feature-prompt",
        ),
    )
    assert run.end.at == _on(14)


def test_who_has_no_plan_exits_before_the_first_mail() -> None:
    run = _run(a_program(TRIAL_EXPIRY), NOTHING)

    reason = 'contact.properties.plan is missing: notEquals "trial" holds'
    exited = SimulatedStep("trial-welcome", "email", NOON, "exited", reason, "trial-welcome")
    assert run == Run((exited,), End(EndStatus.EXITED, "exit_condition", NOON))


def test_a_condition_that_exits_ends_the_run() -> None:
    program = a_program("""
trigger: {api: true}
steps:
  - {action: delay, duration: 0m}
  - {action: condition, property: contact.email, operator: notExists, onTrue: exit}
  - {action: email, template: never}
""")

    run = _run(program, NOTHING)

    assert _short(run) == [("delay-1", "waited", 0), ("condition-1", "true", 0)]
    assert run.end == End(EndStatus.EXITED, "condition", NOON)


def test_an_empty_program_is_complete_at_once() -> None:
    assert _run(Program({}, None, ()), NOTHING) == Run((), End(EndStatus.COMPLETED, None, NOON))


EVERYTHING = """
trigger: {api: true}
window: {from: "09:00", to: "17:00", days: [mon, tue, wed, thu, fri]}
steps:
  - {action: tag, id: mark, tag: started}
  - {action: condition, id: ask, tag: started, then: [{action: email, id: hi, template: welcome}]}
  - {action: delay, id: night, duration: 1d, at: "20:00"}
  - {action: email, id: tips, template: tips}
  - {action: wait, id: login, event: a, timeout: 3d}
  - {action: delay, id: renewal, until: contact.properties.renewsAt, at: "10:00"}
  - action: split
    id: test
    branches: [{name: gone, weight: 1, steps: [{action: exit, id: out, reason: enough}]}, {weight: 1, steps: []}]
"""


def _told(run: Run) -> list[tuple[str, str, str, str | None]]:
    return [(f"{step.at:%a %d %H:%M}", step.id, step.outcome, step.reason) for step in run.steps]


def test_every_step_says_what_it_does_and_why() -> None:
    known = KnownFacts({"contact.properties.renewsAt": "2030-01-20"})

    run = _run(a_program(EVERYTHING), known)

    assert _told(run) == [
        ("Tue 01 12:00", "mark", "done", 'adds the tag "started"'),
        ("Tue 01 12:00", "ask", "true", 'the contact has the tag "started"'),
        ("Tue 01 12:00", "hi", "sent", None),
        ("Tue 01 12:00", "night", "waited", "waits 1d and for 20:00 local time, until 2030-01-02T20:00:00Z"),
        ("Wed 02 20:00", "tips", "deferred", "waits for the window to open, until 2030-01-03T09:00:00Z"),
        ("Thu 03 09:00", "tips", "sent", None),
        ("Sun 06 09:00", "login", "waited", "a did not happen within 3d"),
        (
            "Sun 06 09:00",
            "renewal",
            "waited",
            "waits for contact.properties.renewsAt and for 10:00 local time, until 2030-01-20T10:00:00Z",
        ),
        ("Sun 20 10:00", "test", "done", "branch gone"),
        ("Sun 20 10:00", "out", "exited", "enough"),
    ]
    assert run.end == End(EndStatus.EXITED, "step", datetime.fromisoformat("2030-01-20T10:00:00Z"))


@pytest.mark.parametrize("hours", [0, 45, 70])
def test_an_event_that_is_assumed_ends_the_wait_when_it_happens(hours: int) -> None:
    happens = NOON + timedelta(hours=hours)
    program = a_program("trigger: {api: true}\nsteps: [{action: wait, id: login, event: a, timeout: 3d}]")

    run = _run(program, KnownFacts(events={"a": happens}))

    reason = f"a happened at {happens:%Y-%m-%dT%H:%M}:00.000Z"
    assert run.steps == (SimulatedStep("login", "wait", happens, "done", reason),)


def test_an_event_that_is_assumed_after_the_timeout_changes_nothing() -> None:
    program = a_program("trigger: {api: true}\nsteps: [{action: wait, id: login, event: a, timeout: 3d}]")

    late = _run(program, KnownFacts(events={"a": NOON + timedelta(days=4)}))

    assert late == _run(program, NOTHING)


def test_an_event_does_not_end_a_delay() -> None:
    program = a_program("trigger: {api: true}\nexitConditions: [{event: a}]\nsteps: [{action: delay, duration: 3d}]")

    run = _run(program, KnownFacts(events={"a": _on(1)}))

    assert run.end == End(EndStatus.COMPLETED, None, _on(3))


def _live(program: Program, known: KnownFacts) -> tuple[list[Visit], Ended]:
    """What the engine does: advance when due or woken, settle what is asked for, make the changes."""
    visits: list[Visit] = []
    now, world = NOON, KnownWorld(known)
    state: State = Waiting(Cursor(program.first, NOON, 0), NOON)
    while not isinstance(state, Ended):
        match state:
            case Waiting(cursor, until, wakes):
                now = min([until, *(at for at in _events(known, wakes) if at > now)])
                decision = advance(program, cursor, world.at(now), now)
            case Parked(cursor, SendEmail()):
                decision = settled(program, cursor, Settlement.SENT, now)
            case Parked(cursor, (CreateDiscount() | CallWebhook()) as effect):
                world, says = world.asked(effect, now)
                decision = settled(program, cursor, Settlement.DONE, now, reason=says)
        visits += decision.visits
        for change in decision.changes:
            world = world.after(change)
        state = decision.state
    return visits, state


def _events(known: KnownFacts, wakes: str | None) -> list[datetime]:
    return [at for name, at in known.events.items() if f"event:{name}" == wakes]


_WAITING = {"delay", "email"}


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, KNOWN)
def test_a_dry_run_agrees_with_live(program: Program, known: KnownFacts) -> None:
    visits, ended = _live(program, known)

    run = _run(program, known)

    rows = [row for row in run.steps if not (row.action in _WAITING and row.outcome in {"waited", "deferred"})]
    shown = [(row.id, row.action, row.outcome, row.reason, row.at) for row in rows]
    assert shown == [(visit.step, visit.action, visit.outcome, visit.reason, visit.at) for visit in visits]
    assert (run.end.status, run.end.reason) == (ended.status, ended.reason)


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, KNOWN)
def test_the_steps_of_a_dry_run_are_in_the_order_of_time(program: Program, known: KnownFacts) -> None:
    run = _run(program, known)

    times = [row.at for row in run.steps]
    assert times == sorted(times)
    assert not times or times[-1] <= run.end.at


_PLAIN = make(Definition, trigger=st.just(ApiTrigger()), steps=st.lists(PLAIN_STEPS, max_size=6).map(tuple))


@settings(max_examples=100, deadline=None)
@given(_PLAIN.map(name_steps).map(compile_definition))
def test_the_delays_of_a_dry_run_add_up_to_its_length(program: Program) -> None:
    run = _run(program, NOTHING)

    waited = [program.nodes[row.id] for row in run.steps if row.outcome == "waited"]
    total = sum((node.duration for node in waited if isinstance(node, Delay)), timedelta())
    assert run.end.at == NOON + total
