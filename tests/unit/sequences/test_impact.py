"""The preview of a publishing, group by group: it says what the move itself does."""

from datetime import timedelta

from hypothesis import given, settings

from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.impact import Effect, Length, group, lengths
from dripline.sequences.interpreter.model import Cursor
from dripline.sequences.language.model import Definition
from dripline.sequences.language.walking import walk
from dripline.sequences.moving import redirect
from tests.makers.programs import NOON, RUNNABLE, a_program
from tests.unit.sequences.test_moving import delays


def test_who_stays_finishes_the_version_that_they_are_in() -> None:
    found = group(1, "a", (2, 1, 0), delays("a"), delays("b"), moving=False)

    assert (found.effect, str(found)) == (Effect.STAYS, "3 at 'a' of version 1: finish that version.")


def test_who_moves_goes_on_at_the_same_step_or_at_the_next_that_is_left_or_leaves() -> None:
    old = delays("a", "b", "c")

    kept = group(1, "b", (1, 0, 0), old, delays("a", "b"), moving=True)
    led = group(1, "a", (4, 0, 0), old, delays("b"), moving=True)
    gone = group(1, "c", (0, 0, 1), old, delays("a"), moving=True)

    assert [(each.effect, each.to) for each in (kept, led, gone)] == [
        (Effect.GOES_ON, None),
        (Effect.MOVES, "b"),
        (Effect.EXITS, None),
    ]
    assert [str(each) for each in (kept, led, gone)] == [
        "1 at 'b' of version 1: goes on at the same step of the new version.",
        "4 at 'a' of version 1: 'a' is removed; go on at 'b'.",
        "1 at 'c' of version 1: 'c' is removed and nothing follows it; leaves with the reason step_removed.",
    ]


def test_a_wait_with_another_length_is_named_with_both() -> None:
    was = a_program("trigger: { api: true }\nsteps: [ { id: a, action: delay, duration: 3d } ]")
    becomes = a_program('trigger: { api: true }\nsteps: [ { id: a, action: delay, duration: 1d, at: "09:00" } ]')
    shorter = a_program("trigger: { api: true }\nsteps: [ { id: a, action: delay, duration: 1d } ]")

    assert lengths(1, ["a"], was, becomes) == [Length(1, "a", "3d", "1d at 09:00", None)]
    assert lengths(1, ["a"], was, shorter) == [Length(1, "a", "3d", "1d", timedelta(days=1))]
    assert lengths(1, ["a"], was, was) == []


def test_timeouts_dates_and_windows_are_waits_too() -> None:
    def program(step: str, window: str = "") -> object:
        return a_program(f"trigger: {{ api: true }}\n{window}\nsteps: [ {{ id: a, {step} }} ]")

    pairs = [
        (program("action: wait, event: paid, timeout: 3d"), program("action: wait, event: paid, timeout: 5d")),
        (program("action: delay, until: event.date"), program('action: delay, until: event.date, at: "09:00"')),
        (
            program("action: email, template: x"),
            program("action: email, template: x", 'window: { days: [mon], from: "09:00", to: "17:00" }'),
        ),
    ]

    told = [(each.was, each.becomes) for old, new in pairs for each in lengths(1, ["a"], old, new)]  # type: ignore[arg-type]
    assert told == [
        ('event "paid" or 3d', 'event "paid" or 5d'),
        ("until event.date", "until event.date at 09:00"),
        ("at any time", "09:00 to 17:00 of the contact (mon)"),
    ]


@settings(max_examples=100, deadline=None)
@given(old=RUNNABLE, new=RUNNABLE)
def test_the_preview_says_what_the_move_does(old: Definition, new: Definition) -> None:
    nodes = compile_definition(new).nodes
    for placed in walk(old):
        assert placed.step.id is not None
        found = group(1, placed.step.id, (1, 0, 0), old, new, moving=True)

        stands = redirect(old, new).follow(Cursor(placed.step.id, NOON, 0), now=NOON).step

        match found.effect:
            case Effect.GOES_ON:
                assert stands == placed.step.id
                assert stands in nodes
            case Effect.MOVES:
                assert stands == found.to
                assert stands in nodes
            case _:
                assert stands not in nodes
