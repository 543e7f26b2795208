"""The JSON Schema of steps, in the language's own form and in the shorter ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dripline.sequences.language.discounts import (
    CODE_PREFIX,
    MOST_HOURS,
    MOST_MONTHS,
    MOST_PLANS,
    NOT_IN_A_POOL,
)
from dripline.sequences.language.discounts import LARGEST as LARGEST_DISCOUNT
from dripline.sequences.language.discounts import LONGEST_NAME as LONGEST_DISCOUNT_NAME
from dripline.sequences.language.model import (
    ACTIONS,
    AddTag,
    AddToList,
    Condition,
    Delay,
    Discount,
    DiscountDuration,
    DiscountProvider,
    DiscountType,
    Email,
    Enroll,
    Exit,
    OnPast,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SetProperty,
    Split,
    Step,
    Wait,
    Webhook,
)
from dripline.sequences.language.schema import conditions
from dripline.sequences.language.schema.forms import (
    ANYTHING,
    CONTENT,
    DURATION,
    FLAG,
    MAILBOX,
    MOMENT,
    NAME,
    PATH,
    TIME_OF_DAY,
    Schema,
    an_object,
    has,
    has_any,
    has_none,
    has_one,
    holding,
    is_word,
    listed,
    matching,
    one_of,
    ref,
    text,
    when,
    whole,
)
from dripline.sequences.language.steps import (
    EXPECTED_ID,
    LONGEST_SUBJECT,
    LONGEST_URL,
    MOST_STEPS,
    MOST_WEIGHT,
    STEP_ID,
)

STEPS = listed(ref("step"), most=MOST_STEPS)
SOME_STEPS = listed(ref("step"), least=1, most=MOST_STEPS)

_ID = matching(f"^{STEP_ID.pattern}$", about=f"{EXPECTED_ID}; once in a sequence.")
_LABELS: Mapping[str, Schema] = {"name": NAME, "sender": MAILBOX}
_BODIES = ("html", "mjml", "blocks")
_OF_CONTENT = ("subject", *_BODIES, "text", "previewText", "layout")
_WEB_ADDRESS = "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@{}]+([/?#]|$)"
_FROM_POOL = is_word("provider", DiscountProvider.POOL)
_ONE_VALUE_AT_MOST: Schema = {"not": {"allOf": [has("percentOff"), has("amountOff")]}}
_TEXT_ALONE: Schema = {"allOf": [has("text"), has_none(*_BODIES)]}


@dataclass(frozen=True, slots=True)
class _Form:
    """The keys of a kind of step besides `action` and `id`, those that it needs, and what holds for them."""

    keys: Mapping[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    rules: tuple[Schema, ...] = ()


def _all_needed(**keys: Schema) -> _Form:
    return _Form(keys, tuple(keys))


_FORMS: Mapping[type[Step], _Form] = {
    Email: _Form(
        {
            "template": NAME,
            "subject": text(LONGEST_SUBJECT),
            "html": CONTENT,
            "mjml": CONTENT,
            "blocks": listed({"type": "object"}),
            "text": CONTENT,
            "previewText": text(LONGEST_SUBJECT),
            "layout": NAME,
            **_LABELS,
            # These two only where the step says `type`.
            "templateId": NAME,
            "delay": DURATION,
        },
        rules=(
            when({"required": ["action"]}, {"not": {"anyOf": [{"required": ["templateId"]}, {"required": ["delay"]}]}}),
            when(has("templateId"), {"not": {"required": ["template"]}}),
            {
                **when(has_any("template", "templateId"), has_none(*_OF_CONTENT)),
                "else": {"allOf": [has("subject"), {"oneOf": [has_one(*_BODIES), _TEXT_ALONE]}]},
            },
        ),
    ),
    Delay: _Form(
        {
            "duration": DURATION,
            "until": PATH,
            "at": TIME_OF_DAY,
            "onMissing": one_of(Onward),
            "onPast": one_of(OnPast),
        },
        rules=(has_one("duration", "until"), when(has_any("onMissing", "onPast"), has("until"))),
    ),
    Condition: _Form(
        {**conditions.KEYS, "onTrue": one_of(OnTrue), "then": SOME_STEPS, "else": SOME_STEPS},
        rules=(
            *conditions.RULES,
            has_any("onTrue", "then", "else"),
            when(has("onTrue"), has_none("then", "else")),
        ),
    ),
    Wait: _Form(
        {"event": NAME, "timeout": DURATION, "where": conditions.FILTER, "onTimeout": one_of(Onward)},
        needed=("event", "timeout"),
    ),
    Split: _all_needed(branches=listed(ref("branch"), least=2)),
    Discount: _Form(
        {
            "label": NAME,
            "name": text(LONGEST_DISCOUNT_NAME),
            "provider": one_of(DiscountProvider),
            "discountType": one_of(DiscountType),
            "percentOff": {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
            "amountOff": whole(1, LARGEST_DISCOUNT),
            "currency": matching("^[A-Za-z]{3}$", about="Three letters such as usd."),
            "duration": one_of(DiscountDuration),
            "durationInMonths": whole(1, MOST_MONTHS),
            "appliesToAllPlans": FLAG,
            "planIds": listed(NAME, most=MOST_PLANS),
            "codePrefix": matching(f"^{CODE_PREFIX.pattern}$", about="What the codes begin with."),
            "maxRedemptions": whole(1, LARGEST_DISCOUNT),
            "lockToSubscriber": FLAG,
            "expiresAt": MOMENT,
            "expiresInHours": whole(1, MOST_HOURS),
            "pool": NAME,
            "onError": one_of(Onward),
        },
        rules=(
            {
                **when(_FROM_POOL, {"allOf": [has("pool"), has_none(*NOT_IN_A_POOL), _ONE_VALUE_AT_MOST]}),
                "else": {"allOf": [has_one("percentOff", "amountOff"), has_none("pool")]},
            },
            when(is_word("provider", DiscountProvider.SHOPIFY), {"not": holding("lockToSubscriber", {"const": True})}),
            when(has("durationInMonths"), is_word("duration", DiscountDuration.REPEATING)),
            when(is_word("discountType", DiscountType.PERCENT), has("percentOff")),
            when(is_word("discountType", DiscountType.AMOUNT), has("amountOff")),
            when(has("amountOff"), has("currency")),
            when(is_word("duration", DiscountDuration.REPEATING), has("durationInMonths")),
            when(has("expiresAt"), has_none("expiresInHours")),
        ),
    ),
    AddTag: _all_needed(tag=NAME),
    RemoveTag: _all_needed(tag=NAME),
    AddToList: _all_needed(list=NAME),
    RemoveFromList: _all_needed(list=NAME),
    SetProperty: _all_needed(property=NAME, value=ANYTHING),
    Enroll: _all_needed(sequence=NAME),
    Exit: _Form({"reason": NAME}),
    Webhook: _Form(
        {
            "url": matching(_WEB_ADDRESS, longest=LONGEST_URL, about="A web address."),
            "body": ANYTHING,
            "onError": one_of(Onward),
        },
        needed=("url",),
    ),
}


def _step(kind: type[Step]) -> Schema:
    """A step by its `action`, which may also be called its `type`."""
    form, word = _FORMS[kind], {"const": ACTIONS[kind]}
    return an_object(
        {"action": word, "type": word, "id": _ID, **form.keys},
        needed=form.needed,
        never_null=("action", "type"),
        rules=({"oneOf": [{"required": ["action"]}, {"required": ["type"]}]}, *form.rules),
        about=(kind.__doc__ or "").partition("\n")[0],
    )


DEFINITIONS: Mapping[str, Schema] = {
    **{ACTIONS[kind]: _step(kind) for kind in ACTIONS},
    "branch": an_object(
        {"weight": whole(1, MOST_WEIGHT), "steps": STEPS, "name": NAME},
        needed=("weight", "steps"),
        about="One way of a split.",
    ),
    "sendInShort": an_object({"send": NAME, "id": _ID, **_LABELS}, needed=("send",), about="Sends one mail."),
    "delayInShort": an_object(
        {"delay": DURATION, "id": _ID, "at": TIME_OF_DAY}, needed=("delay",), about="Waits for a duration."
    ),
    "step": {"anyOf": [ref(name) for name in (*ACTIONS.values(), "sendInShort", "delayInShort")]},
}
"""The schemas of all steps, by action, and of what is in them."""

SHORT: Schema = {"type": "array", "minItems": 1, "items": {"not": {"required": ["action"]}}}
"""Steps that are all in a shorter form: their definition needs no trigger."""
