"""Addresses that bounces come back to."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.feedback.verp import bounce_address, read_bounce_address
from dripline.kernel.ids import MessageId, WorkspaceId

SECRET = "a-secret-of-this-house"
IDS = st.uuids()


@given(IDS, IDS)
def test_an_address_gives_back_what_it_was_made_of(workspace: UUID, message: UUID) -> None:
    ours = WorkspaceId(workspace), MessageId(message)

    address = bounce_address(*ours, "bounces.shop.example", SECRET)

    assert read_bounce_address(address, SECRET) == ours
    assert read_bounce_address(f"<{address.upper()}>", SECRET) == ours


@given(IDS, IDS)
def test_a_local_part_is_as_long_as_one_may_be(workspace: UUID, message: UUID) -> None:
    local, _, host = bounce_address(WorkspaceId(workspace), MessageId(message), "b.example", SECRET).partition("@")

    assert (len(local), local.isalnum(), local.islower(), host) == (64, True, True, "b.example")


@given(IDS, IDS, st.integers(1, 63), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_one_changed_letter_makes_it_nobodys(workspace: UUID, message: UUID, at: int, letter: str) -> None:
    address = bounce_address(WorkspaceId(workspace), MessageId(message), "b.example", SECRET)
    forged = address[:at] + letter + address[at + 1 :]

    found = read_bounce_address(forged, SECRET)

    assert found in (None, (workspace, message))
    # The last letter carries bits that mean nothing; no other one does.
    assert (found is None) == (forged != address) or at == 63


@given(st.text(max_size=90))
def test_other_addresses_are_nobodys(text: str) -> None:
    assert read_bounce_address(text, SECRET) is None


def test_another_secret_makes_other_addresses() -> None:
    address = bounce_address(WorkspaceId(UUID(int=1)), MessageId(UUID(int=2)), "b.example", SECRET)

    assert read_bounce_address(address, "another-secret-of-ours") is None
