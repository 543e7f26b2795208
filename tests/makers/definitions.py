"""Makers of definitions that use the whole grammar, also what is read but not run."""

from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    ApiTrigger,
    Baseline,
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
    EventTrigger,
    Exit,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    OnPast,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SegmentTrigger,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    StopCondition,
    StopKind,
    TagTrigger,
    Wait,
    Webhook,
    Window,
)
from tests.makers.programs import make

_STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(_STORABLE, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
_NAMES = st.sampled_from(["yes", "null", "1", "0x1F", "1d", "2030-01-31", "~", "- a", "a: b", "#a"]) | TEXTS
_TAGS = st.sampled_from(["vip", "saas.monthly", "1", "über-fan", "no"])
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
    path, operator = draw(_PATHS), draw(st.sampled_from(Operator))
    if path == "contact.tags" and operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
        return Comparison(path, operator, draw(_TAGS))
    return Comparison(path, operator, draw(_SCALARS) if operator.takes_value else None)


_WHERE = st.lists(comparisons(), max_size=2).map(tuple)
_TRIGGERS = st.one_of(
    make(EventTrigger, _NAMES, _WHERE),
    st.just(ApiTrigger()),
    st.just(ContactTrigger()),
    make(ListTrigger, _NAMES),
    make(TagTrigger, _TAGS),
    make(SegmentTrigger, _NAMES),
    make(InactivityTrigger, _NAMES, st.integers(1, 3660), st.sampled_from(Baseline)),
    make(FrequencyTrigger, _NAMES, st.integers(1, 99), _DURATIONS),
)
_SINGLE_TESTS: st.SearchStrategy[Predicate] = st.one_of(
    comparisons(),
    make(DateTest, _PATHS, st.sampled_from(Relation), _DURATIONS),
    make(SegmentTest, _NAMES),
    make(EventTest, _NAMES, _WHERE, st.integers(1, 9), _maybe(_DURATIONS)),
    make(TagTest, _TAGS),
    make(ListTest, _NAMES),
)


def _joined(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    some = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.one_of(make(All, some), make(AnyOf, some), make(Not, inner))


_TESTS = st.recursive(_SINGLE_TESTS, _joined, max_leaves=3)
_STOPS = st.one_of(
    make(StopCondition, st.sampled_from([StopKind.HAS_TAG, StopKind.DOES_NOT_HAVE_TAG]), _TAGS),
    make(
        StopCondition,
        st.sampled_from([StopKind.EVENT_RECEIVED, StopKind.ADDED_TO_LIST, StopKind.REMOVED_FROM_LIST]),
        _NAMES,
    ),
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
    make(Email, template=_NAMES, name=_maybe(TEXTS), sender=_maybe(_SENDERS)),
    make(Email, subject=TEXTS, html=_BODIES, text=_maybe(_BODIES), preview_text=_maybe(TEXTS)),
    make(Email, subject=TEXTS, mjml=_BODIES),
    make(Email, subject=TEXTS, blocks=_BLOCKS),
    make(Email, subject=TEXTS, text=_BODIES),
)
_DISCOUNTS = st.one_of(
    make(
        Discount,
        label=_maybe(TEXTS),
        provider=st.just(DiscountProvider.STRIPE),
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
        code_prefix=st.none() | st.sampled_from(["WINBACK", "a-1"]),
        provider=st.sampled_from([DiscountProvider.STRIPE, DiscountProvider.SHOPIFY]),
        max_redemptions=st.none() | st.integers(1, 10),
        expires_at=st.just("2030-01-31"),
        name=_maybe(TEXTS),
        on_error=st.sampled_from(Onward),
    ),
    make(
        Discount,
        provider=st.just(DiscountProvider.POOL),
        pool=_NAMES,
        percent_off=st.none() | st.integers(1, 100),
        expires_at=st.none() | st.just("2030-01-31"),
    ),
)
_SINGLE: st.SearchStrategy[Step] = st.one_of(
    _EMAILS,
    make(Delay, duration=_DURATIONS, at=_maybe(_TIMES)),
    make(
        Delay,
        until=_PATHS,
        at=_maybe(_TIMES),
        on_missing=st.sampled_from(Onward),
        on_past=st.sampled_from(OnPast),
    ),
    make(Wait, event=_NAMES, timeout=_DURATIONS, where=_WHERE, on_timeout=st.sampled_from(Onward)),
    _DISCOUNTS,
    make(AddTag, tag=_TAGS),
    make(RemoveTag, tag=_TAGS),
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
    exit_conditions=st.lists(_TESTS, max_size=2).map(tuple),
    stop_condition=st.none() | _STOPS,
    conversion=st.none() | make(Conversion, _NAMES, _maybe(_DURATIONS)),
    sender=_maybe(_SENDERS),
    window=st.none() | _WINDOWS,
    steps=st.lists(st.recursive(_SINGLE, _nested, max_leaves=4), max_size=4).map(tuple),
)
"""Definitions of the whole grammar, without ids."""
