"""Verifies DKIM signatures as the standard tells it (RFC 6376, section 6), with nothing of the signer's."""

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def verdicts(content: bytes, records: Mapping[str, str]) -> list[bool]:
    """What comes of each signature of a mail, from the top. `records` are the texts in the DNS, by name."""
    lines = content.decode("utf-8", "surrogateescape").split("\r\n")
    end = lines.index("")
    fields = _unfolded(lines[:end])
    body = _body(lines[end + 1 :])
    return [_holds(tags, fields, at, body, records) for at, tags in _signatures(fields)]


def signed_fields(content: bytes) -> list[str]:
    """The names in the `h` tag of the topmost signature."""
    head = content.decode("utf-8", "surrogateescape").partition("\r\n\r\n")[0]
    _, tags = _signatures(_unfolded(head.split("\r\n")))[0]
    return tags["h"].split(":")


def _unfolded(lines: list[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[0] in " \t":
            name, value = fields.pop()
            fields.append((name, value + line))
        else:
            name, _, value = line.partition(":")
            fields.append((name, value))
    return fields


def _signatures(fields: list[tuple[str, str]]) -> list[tuple[int, dict[str, str]]]:
    return [(at, _tags(value)) for at, (name, value) in enumerate(fields) if name.lower() == "dkim-signature"]


def _tags(text: str) -> dict[str, str]:
    pairs = [tag.split("=", 1) for tag in text.split(";") if tag.strip()]
    return {name.strip(): "".join(value.split()) for name, value in pairs}


def _body(lines: list[str]) -> str:
    shrunk = [_one_space(line).rstrip(" ") for line in lines]
    while shrunk and not shrunk[-1]:
        shrunk.pop()
    return "".join(f"{line}\r\n" for line in shrunk)


def _one_space(text: str) -> str:
    words: list[str] = []
    for letter in text:
        if letter not in " \t":
            words.append(letter)
        elif not words or words[-1] != " ":
            words.append(" ")
    return "".join(words)


def _relaxed(name: str, value: str) -> str:
    return f"{name.strip().lower()}:{_one_space(value).strip(' ')}"


def _holds(
    tags: Mapping[str, str], fields: list[tuple[str, str]], at: int, body: str, records: Mapping[str, str]
) -> bool:
    digest = hashlib.sha256(body.encode("utf-8", "surrogateescape")).digest()
    if tags["c"] != "relaxed/relaxed" or "l" in tags or base64.b64decode(tags["bh"]) != digest:
        return False
    left = [field for number, field in enumerate(fields) if number != at]
    signed = ""
    for name in tags["h"].lower().split(":"):
        found = [number for number, field in enumerate(left) if field[0].strip().lower() == name]
        if found:
            signed += _relaxed(*left.pop(found[-1])) + "\r\n"
    name, value = fields[at]
    opening = re.match(r".*;\s*b=", value, re.DOTALL)
    assert opening is not None
    signed += _relaxed(name, opening[0])
    record = records[f"{tags['s']}._domainkey.{tags['d']}"]
    return _verify(tags["a"], _tags(record)["p"], tags["b"], signed.encode("utf-8", "surrogateescape"))


def _verify(algorithm: str, public: str, signature: str, data: bytes) -> bool:
    raw = base64.b64decode(public)
    try:
        if algorithm == "ed25519-sha256":
            key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
            key.verify(base64.b64decode(signature), hashlib.sha256(data).digest())
        else:
            assert algorithm == "rsa-sha256"
            public_key = load_der_public_key(raw)
            assert isinstance(public_key, rsa.RSAPublicKey)
            public_key.verify(base64.b64decode(signature), data, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
