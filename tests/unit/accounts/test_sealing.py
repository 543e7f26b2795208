"""Secrets that are sealed open again, for what they were sealed for, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.accounts.sealing import Sealer, Unsealable

SECRET = "the master key of today"
FORMER = "the master key of yesterday"


@given(plain=st.binary(max_size=300), about=st.text(max_size=50))
def test_what_was_sealed_opens_again(plain: bytes, about: str) -> None:
    sealed = Sealer(SECRET).seal(plain, about)

    opened = Sealer(SECRET).open(sealed, about)

    assert opened == plain


@given(plain=st.binary(min_size=8, max_size=100), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_what_was_changed_does_not_open(plain: bytes, place: int, bit: int) -> None:
    sealed = bytearray(Sealer(SECRET).seal(plain, "a"))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises(Unsealable):
        Sealer(SECRET).open(bytes(sealed), "a")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(20), b"\x02" + bytes(60), bytes(60)])
def test_noise_does_not_open(sealed: bytes) -> None:
    with pytest.raises(Unsealable):
        Sealer(SECRET).open(sealed, "a")


def test_it_opens_only_for_what_it_was_sealed_for() -> None:
    sealed = Sealer(SECRET).seal(b"sk_live_1", "connection/one")

    with pytest.raises(Unsealable, match="sealed for something else"):
        Sealer(SECRET).open(sealed, "connection/another")


def test_a_former_key_opens_what_it_sealed_and_seals_nothing() -> None:
    sealer = Sealer(SECRET, [FORMER])
    before = Sealer(FORMER).seal(b"sk_live_1", "a")

    opened, anew = sealer.open(before, "a"), sealer.seal(b"sk_live_1", "a")

    assert opened == b"sk_live_1"
    assert (sealer.is_current(before), sealer.is_current(anew)) == (False, True)
    assert Sealer(SECRET).open(anew, "a") == b"sk_live_1"


def test_an_unknown_key_says_what_to_do() -> None:
    sealed = Sealer(FORMER).seal(b"sk_live_1", "a")

    with pytest.raises(Unsealable, match="DRIPLINE_FORMER_SECRET_KEYS"):
        Sealer(SECRET).open(sealed, "a")


def test_the_same_secret_never_looks_the_same() -> None:
    sealer = Sealer(SECRET)

    sealed = {sealer.seal(b"sk_live_1", "a") for _ in range(50)}

    assert len(sealed) == 50
    assert all(b"sk_live" not in each for each in sealed)


def test_the_nonce_comes_from_the_source_that_was_given() -> None:
    sealer = Sealer(SECRET, nonce=lambda length: b"\x07" * length)

    assert sealer.seal(b"x", "a")[9:21] == b"\x07" * 12
