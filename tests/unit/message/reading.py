"""Reads a mail back with two parsers that share little: the modern policy, and the old one with its own decoder."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parsed_by_the_old(content: bytes) -> Message:
    return message_from_bytes(content, policy=policy.compat32)


def headers_of(content: bytes) -> list[str]:
    """The names of the headers, in order, as both parsers see them."""
    names = parsed(content).keys()
    assert names == parsed_by_the_old(content).keys()
    return names


def header_texts(content: bytes, name: str) -> tuple[str, str]:
    """What both parsers show for a header of free text."""
    old = parsed_by_the_old(content)[name].replace("\r\n", "")
    return str(parsed(content)[name]), str(make_header(decode_header(old)))


def part_of(content: bytes, kind: str) -> bytes:
    """The decoded bytes of the part `text/<kind>`, on which both parsers agree."""
    parts = [part for part in parsed(content).walk() if part.get_content_type() == f"text/{kind}"]
    old = [part for part in parsed_by_the_old(content).walk() if part.get_content_type() == f"text/{kind}"]
    (body,) = (part.get_payload(decode=True) for part in parts)
    assert [body] == [part.get_payload(decode=True) for part in old]
    assert isinstance(body, bytes)
    return body
