from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.message.identity import message_id, read_message_id

WORKSPACE, SOURCE = UUID(int=1), UUID(int=2)


def test_a_message_id_is_the_same_for_the_same_send() -> None:
    identity = message_id(WORKSPACE, SOURCE, 3, "example.com")

    assert identity == "aaaaaaaaaaaaaaaaaaaaaaaaaeaaaaaaaaaaaaaaaaaaaaaaaabaaaaaam@example.com"


@given(st.lists(st.tuples(st.uuids(), st.uuids(), st.integers(0, 2**31 - 1)), unique=True, max_size=20))
def test_a_message_id_differs_for_every_other_send(sends: list[tuple[UUID, UUID, int]]) -> None:
    identities = {message_id(*send, "example.com") for send in sends}

    assert len(identities) == len(sends)


def test_a_message_id_stands_in_our_domain_in_ascii() -> None:
    assert message_id(WORKSPACE, SOURCE, 1, "bücher.example").endswith("@xn--bcher-kva.example")


@given(st.uuids(), st.uuids(), st.integers(0, 2**31 - 1))
def test_a_message_id_gives_back_its_send(workspace: UUID, source: UUID, visit: int) -> None:
    identity = message_id(workspace, source, visit, "example.com")

    assert read_message_id(f"<{identity.upper()}>") == (workspace, source, visit)


@given(st.text(max_size=80))
def test_other_message_ids_are_of_no_send(text: str) -> None:
    assert read_message_id(text) is None
