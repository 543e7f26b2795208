"""The tree of a definition: everything the language can say.

A tree that `reading` gave keeps every rule of the grammar. Durations, times of day and dates are kept as they were
written; they have been read once and are valid.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Predicate


class EventTrigger(msgspec.Struct, frozen=True):
    """Enrolls when the event is tracked and every condition of `where` holds."""

    event: str
    where: tuple[Comparison, ...] = ()


class ApiTrigger(msgspec.Struct, frozen=True):
    """Enrolls by call only."""


class ContactTrigger(msgspec.Struct, frozen=True):
    """Enrolls every new contact."""


class ListTrigger(msgspec.Struct, frozen=True):
    """Enrolls who joins the list."""

    list: str


class TagTrigger(msgspec.Struct, frozen=True):
    """Enrolls who gets the tag."""

    tag: str


class SegmentTrigger(msgspec.Struct, frozen=True):
    """Enrolls who enters the segment."""

    segment: str


class Baseline(StrEnum):
    """From when on silence counts for those who never had the event: the activation, or the making of the contact."""

    SEQUENCE = "sequence"
    CONTACT = "contact"


class InactivityTrigger(msgspec.Struct, frozen=True):
    """Enrolls who has not had the event for so many days."""

    event: str
    days: int
    baseline: Baseline = Baseline.SEQUENCE


class FrequencyTrigger(msgspec.Struct, frozen=True):
    """Enrolls who has had the event so often within a duration."""

    event: str
    count: int
    within: str


Trigger: TypeAlias = (
    EventTrigger
    | ApiTrigger
    | ContactTrigger
    | ListTrigger
    | TagTrigger
    | SegmentTrigger
    | InactivityTrigger
    | FrequencyTrigger
)


class EnrollmentMode(StrEnum):
    """How often one contact may be enrolled. Never twice at the same time with the same key."""

    ONE_TIME = "one_time"
    UNLIMITED = "unlimited"
    MATCHING_FIELD = "matching_field"


class Enrollment(msgspec.Struct, frozen=True):
    """Who may enter again, and whether those who match already are enrolled at activation."""

    mode: EnrollmentMode = EnrollmentMode.UNLIMITED
    field: str | None = None
    existing: bool = False


class StopKind(StrEnum):
    """Which change stops an enrollment."""

    HAS_TAG = "has_tag"
    DOES_NOT_HAVE_TAG = "does_not_have_tag"
    EVENT_RECEIVED = "event_received"
    ADDED_TO_LIST = "added_to_list"
    REMOVED_FROM_LIST = "removed_from_list"


class StopCondition(msgspec.Struct, frozen=True):
    """Stops at once, on the change. `value` names the tag, event or list."""

    type: StopKind
    value: str


class Conversion(msgspec.Struct, frozen=True):
    """The event that counts as success, within a duration of the enrollment."""

    event: str
    within: str | None = None


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


EVERY_DAY = tuple(Day)


class Window(msgspec.Struct, frozen=True):
    """When mail may go out: local times `HH:MM`; the zone is an IANA name, or `contact` for the contact's own."""

    opens: str
    closes: str
    days: tuple[Day, ...] = EVERY_DAY
    timezone: str = "contact"


class OnTrue(StrEnum):
    """What a condition does when it is true."""

    EXIT = "exit"
    SKIP = "skip"


class Onward(StrEnum):
    """Whether the sequence goes on: after a timeout, without a date, after a failure."""

    CONTINUE = "continue"
    EXIT = "exit"


class OnPast(StrEnum):
    """What a delay does whose date is past at the arrival. `skip` passes over the step after it as well."""

    CONTINUE = "continue"
    SKIP = "skip"
    EXIT = "exit"


class Email(msgspec.Struct, frozen=True, kw_only=True):
    """Sends one mail: by `template`, or with a `subject` and exactly one of html, mjml, blocks, or text alone.

    `layout` is the slug of what stands around such a body.
    """

    id: str | None = None
    template: str | None = None
    subject: str | None = None
    html: str | None = None
    mjml: str | None = None
    blocks: tuple[Mapping[str, Json], ...] | None = None
    text: str | None = None
    name: str | None = None
    preview_text: str | None = None
    layout: str | None = None
    sender: str | None = None


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """Waits for a duration, or until the date at a property; `at` is the local time of that day.

    `on_missing` and `on_past` are about the date.
    """

    id: str | None = None
    duration: str | None = None
    until: str | None = None
    at: str | None = None
    on_missing: Onward = Onward.CONTINUE
    on_past: OnPast = OnPast.CONTINUE


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Chooses a way: by `on_true`, or by the steps of `then` and `otherwise` (written `else`)."""

    id: str | None = None
    test: Predicate
    on_true: OnTrue | None = None
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Waits for an event, at most until the timeout. What happened since the enrollment counts."""

    id: str | None = None
    event: str
    timeout: str
    where: tuple[Comparison, ...] = ()
    on_timeout: Onward = Onward.CONTINUE


class SplitBranch(msgspec.Struct, frozen=True, kw_only=True):
    """One way of a split. Its share is its weight divided by the sum of all weights."""

    weight: int
    steps: tuple["Step", ...] = ()
    name: str | None = None


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Sends each contact one of several ways, always the same one."""

    id: str | None = None
    branches: tuple[SplitBranch, ...]


class DiscountProvider(StrEnum):
    """Who makes the code; a pool has codes that are made already."""

    STRIPE = "stripe"
    SHOPIFY = "shopify"
    POOL = "pool"


class DiscountType(StrEnum):
    """What is taken off."""

    PERCENT = "percent"
    AMOUNT = "amount"


class DiscountDuration(StrEnum):
    """For how long a subscription is cheaper."""

    ONCE = "once"
    REPEATING = "repeating"
    FOREVER = "forever"


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """Gets a code for this contact. `amount_off` is in minor units of the currency; `pool` names a pool of codes."""

    id: str | None = None
    label: str | None = None
    provider: DiscountProvider = DiscountProvider.STRIPE
    discount_type: DiscountType = DiscountType.PERCENT
    percent_off: int | float | None = None
    amount_off: int | None = None
    currency: str | None = None
    duration: DiscountDuration = DiscountDuration.ONCE
    duration_in_months: int | None = None
    applies_to_all_plans: bool | None = None
    plan_ids: tuple[str, ...] | None = None
    code_prefix: str | None = None
    max_redemptions: int | None = None
    lock_to_subscriber: bool = False
    expires_at: str | None = None
    expires_in_hours: int | None = None
    name: str | None = None
    pool: str | None = None
    on_error: Onward = Onward.CONTINUE


class AddTag(msgspec.Struct, frozen=True, kw_only=True):
    """Gives the contact a tag (`tag`)."""

    id: str | None = None
    tag: str


class RemoveTag(msgspec.Struct, frozen=True, kw_only=True):
    """Takes a tag away (`untag`)."""

    id: str | None = None
    tag: str


class AddToList(msgspec.Struct, frozen=True, kw_only=True):
    """Puts the contact on a list."""

    id: str | None = None
    list: str


class RemoveFromList(msgspec.Struct, frozen=True, kw_only=True):
    """Takes the contact off a list."""

    id: str | None = None
    list: str


class SetProperty(msgspec.Struct, frozen=True, kw_only=True):
    """Sets a property of the contact; null removes it."""

    id: str | None = None
    property: str
    value: Json


class Enroll(msgspec.Struct, frozen=True, kw_only=True):
    """Enrolls the contact in another sequence."""

    id: str | None = None
    sequence: str


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """Leaves the sequence."""

    id: str | None = None
    reason: str | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """Calls a URL."""

    id: str | None = None
    url: str
    body: Json = None
    on_error: Onward = Onward.CONTINUE


Step: TypeAlias = (
    Email
    | Delay
    | Condition
    | Wait
    | Split
    | Discount
    | AddTag
    | RemoveTag
    | AddToList
    | RemoveFromList
    | SetProperty
    | Enroll
    | Exit
    | Webhook
)

ACTIONS: Mapping[type[Step], str] = {
    Email: "email",
    Delay: "delay",
    Condition: "condition",
    Wait: "wait",
    Split: "split",
    Discount: "discount",
    AddTag: "tag",
    RemoveTag: "untag",
    AddToList: "addToList",
    RemoveFromList: "removeFromList",
    SetProperty: "setProperty",
    Enroll: "enroll",
    Exit: "exit",
    Webhook: "webhook",
}


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence, as its author wrote it."""

    trigger: Trigger
    steps: tuple[Step, ...]
    enrollment: Enrollment = Enrollment()
    exit_conditions: tuple[Predicate, ...] = ()
    stop_condition: StopCondition | None = None
    conversion: Conversion | None = None
    sender: str | None = None
    window: Window | None = None
