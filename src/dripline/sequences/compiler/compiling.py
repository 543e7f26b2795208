"""From a definition to the program that the interpreter runs."""

from collections.abc import Sequence

from dripline.kernel.durations import parse_duration
from dripline.kernel.errors import Unprocessable
from dripline.predicates.model import Comparison
from dripline.sequences.compiler.support import not_run_yet
from dripline.sequences.interpreter import program
from dripline.sequences.interpreter.program import Branch, Go, Leave, Node, Program, StepId
from dripline.sequences.language import model
from dripline.sequences.language.model import Definition, OnTrue, Step


def compile_definition(definition: Definition) -> Program:
    """The program of a definition whose steps all have ids (`naming.name_steps` gives them).

    Raises:
        Unprocessable: it says something that is not run in this release; every such place is named.
    """
    if problems := not_run_yet(definition):
        raise Unprocessable.of(problems)
    nodes: dict[StepId, Node] = {}
    first = _Compiler(nodes, definition.sender).lay(definition.steps, None)
    return Program(nodes, first, definition.exit_conditions)


class _Compiler:
    """Lays lists of steps into `nodes`, last step first, so that each knows what follows it."""

    def __init__(self, nodes: dict[StepId, Node], sender: str | None) -> None:
        self._nodes = nodes
        self._sender = sender

    def lay(self, steps: Sequence[Step], after: StepId | None) -> StepId | None:
        """The id to enter this list by; whoever comes to its end goes on at `after`."""
        following, second = after, after
        skipped: StepId | None = None
        for step in reversed(steps):
            node = self._node(step, following, over=second, skipped=skipped)
            self._nodes[node.id] = node
            following, second, skipped = node.id, following, node.id
        return following

    def _node(self, step: Step, following: StepId | None, *, over: StepId | None, skipped: StepId | None) -> Node:
        step_id = _id_of(step)
        match step:
            case model.Email(template=str(template), sender=sender):
                return program.Email(step_id, template, sender or self._sender, following)
            case model.Delay(duration=str(duration)):
                return program.Delay(step_id, parse_duration(duration), following)
            case model.Condition(test=Comparison() as test):
                on_true = self._on_true(step, following, over=over, skipped=skipped)
                return program.Condition(step_id, test, on_true, self.lay(step.otherwise, following))
            case _:
                raise AssertionError(f"{type(step).__name__} is said to run, and does not compile")

    def _on_true(
        self, step: model.Condition, following: StepId | None, *, over: StepId | None, skipped: StepId | None
    ) -> Branch:
        match step.on_true:
            case OnTrue.EXIT:
                return Leave("condition")
            case OnTrue.SKIP:
                return Go(over, (skipped,)) if skipped is not None else Go(following)
            case None:
                return Go(self.lay(step.then, following))


def _id_of(step: Step) -> StepId:
    assert step.id is not None, "every step was given an id"
    return step.id
