"""What the fields of filters ask for: for each field and operator, how its value is read, and what becomes of it."""

from collections.abc import Mapping
from functools import partial

from dripline.documents.conditions import STAND_IN
from dripline.documents.faults import one_of
from dripline.kernel.durations import EXPECTED as EXPECTED_DURATION
from dripline.kernel.tags import normal_tag
from dripline.predicates.model import (
    ANY,
    All,
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
from dripline.segments.formats.attributes import attribute, attribute_alone, contains, empty_at, equals, ordered
from dripline.segments.formats.values import Filter, Read, count_in, is_duration

_EVER = "all"


def _of_mail(what: str) -> str:
    """The name of the event that is recorded when this happens to a mail."""
    return f"email.{what}"


def _not(read: Read) -> Read:
    return lambda filter_: Not(read(filter_))


def _status(filter_: Filter) -> Predicate:
    word = filter_.text(one_of(list(_STATUSES)))
    if word and word not in _STATUSES:
        filter_.wrong(one_of(list(_STATUSES)))
    return _STATUSES.get(word, STAND_IN)


_SUPPRESSED = Comparison("contact.suppressed", Operator.EQUALS, True)
_STATUSES: Mapping[str, Predicate] = {
    "active": All(
        (
            Comparison("contact.subscribed", Operator.EQUALS, True),
            Comparison("contact.suppressed", Operator.EQUALS, False),
        )
    ),
    "unsubscribed": Comparison("contact.unsubscribed", Operator.EQUALS, True),
    "bounced": _SUPPRESSED,
    "complained": All((_SUPPRESSED, EventTest(_of_mail("complained")))),
}


def _segment(filter_: Filter) -> Predicate:
    return SegmentTest(filter_.text("the id or name of a segment"))


def _list(filter_: Filter) -> Predicate:
    return ListTest(filter_.text("the id or name of a list"))


def _any_list(filter_: Filter) -> Predicate:
    filter_.nothing()
    return ListTest(ANY)


def _tag(filter_: Filter) -> Predicate:
    text = filter_.text("a tag")
    tag = normal_tag(text)
    if text and not tag:
        filter_.wrong("a tag of letters, digits, dots or hyphens")
    return TagTest(tag)


def _any_tag(filter_: Filter) -> Predicate:
    filter_.nothing()
    return TagTest(ANY)


def _text_at(path: str, operator: Operator) -> Read:
    return lambda filter_: Comparison(path, operator, filter_.text("text"))


def _added(relation: Relation) -> Read:
    def read(filter_: Filter) -> Predicate:
        expected = f"an age: {EXPECTED_DURATION}"
        age = filter_.text(expected)
        if age and not is_duration(age):
            filter_.wrong(expected)
        return DateTest("contact.createdAt", relation, age if is_duration(age) else "0m")

    return read


def _event(filter_: Filter) -> EventTest:
    """Reads `name` or `name:window`."""
    expected = "the name of an event, or with a window such as order.placed:30d"
    name, colon, window = filter_.text(expected).rpartition(":")
    return _happened(filter_, name if colon else window, 1, window if colon else _EVER, expected)


def _event_count(filter_: Filter) -> EventTest:
    """Reads `name:count` or `name:count:window`."""
    expected = "an event, a number and a window, such as order.placed:5:30d"
    parts = filter_.text(expected).rsplit(":", 2)
    if len(parts) == 2 or (len(parts) == 3 and parts[2].isdecimal()):
        parts = [":".join(parts[:-1]), parts[-1], _EVER]
    name, count, window = parts if len(parts) == 3 else ("", "", "")
    return _happened(filter_, name, count_in(count), window, expected)


def _mail(event: str, filter_: Filter) -> EventTest:
    """Reads a window."""
    expected = f"a window such as 30d, or {_EVER}"
    return _happened(filter_, event, 1, filter_.text(expected), expected)


def _mail_count(event: str, filter_: Filter) -> EventTest:
    """Reads `count:window`."""
    expected = "a number and a window, such as 3:30d"
    count, _, window = filter_.text(expected).partition(":")
    return _happened(filter_, event, count_in(count), window or _EVER, expected)


def _bounced(kind: str, filter_: Filter) -> EventTest:
    test = _mail(_of_mail("bounced"), filter_)
    return EventTest(test.event, (Comparison("event.type", Operator.EQUALS, kind),), within=test.within)


def _happened(filter_: Filter, name: str, count: int, window: str, expected: str) -> EventTest:
    name, window = name.strip(), window.strip()
    if not (name and count and (window == _EVER or is_duration(window))):
        hint = _HINTS.get(window.partition(":")[0])
        filter_.wrong(expected, hint)
        return EventTest(name)
    return EventTest(name, at_least=count, within=None if window == _EVER else window)


_HINTS = {
    "campaign": "Mail is not told apart by campaign here; ask for the event with 'event.sequence' in 'where'.",
    "marketing": "Mail is not told apart into marketing and transactional here.",
    "transactional": "Mail is not told apart into marketing and transactional here.",
}


def _both(read: Read, yes: str = "is", no: str = "is_not") -> dict[str, Read]:
    return {yes: read, no: _not(read)}


def _counted(once: Read, often: Read) -> dict[str, Read]:
    return {**_both(once), "at_least": often, "less_than_count": _not(often)}


def _name(path: str) -> dict[str, Read]:
    return {
        "contains": _text_at(path, Operator.CONTAINS),
        "not_contains": _text_at(path, Operator.NOT_CONTAINS),
        **_both(empty_at(path), "is_empty", "is_not_empty"),
    }


def _mails(what: str) -> dict[str, Read]:
    event = _of_mail(what)
    return _counted(partial(_mail, event), partial(_mail_count, event))


FIELDS: Mapping[str, Mapping[str, Read]] = {
    "status": _both(_status),
    "segment": _both(_segment),
    "tag": {
        **_both(_tag, "contains", "not_contains"),
        "is_empty": _not(_any_tag),
        "is_not_empty": _any_tag,
    },
    "email": {
        "contains": _text_at("contact.email", Operator.CONTAINS),
        "not_contains": _text_at("contact.email", Operator.NOT_CONTAINS),
        "is": _text_at("contact.email", Operator.EQUALS),
        "is_not": _text_at("contact.email", Operator.NOT_EQUALS),
    },
    "firstName": _name("contact.properties.firstName"),
    "lastName": _name("contact.properties.lastName"),
    "list": {**_both(_list), "is_empty": _not(_any_list), "is_not_empty": _any_list},
    "added": {"less_than": _added(Relation.IN_THE_LAST), "more_than": _added(Relation.MORE_THAN_AGO)},
    "attribute": {
        **_both(attribute(equals)),
        **_both(attribute_alone, "is_empty", "is_not_empty"),
        **_both(attribute(contains), "contains", "not_contains"),
        "gt": attribute(ordered(Operator.GREATER_THAN)),
        "gte": attribute(ordered(Operator.GREATER_OR_EQUAL)),
        "lt": attribute(ordered(Operator.LESS_THAN)),
        "lte": attribute(ordered(Operator.LESS_OR_EQUAL)),
    },
    "event": _counted(_event, _event_count),
    "emailSent": _mails("sent"),
    "emailDelivered": _mails("delivered"),
    "emailOpened": _mails("opened"),
    "emailClicked": _mails("clicked"),
    "emailComplained": _mails("complained"),
    "emailBounced": {
        **_mails("bounced"),
        "is_temporary_bounce": partial(_bounced, "soft"),
        "is_permanent_bounce": partial(_bounced, "hard"),
    },
}
"""How each operator of each field is read."""

_NO_SMS = "there are no text messages."
_NO_SHOP = "shops and payments are not connected; ask for the events that they send."
_NO_PUSH = "there are no push messages."

NOT_KEPT: Mapping[str, str] = {
    "smsStatus": _NO_SMS,
    "phone": "telephone numbers are not kept; ask for a property.",
    "emailProvider": "the provider of a mailbox is not kept; ask for a part of 'email'.",
    "stripeProduct": _NO_SHOP,
    "stripeCurrentProduct": _NO_SHOP,
    "stripeTrialProduct": _NO_SHOP,
    "commerceProduct": _NO_SHOP,
    "commerceCollection": _NO_SHOP,
    "pollResponse": "there are no polls.",
    "pushDevice": _NO_PUSH,
    "pushSent": _NO_PUSH,
    "pushDelivered": _NO_PUSH,
    "pushClicked": _NO_PUSH,
}
"""Fields of the format for which there is nothing to look at, and why."""
