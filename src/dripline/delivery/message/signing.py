"""DKIM signatures (RFC 6376): relaxed/relaxed, SHA-256, with RSA keys (RFC 8301) and Ed25519 keys (RFC 8463).

From is signed once more than it stands there, so that a second one added on the way breaks the signature. The body is
signed to its end. The same mail and key give the same signature.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from textwrap import wrap

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

_LEAST_RSA_BITS = 1024
_SIGNED = frozenset(
    {"auto-submitted", "cc", "content-transfer-encoding", "content-type", "date", "feedback-id", "from", "message-id"}
    | {"mime-version", "reply-to", "sender", "subject", "to"}
)
_BLANKS = re.compile(rb"[ \t]{2,}|\t")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and where its public half is found: `<selector>._domainkey.<domain>`, all in ASCII."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The value of the `a` tag."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"


def read_key(domain: str, selector: str, private: bytes) -> SigningKey:
    """A key from its PKCS #8 form in DER.

    Raises:
        ValueError: it is no RSA key of at least 1024 bits, and no Ed25519 key.
    """
    key = load_der_private_key(private, password=None)
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= _LEAST_RSA_BITS):
        return SigningKey(domain, selector, key)
    raise ValueError("This key cannot sign mail.")


def sign(content: bytes, keys: Sequence[SigningKey]) -> bytes:
    """The mail with one DKIM-Signature for each key on top. `content` has CRLF at the end of every line."""
    if not keys:
        return content
    head, _, body = content.partition(b"\r\n\r\n")
    # From the last line to the first: so a verifier counts fields of one name (section 5.4.2).
    fields = [each for each in reversed(_fields(head)) if _is_signed(each[0])]
    names = tuple(name for name, _ in fields)
    covered = b"".join(line for _, line in fields)
    digest = b64encode(sha256(_relaxed_body(body)).digest())
    return b"".join((*(_signature(key, names, covered, digest) for key in keys), content))


def _signature(key: SigningKey, names: tuple[str, ...], covered: bytes, digest: bytes) -> bytes:
    shown, canonical = _opening(key.domain, key.selector, key.algorithm, names)
    tags = b"%b; b=" % digest
    data = covered + canonical + tags
    if isinstance(key.private, RSAPrivateKey):
        value = key.private.sign(data, PKCS1v15(), SHA256())
    else:
        value = key.private.sign(sha256(data).digest())
    return b"%b%b;\r\n b=%b\r\n" % (shown, digest, b"\r\n ".join(_pieces(b64encode(value), 74)))


@lru_cache(maxsize=1024)
def _opening(domain: str, selector: str, algorithm: str, names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """A signature's field up to the digest of the body: as it is written, and as it is signed."""
    signed = wrap(": ".join((*names, "from")), 74, break_long_words=False, break_on_hyphens=False)
    lines = (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;",
        f"d={domain}; s={selector};",
        "h=" + "\r\n ".join(signed) + ";",
        "bh=",
    )
    shown = "\r\n ".join(lines).encode()
    return shown, _relaxed_field(shown)[1].rstrip(b"\r\n")


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    return [_relaxed_field(line) for line in _FOLD.sub(b"", head).split(b"\r\n")]


def _relaxed_field(line: bytes) -> tuple[str, bytes]:
    """The name of a field in lower case, and the field in relaxed form (section 3.4.2)."""
    name, _, value = _FOLD.sub(b"", line).partition(b":")
    name = name.rstrip(b" \t").lower()
    return name.decode("latin-1"), b"%b:%b\r\n" % (name, _BLANKS.sub(b" ", value).strip(b" "))


def _is_signed(name: str) -> bool:
    return name in _SIGNED or name.startswith("list-")


def _relaxed_body(body: bytes) -> bytes:
    """Runs of blanks as one space, none at the ends of lines, no empty lines at the end (section 3.4.4)."""
    if b"\t" in body or b"  " in body:
        body = _BLANKS.sub(b" ", body)
    body = body.replace(b" \r\n", b"\r\n").rstrip(b" \r\n")
    return b"%b\r\n" % body if body else b""


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
