"""A dry run says what live does."""

from datetime import datetime, timedelta

from hypothesis import given, settings

from dripline.predicates.evaluate import Facts
from dripline.sequences.interpreter.model import Cursor, Ended, EndStatus, Parked, Settlement, State, Visit, Waiting
from dripline.sequences.interpreter.program import Delay, Program
from dripline.sequences.interpreter.stepping import advance, settled
from dripline.sequences.simulator.dry_run import End, Run, SimulatedStep, dry_run
from tests.makers.programs import KNOWN, NOON, NOTHING, PROGRAMS, a_program, facts
from tests.makers.published import PURCHASE, TRIAL_EXPIRY


def _on(day: int) -> datetime:
    return NOON + timedelta(days=day)


def _short(run: Run) -> list[tuple[str, str, int]]:
    return [(step.id, step.outcome, (step.at - NOON).days) for step in run.steps]


def test_a_dry_run_shows_every_step_with_its_time() -> None:
    run = dry_run(a_program(PURCHASE), NOTHING, start=NOON)

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
    run = dry_run(a_program(TRIAL_EXPIRY), facts(plan="trial"), start=NOON)

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
    run = dry_run(a_program(TRIAL_EXPIRY), facts(plan="trial", activatedFeature=True), start=NOON)

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
    run = dry_run(a_program(TRIAL_EXPIRY), NOTHING, start=NOON)

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

    run = dry_run(program, NOTHING, start=NOON)

    assert _short(run) == [("delay-1", "waited", 0), ("condition-1", "true", 0)]
    assert run.end == End(EndStatus.EXITED, "condition", NOON)


def test_an_empty_program_is_complete_at_once() -> None:
    assert dry_run(Program({}, None, ()), NOTHING, start=NOON) == Run((), End(EndStatus.COMPLETED, None, NOON))


def _live(program: Program, known: Facts) -> tuple[list[Visit], Ended]:
    """What the engine does: advance when due, settle what is asked for."""
    visits: list[Visit] = []
    now = NOON
    state: State = Waiting(Cursor(program.first, NOON, 0), NOON)
    while not isinstance(state, Ended):
        match state:
            case Waiting(cursor, until):
                now = until
                decision = advance(program, cursor, known, now)
            case Parked(cursor, _):
                decision = settled(program, cursor, Settlement.SENT, now)
        visits += decision.visits
        state = decision.state
    return visits, state


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, KNOWN)
def test_a_dry_run_agrees_with_live(program: Program, known: Facts) -> None:
    visits, ended = _live(program, known)

    run = dry_run(program, known, start=NOON)

    shown = [(row.id, row.action, row.outcome, row.reason, row.at) for row in run.steps if row.outcome != "waited"]
    assert shown == [(visit.step, visit.action, visit.outcome, visit.reason, visit.at) for visit in visits]
    assert (run.end.status, run.end.reason) == (ended.status, ended.reason)


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, KNOWN)
def test_the_waits_of_a_dry_run_add_up_to_its_length(program: Program, known: Facts) -> None:
    run = dry_run(program, known, start=NOON)

    waited = [program.nodes[row.id] for row in run.steps if row.outcome == "waited"]
    total = sum((node.duration for node in waited if isinstance(node, Delay)), timedelta())
    assert run.end.at == NOON + total
    assert [row.at for row in run.steps] == sorted(row.at for row in run.steps)
