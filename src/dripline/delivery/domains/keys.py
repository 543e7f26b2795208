"""Keys that mail is signed with: made here, kept as PKCS #8, shown to the world as a TXT record."""

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

RSA_BITS = 2048
_EXPONENT = 65537

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


def make_rsa_key() -> RSAPrivateKey:
    """A new RSA key. Takes a tenth of a second, and now and then a whole one."""
    return generate_private_key(_EXPONENT, RSA_BITS)


def make_ed25519_key() -> Ed25519PrivateKey:
    """A new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def private_bytes(key: PrivateKey) -> bytes:
    """The private key as PKCS #8 in DER, to be sealed."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_record(key: PrivateKey) -> str:
    """The text of the key's TXT record (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
    if isinstance(key, Ed25519PrivateKey):
        return f"v=DKIM1; k=ed25519; p={_base64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}"
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={_base64(public)}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
