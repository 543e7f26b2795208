"""Splits: every contact one way, always the same, in the shares of the weights."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.kernel.addresses import Address
from dripline.kernel.ids import ContactId
from dripline.sequences.interpreter.model import Cursor, Decision, Ended, EndStatus, Outcome, Visit, Waiting
from dripline.sequences.interpreter.program import Email, Program, Split, Way
from dripline.sequences.interpreter.splitting import way_of
from dripline.sequences.interpreter.stepping import step
from tests.makers.programs import NOON, KnownFacts

HALF = Split("half", (Way(1, "a", "short"), Way(1, None, "2")))
PROGRAM = Program({"half": HALF, "a": Email("a", "a", None, None)}, "half", ())


def _facts(number: int, *, run: str = "seq-1") -> ContactFacts:
    contact = Contact(
        id=ContactId(UUID(int=number)),
        address=Address("ann@example.com", "ann@example.com"),
        user_id=None,
        properties={},
        timezone=None,
        unsubscribed_at=None,
        suppressed=False,
        created_at=NOON,
        updated_at=NOON,
    )
    return ContactFacts(contact, None, NOON, run=run)


def test_a_split_names_the_way_that_was_taken() -> None:
    decision = step(PROGRAM, Cursor("half", NOON, 3), KnownFacts(drawn=0.49), NOON)

    visit = Visit(4, "half", "split", Outcome.DONE, "branch short", NOON)
    assert decision == Decision(Waiting(Cursor("a", NOON, 4), NOON), (visit,))


def test_a_way_without_steps_goes_on_after_the_split() -> None:
    decision = step(PROGRAM, Cursor("half", NOON, 0), KnownFacts(drawn=0.5), NOON)

    assert decision.state == Ended(EndStatus.COMPLETED, None, Cursor(None, NOON, 1))
    assert decision.visits[0].reason == "branch 2"


@pytest.mark.parametrize(
    ("drawn", "name"), [(0.0, "a"), (0.0999, "a"), (0.1, "b"), (0.2999, "b"), (0.3, "c"), (0.999999, "c")]
)
def test_the_shares_lie_one_after_the_other_and_the_last_takes_the_rest(drawn: float, name: str) -> None:
    split = Split("three", (Way(1, None, "a"), Way(2, None, "b"), Way(7, None, "c")))

    assert way_of(split, drawn).name == name


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 1_000_000), min_size=2, max_size=6), st.floats(0, 1, exclude_max=True))
def test_weights_that_sum_to_anything_never_end_a_run(weights: list[int], drawn: float) -> None:
    split = Split("any", tuple(Way(weight, None, str(weight)) for weight in weights))

    assert way_of(split, drawn) in split.branches


def test_the_same_contact_is_never_drawn_anew() -> None:
    ways = [way_of(HALF, _facts(number).draw("half")) for number in range(200)]

    assert [way_of(HALF, _facts(number).draw("half")) for number in range(200)] == ways


@pytest.mark.parametrize("weights", [(1, 1), (9, 1), (50, 30, 20)])
def test_many_contacts_come_in_the_shares_of_the_weights(weights: tuple[int, ...]) -> None:
    split = Split("shares", tuple(Way(weight, None, str(number)) for number, weight in enumerate(weights)))

    taken = Counter(way_of(split, _facts(number).draw("shares")).name for number in range(4_000))

    shares = [taken[str(number)] / 4_000 for number in range(len(weights))]
    assert shares == [pytest.approx(weight / sum(weights), abs=0.03) for weight in weights]


def test_two_splits_do_not_send_the_same_contacts_the_same_way() -> None:
    ways = {
        (way_of(HALF, _facts(number).draw("one")).name, way_of(HALF, _facts(number).draw("other")).name)
        for number in range(200)
    }

    assert len(ways) == 4


def test_the_splits_of_two_sequences_have_nothing_to_do_with_each_other() -> None:
    ways = {
        (way_of(HALF, _facts(number).draw("half")).name, way_of(HALF, _facts(number, run="seq-2").draw("half")).name)
        for number in range(200)
    }

    assert len(ways) == 4
