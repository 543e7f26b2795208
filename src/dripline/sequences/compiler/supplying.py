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
    missing = _missing(definition)
    for place, step, _ in steps_of(definition):
        if isinstance(step, Email):
            for name in sorted(variables.get(template_of(step), ())):
                if (why := missing.get(name.partition(".")[0].lower())) is not None:
                    yield place.problem(f"its template uses {name}, which is missing {why}.", found=name)


def _missing(definition: Definition) -> Mapping[str, str]:
    """Why there is none of what a name begins with."""
    missing = {}
    if (why := why_no_event(definition.trigger)) is not None:
        missing["event"] = why
    if not any(isinstance(step, Discount) for _, step, _ in steps_of(definition)):
        missing["discount"] = "because no step makes a discount"
    return missing
