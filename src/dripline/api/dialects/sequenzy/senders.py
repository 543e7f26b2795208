"""Senders of this wire format into ours: an address and a name become one mailbox."""

from dripline.api.dialects.sequenzy.notes import Notes
from dripline.kernel.addresses import Mailbox, parse_address, parse_mailbox


def sender_of(email: str | None, name: str | None, path: str, notes: Notes) -> str | None:
    """The mailbox, or None when no address is given. `path` is where they stand, with a dot at the end or empty."""
    if email is None:
        if name is not None:
            notes.warn(f"{path}fromName stands without fromEmail: it was passed over.")
        return None
    try:
        mailbox = str(Mailbox(parse_address(email), (name or "").strip()))
        parse_mailbox(mailbox)
    except ValueError as error:
        notes.fault(f"{path}fromEmail", f"is no sender: {error}", expected="an email address", found=email)
        return None
    return mailbox
