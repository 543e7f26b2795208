"""Complaints: feedback reports of mailbox providers (RFC 5965), told apart by their type."""

from collections.abc import Mapping

from dripline.delivery.feedback.addresses import address_in_field
from dripline.delivery.feedback.mail import Mail, header_in

COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "opt-out-list"})
_REPORT = "message/feedback-report"
_FIELDS = ("original-rcpt-to", "removal-recipient")


def feedback_of(mail: Mail) -> Mapping[str, tuple[str, ...]] | None:
    """The fields of a feedback report, or None when the mail is none."""
    for part in mail.parts:
        if part.type == _REPORT or (part.depth and "feedback-type:" in part.text[:2_000].lower()):
            fields = _fields(part.text)
            if "feedback-type" in fields:
                return fields
    hotmail = mail.returned.get("x-hmxmroriginalrecipient")
    if hotmail and "staff@hotmail.com" in mail.first("from").lower():
        return {"feedback-type": ("abuse",), "original-rcpt-to": hotmail}
    return None


def recipients_of(fields: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The addresses that a report names. They may be redacted: what looks like one need not be."""
    found = [address_in_field(value) for name in _FIELDS for value in fields.get(name, ())]
    return list(dict.fromkeys(address for address in found if address))


def _fields(text: str) -> Mapping[str, tuple[str, ...]]:
    """All fields, in whichever of its paragraphs they stand: some put a MIME header before them."""
    found: dict[str, tuple[str, ...]] = {}
    for paragraph in text.split("\n\n")[:20]:
        for name, values in header_in(paragraph).items():
            found[name] = (*found.get(name, ()), *values)
    return found
