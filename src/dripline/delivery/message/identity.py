"""What makes a mail the same mail: its Message-ID follows from the send key."""

from hashlib import blake2b
from uuid import UUID

from dripline.delivery.message.addressing import wire_domain


def message_id(workspace: UUID, source: UUID, visit: int, domain: str) -> str:
    """The Message-ID of one send, without angle brackets: the same for the same key, and no word about the recipient.

    RFC 5322, section 3.6.4.

    Raises:
        Unmailable: `domain` is no domain.
    """
    key = workspace.bytes + source.bytes + visit.to_bytes(8, "big")
    return f"{blake2b(key, digest_size=16, person=b'message-id').hexdigest()}@{wire_domain(domain)}"


def boundary(identity: str, turn: int) -> str:
    """A boundary between the parts of the mail with this Message-ID; another one for every `turn`.

    Quoted-printable text never holds `=_` (RFC 2045, section 6.7), so that a clash is rare to begin with.
    """
    return f"=_{blake2b(f'{identity} {turn}'.encode(), digest_size=12, person=b'boundary').hexdigest()}"
