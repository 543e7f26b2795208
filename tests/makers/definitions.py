"""Makers of definitions that use the whole grammar, also what is read but not run."""

from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    ApiTrigger,
    Condition,
    ContactTrigger,
    Conversion,
    Day,
    Definition,
    Delay,
    Discount,
    DiscountDuration,
    DiscountProvider,
    DiscountType,
    Email,
    Enroll,
    Enrollment,
    EnrollmentMode,
    EventTest,
    EventTrigger,
    Exit,
    FrequencyTrigger,
    InactivityTrigger,
    ListTest,
    ListTrigger,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SegmentTest,
    SegmentTrigger,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    StopCondition,
    StopKind,
    TagTest,
    TagTrigger,
    Wait,
    Webhook,
    Window,
)
from tests.makers.programs import make

_STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(_STORABLE, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
_NAMES = st.sampled_from(["yes", "null", "1", "0x1F", "1d", "2030-01-31", "~", "- a", "a: b", "#a"]) | TEXTS
_CONTENT = st.lists(st.text(_STORABLE, max_size=12), min_size=1, max_size=4).map("\n".join)
_BODIES = _CONTENT.filter(lambda text: bool(text.strip()))
_DURATIONS = st.sampled_from(["30m", "2h", "3d", "1w", "1d12h"])
_TIMES = st.sampled_from(["00:00", "09:00", "23:59"])
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_SCALARS: st.SearchStrategy[Json] = st.booleans() | _NUMBERS | st.text(_STORABLE, min_size=1).filter(str.strip)
_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | _SCALARS | st.just(""),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(_STORABLE, max_size=9), inner, max_size=3),
    max_leaves=6,
)
_BLOCKS = st.lists(st.dictionaries(TEXTS, _JSON, max_size=3), max_size=3).map(tuple)
_PATHS = st.sampled_from(["contact.email", "contact.tags", "event.order.id", "contact.properties.plan"])


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Comparisons with any value that can be written."""
    operator = draw(st.sampled_from(Operator))
    return Comparison(draw(_PATHS), operator, draw(_SCALARS) if operator.takes_value else None)


_WHERE = st.lists(comparisons(), max_size=2).map(tuple)
_TRIGGERS = st.one_of(
    make(EventTrigger, _NAMES, _WHERE),
    st.just(ApiTrigger()),
    st.just(ContactTrigger()),
    make(ListTrigger, _NAMES),
    make(TagTrigger, _NAMES),
    make(SegmentTrigger, _NAMES),
    make(InactivityTrigger, _NAMES, st.integers(1, 3660)),
    make(FrequencyTrigger, _NAMES, st.integers(1, 99), _DURATIONS),
)
_TESTS = st.one_of(
    comparisons(),
    make(SegmentTest, _NAMES),
    make(EventTest, _NAMES),
    make(TagTest, _NAMES),
    make(ListTest, _NAMES),
)
_ENROLLMENTS = make(
    Enrollment, st.sampled_from([EnrollmentMode.ONE_TIME, EnrollmentMode.UNLIMITED]), st.none(), st.booleans()
)
_WINDOWS = make(
    Window,
    opens=st.just("08:00"),
    closes=_TIMES,
    days=st.sets(st.sampled_from(Day), min_size=1).map(lambda days: tuple(day for day in Day if day in days)),
    timezone=st.sampled_from(["contact", "Europe/Berlin", "UTC"]),
)
_SENDERS = st.sampled_from(["hello@example.com", "Ann <ann@example.com>"])

_EMAILS = st.one_of(
    make(Email, template=_NAMES, name=_maybe(TEXTS), preview_text=_maybe(TEXTS), sender=_maybe(_SENDERS)),
    make(Email, subject=TEXTS, html=_BODIES, text=_maybe(_BODIES)),
    make(Email, subject=TEXTS, mjml=_BODIES),
    make(Email, subject=TEXTS, blocks=_BLOCKS),
    make(Email, subject=TEXTS, text=_BODIES),
)
_DISCOUNTS = st.one_of(
    make(
        Discount,
        label=_maybe(TEXTS),
        provider=st.sampled_from(DiscountProvider),
        percent_off=st.integers(1, 100) | st.just(12.5),
        duration=st.sampled_from([DiscountDuration.ONCE, DiscountDuration.FOREVER]),
        applies_to_all_plans=st.none() | st.just(False),
        plan_ids=st.none() | st.lists(TEXTS, max_size=2).map(tuple),
        lock_to_subscriber=st.booleans(),
        expires_in_hours=st.none() | st.integers(1, 100),
    ),
    make(
        Discount,
        discount_type=st.just(DiscountType.AMOUNT),
        amount_off=st.integers(1, 10_000),
        currency=st.just("usd"),
        duration=st.just(DiscountDuration.REPEATING),
        duration_in_months=st.integers(1, 12),
        code_prefix=_maybe(TEXTS),
        max_redemptions=st.none() | st.integers(1, 10),
        expires_at=st.just("2030-01-31"),
        name=_maybe(TEXTS),
    ),
)
_SINGLE: st.SearchStrategy[Step] = st.one_of(
    _EMAILS,
    make(Delay, duration=_DURATIONS),
    make(Delay, until=_PATHS, at=_maybe(_TIMES)),
    make(Wait, event=_NAMES, timeout=_DURATIONS, where=_WHERE, on_timeout=st.sampled_from(Onward)),
    _DISCOUNTS,
    make(AddTag, tag=_NAMES),
    make(RemoveTag, tag=_NAMES),
    make(AddToList, list=_NAMES),
    make(RemoveFromList, list=_NAMES),
    make(SetProperty, property=_NAMES, value=_JSON),
    make(Enroll, sequence=_NAMES),
    make(Exit, reason=_maybe(TEXTS)),
    make(Webhook, url=st.just("https://example.com/x"), body=_JSON, on_error=st.sampled_from(Onward)),
    make(Condition, test=_TESTS, on_true=st.sampled_from(OnTrue)),
)


def _nested(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    steps = st.lists(inner, min_size=1, max_size=2).map(tuple)
    branch = make(SplitBranch, weight=st.integers(1, 100), steps=steps | st.just(()), name=_maybe(TEXTS))
    return st.one_of(
        make(Condition, test=_TESTS, then=steps, otherwise=steps | st.just(())),
        make(Condition, test=_TESTS, then=st.just(()), otherwise=steps),
        make(Split, branches=st.lists(branch, min_size=2, max_size=3).map(tuple)),
    )


DEFINITIONS = make(
    Definition,
    trigger=_TRIGGERS,
    enrollment=_ENROLLMENTS,
    exit_conditions=_WHERE,
    stop_condition=st.none() | make(StopCondition, st.sampled_from(StopKind), _NAMES),
    conversion=st.none() | make(Conversion, _NAMES, _maybe(_DURATIONS)),
    sender=_maybe(_SENDERS),
    window=st.none() | _WINDOWS,
    steps=st.lists(st.recursive(_SINGLE, _nested, max_leaves=4), max_size=4).map(tuple),
)
"""Definitions of the whole grammar, without ids."""
