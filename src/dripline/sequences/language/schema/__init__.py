"""The language as a JSON Schema (draft 2020-12), for editors: it accepts all that reads, and refuses most else."""

from collections.abc import Mapping
from functools import cache

from dripline.kernel.values import Json
from dripline.sequences.language.model import Baseline, Day, EnrollmentMode, StopKind
from dripline.sequences.language.schema import conditions, steps
from dripline.sequences.language.schema.conditions import FILTER
from dripline.sequences.language.schema.forms import (
    ANYTHING,
    DURATION,
    FLAG,
    MAILBOX,
    NAME,
    NULL,
    TIME_OF_DAY,
    Schema,
    an_object,
    has,
    holding,
    is_word,
    listed,
    one_of,
    or_null,
    ref,
    when,
    whole,
)
from dripline.sequences.language.triggers import MOST_DAYS, MOST_TIMES

_INACTIVITY = an_object(
    {"event": NAME, "days": whole(1, MOST_DAYS), "baseline": one_of(Baseline)}, needed=("event", "days")
)
_FREQUENCY = an_object(
    {"event": NAME, "count": whole(1, MOST_TIMES), "within": DURATION}, needed=("event", "count", "within")
)


def _trigger(kind: str, form: Schema) -> Schema:
    where = FILTER if kind == "event" else NULL
    return an_object({kind: form, "where": or_null(where)}, needed=(kind,), never_null=("where",))


TRIGGERS: Mapping[str, Schema] = {
    "event": NAME,
    "api": {"const": True},
    "contact": {"const": "added"},
    "list": NAME,
    "tag": NAME,
    "segment": NAME,
    "inactivity": _INACTIVITY,
    "frequency": _FREQUENCY,
}
"""What each kind of trigger says."""

_BY_FIELD = is_word("mode", EnrollmentMode.MATCHING_FIELD)
_ENROLLMENT = an_object(
    {"mode": one_of(EnrollmentMode), "field": NAME, "existing": FLAG}, rules=(when(has("field"), _BY_FIELD),)
)
_STOPS = an_object(
    {"type": one_of([*StopKind, "none"]), "value": ANYTHING},
    needed=("type",),
    rules=(when(is_word("type", *StopKind), holding("value", NAME)),),
)
_CONVERSION = an_object({"event": NAME, "within": DURATION}, needed=("event",))
_WINDOW = an_object(
    {"from": TIME_OF_DAY, "to": TIME_OF_DAY, "days": listed(one_of(Day), least=1), "timezone": NAME},
    needed=("from", "to"),
)

_KEYS: Mapping[str, Schema] = {
    "trigger": ref("trigger"),
    "enrollment": _ENROLLMENT,
    "exitConditions": listed(ref("predicate")),
    "stopCondition": _STOPS,
    "conversion": _CONVERSION,
    "sender": MAILBOX,
    "window": _WINDOW,
    "steps": steps.STEPS,
}
_RULES: tuple[Schema, ...] = (
    when({"properties": {"steps": {"not": steps.SHORT}}}, has("trigger")),
    when(holding("enrollment", _BY_FIELD), holding("trigger", has("event"))),
)


@cache
def language_schema() -> Mapping[str, Json]:
    """The schema of a definition."""
    about = "A sequence: what enrolls a contact, and the steps that follow."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dripline sequence",
        **an_object(_KEYS, needed=("steps",), rules=_RULES, about=about),
        "$defs": {
            "trigger": {
                "description": "What enrolls a contact.",
                "oneOf": [_trigger(*each) for each in TRIGGERS.items()],
            },
            **conditions.DEFINITIONS,
            **steps.DEFINITIONS,
        },
    }
