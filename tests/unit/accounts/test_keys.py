import re

import pytest

from dripline.accounts.keys import PREFIXES, digest_key, hint_of, make_key

SECRET = "a secret of the installation"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_begins_as_asked_and_goes_on_with_160_random_bits(prefix: str) -> None:
    key = make_key(prefix)

    assert re.fullmatch(re.escape(prefix) + "[a-z2-7]{32}", key)


def test_two_keys_differ() -> None:
    assert make_key("dl_test_") != make_key("dl_test_")


def test_an_unknown_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="dl_live_"):
        make_key("sk_")


def test_a_digest_depends_on_the_key_and_on_the_master_key() -> None:
    digests = {
        digest_key("dl_test_a", SECRET),
        digest_key("dl_test_b", SECRET),
        digest_key("dl_test_a", "another secret here"),
    }

    assert {len(digest) for digest in digests} == {32}
    assert len(digests) == 3


def test_a_hint_shows_the_beginning_only() -> None:
    assert hint_of("dl_test_abcdefghijklmnop") == "dl_test_abcd…"
    assert hint_of("some key of an operator") == "some…"
