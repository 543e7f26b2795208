"""Keys to sign mail with. Made once: an RSA key takes a while."""

from functools import cache

from dripline.delivery.domains.keys import make_ed25519_key, make_rsa_key, public_record
from dripline.delivery.message.signing import SigningKey

DOMAIN = "example.com"


@cache
def an_rsa_key(selector: str = "rsa") -> SigningKey:
    return SigningKey(DOMAIN, selector, make_rsa_key())


@cache
def an_ed25519_key(selector: str = "ed") -> SigningKey:
    return SigningKey(DOMAIN, selector, make_ed25519_key())


def records_of(*keys: SigningKey) -> dict[str, str]:
    """The public halves as they stand in the DNS, by name."""
    return {f"{key.selector}._domainkey.{key.domain}": public_record(key.private) for key in keys}
