from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.durations import parse_duration
from dripline.kernel.errors import Invalid
from dripline.sequences.editing.heading import new_text, set_existing, set_sender, set_trigger
from dripline.sequences.editing.structured import TriggerType, Unit, amount_of, duration_of, trigger_type_of

LENGTHS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1)}


@given(st.integers(1, 3660), st.sampled_from(Unit))
def test_an_amount_reads_back_as_it_was_given(amount: int, unit: Unit) -> None:
    duration = duration_of(amount, unit)

    assert parse_duration(duration) == amount * LENGTHS[unit]
    assert amount_of(duration) == (amount, unit)


def test_nothing_is_no_delay() -> None:
    assert duration_of(0, Unit.DAYS) == ""


@pytest.mark.parametrize(
    ("duration", "amount"),
    [("2w", (14, Unit.DAYS)), ("1d12h", (36, Unit.HOURS)), ("1h30m", (90, Unit.MINUTES)), ("48h", (48, Unit.HOURS))],
)
def test_any_duration_has_an_amount_in_one_unit(duration: str, amount: tuple[int, Unit]) -> None:
    assert amount_of(duration) == amount


@pytest.mark.parametrize("unit", Unit)
def test_a_delay_of_more_than_ten_years_is_refused(unit: Unit) -> None:
    most = timedelta(days=3660) // LENGTHS[unit]

    assert parse_duration(duration_of(most, unit)) == timedelta(days=3660)
    with pytest.raises(Invalid, match=r"delayAmount.*too long"):
        duration_of(most + 1, unit)


@pytest.mark.parametrize(
    ("trigger", "kind"),
    [
        ({"api": True}, TriggerType.API),
        ({"list": "a"}, TriggerType.LIST_ADD),
        ({"contact": "added"}, TriggerType.CONTACT_ADDED),
        ({"where": [], "event": "a"}, TriggerType.EVENT),
        ({"inactivity": {"event": "a", "days": 3}}, TriggerType.INACTIVITY),
    ],
)
def test_every_trigger_has_a_type(trigger: dict[str, object], kind: TriggerType) -> None:
    assert trigger_type_of(trigger) is kind  # type: ignore[arg-type]


WRITTEN = """\
# Welcome
trigger:
  event: signup  # the first
enrollment:
  mode: one_time  # never twice

steps: []
"""


def test_a_new_text_is_filled_from_above() -> None:
    text = set_existing(set_sender(set_trigger(new_text(), {"list": "lst_1"}), "Ann <a@example.com>"), True)

    assert text == (
        'trigger:\n  list: lst_1\nenrollment:\n  existing: true\nsender: "Ann <a@example.com>"\nsteps: []\n'
    )


def test_what_is_not_changed_above_the_steps_stays_as_it_was_written() -> None:
    text = set_sender(set_existing(set_trigger(WRITTEN, {"event": "signup"}), True), "a@example.com")

    assert text == WRITTEN.replace("signup  # the first\n", "signup  # the first\nsender: a@example.com\n").replace(
        "never twice\n", "never twice\n  existing: true\n"
    )
    assert set_sender(set_existing(WRITTEN, False), None) == WRITTEN.replace(
        "never twice\n", "never twice\n  existing: false\n"
    )


def test_a_sender_is_taken_away() -> None:
    assert set_sender(set_sender(WRITTEN, "a@example.com"), None) == WRITTEN


def test_a_text_without_a_trigger_gets_one_at_its_beginning() -> None:
    text = set_trigger("# Short\nsteps:\n- send: welcome\n", {"tag": "vip"})

    assert text == "# Short\ntrigger:\n  tag: vip\nsteps:\n- send: welcome\n"


def test_a_trigger_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Invalid, match=r"trigger\.tag"):
        set_trigger(WRITTEN, {"tag": " "})
