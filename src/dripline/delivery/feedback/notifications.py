"""Notifications of Amazon SES that a topic sends on by mail: one JSON object at the top of a text."""

import json
from collections.abc import Mapping

from dripline.delivery.feedback.addresses import valid
from dripline.delivery.feedback.mail import Mail
from dripline.delivery.feedback.model import BounceClass, Kind, Recipient
from dripline.delivery.feedback.reasons import classify
from dripline.kernel.values import Json

_SENDER = ".amazonaws.com"
_KINDS = {"bounce": Kind.BOUNCE, "complaint": Kind.COMPLAINT, "delivery": Kind.DELIVERED}
_LISTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "delivery": "recipients"}
_MOST = 50


def notification_in(mail: Mail, text: str) -> tuple[Kind, tuple[Recipient, ...]] | None:
    """What a notification in the text says of whom, or None when there is none."""
    if _SENDER not in mail.first("from").lower() or not text.lstrip().startswith("{"):
        return None
    said = _object(text)
    # A topic that does not send raw messages wraps them.
    if isinstance(wrapped := said.get("Message"), str):
        said = _object(wrapped)
    name = str(said.get("notificationType") or said.get("eventType") or "").lower()
    about = said.get(name)
    if name not in _KINDS or not isinstance(about, dict):
        return None
    people = about.get(_LISTS[name])
    found = [_person(each, about, _KINDS[name]) for each in people[:_MOST]] if isinstance(people, list) else []
    return _KINDS[name], tuple(each for each in found if each is not None)


def _object(text: str) -> Mapping[str, Json]:
    """The object at the top of a text, or an empty one. Its one long line is broken anywhere on its way."""
    try:
        said, _ = json.JSONDecoder(strict=False).raw_decode(text.lstrip().replace("\n", ""))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _person(said: Json, about: Mapping[str, Json], kind: Kind) -> Recipient | None:
    fields = said if isinstance(said, dict) else {"emailAddress": said}
    address = valid(str(fields.get("emailAddress") or ""))
    if address is None:
        return None
    if kind is not Kind.BOUNCE:
        return Recipient(address, BounceClass.OTHER)
    reason, status = str(fields.get("diagnosticCode") or "")[:500], str(fields.get("status") or "")
    klass = classify(reason, status)
    if klass is BounceClass.OTHER and about.get("bounceType") == "Permanent":
        klass = BounceClass.HARD
    return Recipient(address, klass, status, reason)
