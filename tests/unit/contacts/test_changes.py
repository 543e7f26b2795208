from datetime import UTC, datetime, timedelta
from uuid import UUID

from dripline.contacts.changes import Change, facts_of, rows_of
from dripline.contacts.changing import changed_by
from dripline.contacts.model import Changed, Contact, ContactChanges
from dripline.events.model import ContactChanged, OptedOut
from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId
from dripline.kernel.values import Json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANN = ContactId(UUID(int=7))


def ann(properties: dict[str, Json] | None = None, *, unsubscribed_at: datetime | None = None) -> Contact:
    address = Address("ann@example.com", "ann@example.com")
    return Contact(ANN, address, None, properties or {}, None, unsubscribed_at, False, NOW, NOW)


def changed(before: Contact, **changes: object) -> Changed:
    return changed_by(ContactChanges(**changes), before, LATER)  # type: ignore[arg-type]


def test_a_change_names_the_properties_and_fields_that_differ() -> None:
    change = changed(
        ann({"plan": "trial", "seats": 3, "old": 1}),
        properties={"plan": "pro", "seats": 3, "old": None, "gone": None},
        user_id="u-1",
        timezone="utc",
    )

    assert (change.properties, change.fields) == (("plan", "old"), ("userId", "timezone", "updatedAt"))
    assert facts_of(change, depth=2) == [
        ContactChanged(ANN, ("plan", "old"), ("userId", "timezone", "updatedAt"), depth=2)
    ]


def test_what_is_equal_only_to_python_is_a_change() -> None:
    change = changed(ann({"flag": 1, "off": 0}), properties={"flag": True, "off": False})

    assert change.properties == ("flag", "off")
    assert change.contact.properties == {"flag": True, "off": False}


def test_the_order_of_the_names_in_an_object_is_no_change() -> None:
    change = changed(
        ann({"address": {"city": "Bern", "zip": "3000"}}), properties={"address": {"zip": "3000", "city": "Bern"}}
    )

    assert change == Changed(change.before, change.before)


def test_a_change_that_changes_nothing_is_no_fact_and_no_row() -> None:
    change = changed(ann({"plan": "trial"}), properties={"plan": "trial"})

    assert (facts_of(change), rows_of(change, now=LATER)) == ([], [])


def test_opting_out_is_a_fact_even_when_it_is_a_repeat() -> None:
    first = changed(ann(), unsubscribed=True)
    again = changed(first.contact, unsubscribed=True)

    assert facts_of(first) == [
        OptedOut(ANN),
        ContactChanged(ANN, fields=("unsubscribed", "subscribed", "updatedAt")),
    ]
    assert facts_of(again) == [OptedOut(ANN)]


def test_opting_out_and_in_are_kept() -> None:
    out = changed(ann(), unsubscribed=True)
    back = changed(out.contact, unsubscribed=False)

    assert rows_of(out, now=LATER) == [Change(ANN, "unsubscribed", {}, LATER)]
    assert rows_of(back, now=LATER) == [Change(ANN, "resubscribed", {}, LATER)]


def test_values_are_kept_short_for_people() -> None:
    change = changed(
        ann({"plan": "trial"}),
        properties={"plan": "x" * 200, "tree": {"a": 1}, "rows": [1, 2]},
        timezone="Europe/Berlin",
    )

    [row] = rows_of(change, now=LATER)

    assert row.what == "properties"
    assert row.detail == {
        "properties": {
            "plan": {"from": "trial", "to": "x" * 100 + "…"},
            "tree": {"from": None, "to": "{…}"},
            "rows": {"from": None, "to": "[…]"},
        },
        "timezone": {"from": None, "to": "Europe/Berlin"},
    }


def test_a_change_of_very_many_properties_keeps_some_of_them() -> None:
    change = changed(ann(), properties={f"p{n}": n for n in range(80)})

    [row] = rows_of(change, now=LATER)

    properties = row.detail["properties"]
    assert isinstance(properties, dict)
    assert (len(properties), len(change.properties)) == (50, 80)
