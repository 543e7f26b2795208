"""Names in templates that a run of this sequence can never have a value for."""

from collections.abc import Collection, Iterator, Mapping

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.doubting import why_no_event
from dripline.sequences.compiler.inlining import template_of
from dripline.sequences.compiler.places import steps_of
from dripline.sequences.language.model import Definition, Discount, Email


def not_supplied(definition: Definition, variables: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """One warning for each name in each mail that nothing gives a value to.

    `variables` are the dotted names that each template uses, by the name that `template_of` gives it.
    """
    no_event = why_no_event(definition.trigger)
    has_any = any(isinstance(step, Discount) for _, step, _ in steps_of(definition))
    has_code = False
    for place, step, _ in steps_of(definition):
        # Steps come in the order in which they are written, so that one before may stand on another way.
        has_code = has_code or isinstance(step, Discount)
        if isinstance(step, Email):
            no_code = None if has_code else "before the step that makes one" if has_any else "because no step makes one"
            missing = {"event": no_event, "discount": no_code}
            for name in sorted(variables.get(template_of(step), ())):
                if (why := missing.get(name.partition(".")[0].lower())) is not None:
                    yield place.problem(f"its template uses {name}, which is missing {why}.", found=name)
