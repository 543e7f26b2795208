"""What a mail says about itself to machines: which stream it belongs to, and that no person wrote it."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from uuid import UUID

from dripline.delivery.message.addressing import wire_domain

_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_FIELD = 60
_LONGEST_LABEL = 63


def stream_labels(workspace: UUID, stream: str, step: str, *, domain: str) -> Mapping[str, str]:
    """The further headers of one mail of a stream of marketing mail, such as a sequence.

    List-Id (RFC 2919) is the same for all mail of the stream from one domain. Feedback-ID is what complaints are
    counted by: stream, step, kind and sender. Neither says anything about the recipient.

    Raises:
        Unmailable: `domain` is no domain.
    """
    label = _plain(stream.lower()).replace(".", "-").replace("_", "-").strip("-")[:_LONGEST_LABEL] or "mail"
    return {
        "List-Id": f"<{label}.{wire_domain(domain)}>",
        "Feedback-ID": feedback_id(workspace, stream, step, "sequence"),
    }


def single_labels(workspace: UUID, kind: str, template: str) -> Mapping[str, str]:
    """The further headers of a mail that something asked for by itself: of no list, and written by no person.

    Auto-Submitted (RFC 3834, section 5) keeps automatic answers away.
    """
    return {"Feedback-ID": feedback_id(workspace, kind, template, kind), "Auto-Submitted": "auto-generated"}


def feedback_id(workspace: UUID, stream: str, step: str, kind: str) -> str:
    """Four fields, of which the last stands for the sender: the same for all mail of a workspace, for ever."""
    sender = blake2b(workspace.bytes, digest_size=6, person=b"feedback-id").hexdigest()
    return ":".join((_field(stream), _field(step), _field(kind), sender))


def _field(text: str) -> str:
    return _plain(text)[:_LONGEST_FIELD] or "none"


def _plain(text: str) -> str:
    return _OTHER.sub("-", text).strip("-")
