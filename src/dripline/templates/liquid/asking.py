"""The two filters beyond standard Liquid that blocks need: the one truth table of conditions, and the time left."""

from liquid import RenderContext
from liquid.filter import with_context
from liquid.undefined import is_undefined


def holds_filter(found: object, operator: object, value: object = None) -> bool:
    """Whether what was found stands in this relation to a value: `{% assign is_pro = plan | holds: "equals", "pro" %}`.

    An operator that there is not holds for nothing.
    """
    # Imported here: few templates ask, and a rendering child starts faster without the tables of letters.
    from dripline.predicates.model import Operator
    from dripline.predicates.truth import holds

    word = str(operator)
    return word in list(Operator) and holds(Operator(word), _plain(found), _plain(value))  # type: ignore[arg-type]


@with_context
def minutes_left(value: object, *, context: RenderContext) -> int | None:
    """Whole minutes from the time of the mail to an ISO 8601 date or time; 0 when it is past, nothing for no time."""
    from dripline.predicates.truth import moment

    end, now = moment(str(value)), moment(str(context.resolve("now", default="")))
    return max(0, int((end - now).total_seconds() // 60)) if end is not None and now is not None else None


def _plain(value: object) -> object:
    if is_undefined(value):
        return None
    # Texts of a template that is escaped are marked as such.
    return str(value) if isinstance(value, str) else value
