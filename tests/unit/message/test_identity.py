from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.message.identity import message_id

WORKSPACE, SOURCE = UUID(int=1), UUID(int=2)


def test_a_message_id_is_the_same_for_the_same_send() -> None:
    identity = message_id(WORKSPACE, SOURCE, 3, "example.com")

    assert identity == "b8b5a25aa0f9310184ea75d9833fc81f@example.com"


@given(st.lists(st.tuples(st.uuids(), st.uuids(), st.integers(0, 2**31)), unique=True, max_size=20))
def test_a_message_id_differs_for_every_other_send(sends: list[tuple[UUID, UUID, int]]) -> None:
    identities = {message_id(*send, "example.com") for send in sends}

    assert len(identities) == len(sends)


def test_a_message_id_stands_in_our_domain_in_ascii() -> None:
    assert message_id(WORKSPACE, SOURCE, 1, "bücher.example").endswith("@xn--bcher-kva.example")
