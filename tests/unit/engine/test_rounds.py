"""Facts of one transaction in parts that keep their order where it matters."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.engine.facts.reacting import Heard, rounds
from dripline.events.listening import Listener, Role
from dripline.events.model import OptedOut, Tagged, contact_of
from dripline.kernel.ids import ContactId

ANN, BOB = ContactId(UUID(int=1)), ContactId(UUID(int=2))
ENDS = (Role.STOP, Role.CONVERT, Role.WAKE)


def heard(contact: ContactId, *roles: Role) -> Heard:
    return Heard(Tagged(contact, "a"), [Listener(role, UUID(int=9), 1) for role in roles])


def test_a_stop_behind_a_start_of_the_same_contact_comes_in_a_part_of_its_own() -> None:
    start, stop = heard(ANN, Role.START), heard(ANN, Role.STOP)

    assert rounds([start, stop]) == [[start], [stop]]


def test_a_stop_before_a_start_shares_its_part() -> None:
    start, stop = heard(ANN, Role.START), heard(ANN, Role.STOP)

    assert rounds([stop, start]) == [[stop, start]]


def test_opting_out_behind_a_start_is_not_overtaken_by_it() -> None:
    start, wish = heard(ANN, Role.START), Heard(OptedOut(ANN), [])

    assert rounds([start, wish]) == [[start], [wish]]


def test_different_contacts_share_a_part() -> None:
    facts = [heard(ANN, Role.START), heard(BOB, Role.STOP), heard(BOB, Role.START)]

    assert rounds(facts) == [facts]


HEARD = st.builds(heard, st.sampled_from([ANN, BOB]), st.sampled_from(Role))


@given(st.lists(HEARD, max_size=12))
def test_no_part_ends_what_it_has_just_started(facts: list[Heard]) -> None:
    parts = rounds(facts)

    assert [each for part in parts for each in part] == facts
    for part in parts:
        started: set[ContactId] = set()
        for each in part:
            assert contact_of(each.fact) not in started or not any(listener.role in ENDS for listener in each.by)
            if any(listener.role in (Role.START, Role.FREQUENCY) for listener in each.by):
                started.add(contact_of(each.fact))
