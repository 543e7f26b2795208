"""From a definition to the program that the interpreter runs."""

from collections.abc import Sequence
from datetime import time, timedelta

from dripline.kernel.durations import parse_duration
from dripline.predicates.model import EventTest
from dripline.predicates.truth import moment
from dripline.sequences.compiler.inlining import template_of
from dripline.sequences.interpreter import program, windows
from dripline.sequences.interpreter.program import Branch, Go, Leave, Node, Program, StepId
from dripline.sequences.language import model
from dripline.sequences.language.model import Day, Definition, OnPast, OnTrue, Onward, Step


def compile_definition(definition: Definition) -> Program:
    """The program of a definition whose steps all have ids (`naming.name_steps` gives them)."""
    nodes: dict[StepId, Node] = {}
    first = _Compiler(nodes, definition.sender).lay(definition.steps, None)
    return Program(nodes, first, definition.exit_conditions, _window(definition.window))


class _Compiler:
    """Lays lists of steps into `nodes`, last step first, so that each knows what follows it."""

    def __init__(self, nodes: dict[StepId, Node], sender: str | None) -> None:
        self._nodes = nodes
        self._sender = sender

    def lay(self, steps: Sequence[Step], after: StepId | None) -> StepId | None:
        """The id to enter this list by; whoever comes to its end goes on at `after`."""
        following, over_it = after, Go(after)
        for step in reversed(steps):
            node = self._node(step, following, over_it)
            self._nodes[node.id] = node
            following, over_it = node.id, Go(following, (node.id,))
        return following

    def _node(self, step: Step, following: StepId | None, over_it: Go) -> Node:
        """The node of a step. `over_it` passes over the step after it, where its list has one."""
        step_id = _id_of(step)
        change = _change(step)
        if change is not None:
            return program.Act(step_id, change, following)
        match step:
            case model.Email(sender=sender):
                return program.Email(step_id, template_of(step), sender or self._sender, following)
            case model.Delay():
                return _delay(step, following, over_it)
            case model.Condition(test=test, otherwise=otherwise):
                on_true = self._on_true(step, following, over_it)
                return program.Condition(step_id, test, on_true, self.lay(otherwise, following))
            case model.Wait(event=event, where=where, timeout=timeout, on_timeout=on_timeout):
                limit, late = parse_duration(timeout), _onward(on_timeout, following, "timeout")
                return program.Wait(step_id, EventTest(event, where), limit, late, following)
            case model.Split(branches=branches):
                ways = (self._way(branch, number, following) for number, branch in enumerate(branches, start=1))
                return program.Split(step_id, tuple(ways))
            case model.Discount(on_error=on_error):
                return program.Discount(step_id, _offer(step), _onward(on_error, following, "step"), following)
            case model.Webhook(url=url, body=body, on_error=on_error):
                return program.Webhook(step_id, url, body, _onward(on_error, following, "step"), following)
            case model.Exit(reason=reason):
                return program.Exit(step_id, reason)
            case _:
                raise AssertionError(f"{type(step).__name__} does not compile")

    def _on_true(self, step: model.Condition, following: StepId | None, over_it: Go) -> Branch:
        match step.on_true:
            case OnTrue.EXIT:
                return Leave("condition")
            case OnTrue.SKIP:
                return over_it
            case None:
                return Go(self.lay(step.then, following))

    def _way(self, branch: model.SplitBranch, number: int, following: StepId | None) -> program.Way:
        return program.Way(branch.weight, self.lay(branch.steps, following), branch.name or str(number))


def _delay(step: model.Delay, following: StepId | None, over_it: Go) -> Node:
    step_id, at = _id_of(step), time.fromisoformat(step.at) if step.at is not None else None
    if step.until is None:
        assert step.duration is not None, "a delay has a duration or a date"
        return program.Delay(step_id, parse_duration(step.duration), following, at)
    on_missing = _onward(step.on_missing, following, "step")
    match step.on_past:
        case OnPast.CONTINUE:
            on_past: Branch = Go(following)
        case OnPast.SKIP:
            on_past = over_it
        case OnPast.EXIT:
            on_past = Leave("step")
    return program.Until(step_id, step.until, at, on_missing, on_past, following)


def _offer(step: model.Discount) -> program.Offer:
    return program.Offer(
        provider=str(step.provider),
        percent_off=step.percent_off,
        amount_off=step.amount_off,
        currency=step.currency.lower() if step.currency is not None else None,
        duration=str(step.duration),
        months=step.duration_in_months,
        plans=step.plan_ids or (),
        prefix=step.code_prefix,
        max_redemptions=step.max_redemptions,
        locked=step.lock_to_subscriber,
        expires_at=moment(step.expires_at) if step.expires_at is not None else None,
        expires_after=timedelta(hours=step.expires_in_hours) if step.expires_in_hours is not None else None,
        name=step.name,
        pool=step.pool,
    )


def _change(step: Step) -> program.Change | None:
    match step:
        case model.AddTag(tag=tag):
            return program.AddTag(tag)
        case model.RemoveTag(tag=tag):
            return program.RemoveTag(tag)
        case model.AddToList(list=name):
            return program.JoinList(name)
        case model.RemoveFromList(list=name):
            return program.LeaveList(name)
        case model.SetProperty(property=name, value=value):
            return program.SetProperty(name, value)
        case model.Enroll(sequence=sequence):
            return program.EnterSequence(sequence)
        case _:
            return None


def _onward(onward: Onward, following: StepId | None, leaving: str) -> Branch:
    return Leave(leaving) if onward is Onward.EXIT else Go(following)


def _window(window: model.Window | None) -> windows.Window | None:
    if window is None:
        return None
    opens, closes = time.fromisoformat(window.opens), time.fromisoformat(window.closes)
    days = frozenset(list(Day).index(day) for day in window.days)
    return windows.Window(opens, closes, days, None if window.timezone == "contact" else window.timezone)


def _id_of(step: Step) -> StepId:
    assert step.id is not None, "every step was given an id"
    return step.id
