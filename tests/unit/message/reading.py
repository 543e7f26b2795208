"""Reads a mail back with three parsers that must agree: two of the standard library, and one of our own."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

from tests.unit.message.plain_reading import Part, read_mail


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parsed_by_the_old(content: bytes) -> Message:
    return message_from_bytes(content, policy=policy.compat32)


def headers_of(content: bytes) -> list[str]:
    """The names of the headers, in order, as all parsers see them."""
    names = parsed(content).keys()
    assert names == parsed_by_the_old(content).keys()
    assert names == [name for name, _ in read_mail(content).fields]
    return names


def header_texts(content: bytes, name: str) -> tuple[str, str]:
    """What the parsers show for a header of free text."""
    old = parsed_by_the_old(content)[name].replace("\r\n", "")
    texts = str(parsed(content)[name]), str(make_header(decode_header(old)))
    assert read_mail(content).text(name) == texts[1]
    return texts


def part_of(content: bytes, kind: str) -> bytes:
    """The decoded bytes of the part `text/<kind>`, on which all parsers agree."""
    parts = [part for part in parsed(content).walk() if part.get_content_type() == f"text/{kind}"]
    old = [part for part in parsed_by_the_old(content).walk() if part.get_content_type() == f"text/{kind}"]
    (body,) = (part.get_payload(decode=True) for part in parts)
    assert [body] == [part.get_payload(decode=True) for part in old]
    assert [body] == [part.content for part in leaves(read_mail(content)) if part.kind == f"text/{kind}"]
    assert isinstance(body, bytes)
    return body


def leaves(part: Part) -> list[Part]:
    """The parts that hold no parts."""
    return [leaf for each in part.parts for leaf in leaves(each)] if part.parts else [part]
