"""What a received mail says: one function from bytes to a report. Pure, and it never raises."""

import re
from collections.abc import Mapping, Sequence

from dripline.delivery.feedback import complaints, notices, replies
from dripline.delivery.feedback.addresses import addresses_in
from dripline.delivery.feedback.mail import Mail, Unreadable, header_in, read_mail
from dripline.delivery.feedback.model import BounceClass, Kind, Recipient, Report
from dripline.delivery.feedback.reasons import classify, is_specific
from dripline.delivery.feedback.statuses import Status, read_statuses
from dripline.delivery.feedback.wording import ENHANCED

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("text/rfc822-headers", "message/global-headers", "message/global")
_ENVELOPE = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_LONGEST_REASON = 500
_MOST_PEOPLE = 50
_IDENTITY = re.compile(r"<([^<>\s]{3,900})>")
_QUOTED_IDENTITY = re.compile(r"^[> ]{0,4}message-id:\s{0,4}<([^<>\s]{3,900})>", re.IGNORECASE | re.MULTILINE)
_QUOTED_LINK = re.compile(
    r"^[> ]{0,4}list-unsubscribe:\s{0,4}<(https?://[^<>\s]{3,900})>", re.IGNORECASE | re.MULTILINE
)
_LINK = re.compile(r"<(https?://[^<>\s]{3,900})>")


def read_report(raw: bytes) -> Report:
    """What one received mail is and says. A mail that cannot be read is of kind `none` and says why in `fault`."""
    try:
        return _report(read_mail(raw))
    except Unreadable as error:
        return Report(Kind.NONE, fault=str(error))


def _report(mail: Mail) -> Report:
    fields = complaints.feedback_of(mail)
    if fields is not None:
        feedback = fields["feedback-type"][0].strip().lower()
        kind = Kind.COMPLAINT if feedback in complaints.COMPLAINTS else Kind.NONE
        people = tuple(Recipient(address, BounceClass.OTHER) for address in complaints.recipients_of(fields))
        return _with_traces(mail, kind, people, feedback=feedback)
    text = _said_in(mail)
    statuses = _statuses(mail, text)
    if statuses:
        return _by_statuses(mail, statuses, text)
    disposition = _disposition(mail)
    if replies.is_auto_reply(mail) and not disposition and not _is_report(mail):
        return _with_traces(mail, Kind.AUTO_REPLY)
    if notices.is_notice(mail, text):
        return _by_notice(mail, notices.notice_of(text))
    return _with_traces(mail, Kind.DELIVERED if disposition else Kind.NONE)


def _said_in(mail: Mail) -> str:
    """What the mail says for people. Some label even that as a status."""
    return mail.own_text.strip() or "\n".join(part.text for part in mail.parts if part.type in _STATUS)


def _statuses(mail: Mail, text: str) -> list[Status]:
    # People forward reports, too: those stay what they are, talk about mail.
    if mail.type not in ("multipart/report", *_STATUS) and not notices.is_notice(mail, text):
        return []
    found = [status for part in mail.parts if part.type in _STATUS for status in read_statuses(part.text)]
    if not found and "final-recipient:" in text.lower():
        found = read_statuses(notices.notice_of(text))
    return found


def _by_statuses(mail: Mail, statuses: Sequence[Status], text: str) -> Report:
    notice = notices.notice_of(text)
    beside = {named.address.lower(): named.said for named in notices.named_in(mail, notice)}
    kind, wanted = _kind_of(statuses)
    people: dict[str, Recipient] = {}
    for status in statuses:
        if len(people) == _MOST_PEOPLE:
            break
        if status.action == wanted and status.address is not None and status.address.lower() not in people:
            said = _best(status.said, status.status, beside.get(status.address.lower(), ""), notice)
            people[status.address.lower()] = _recipient(status.address, said, status.status, kind)
    return _with_traces(mail, kind, tuple(people.values()))


def _kind_of(statuses: Sequence[Status]) -> tuple[Kind, str]:
    actions = {status.action for status in statuses}
    for action, kind in (("failed", Kind.BOUNCE), ("delayed", Kind.DELAY)):
        if action in actions:
            return kind, action
    return Kind.DELIVERED, "delivered"


def _by_notice(mail: Mail, notice: str) -> Report:
    kind = Kind.DELAY if notices.is_delay(f"{mail.first('subject')}\n{notice}") else Kind.BOUNCE
    named = notices.named_in(mail, notice)
    listed = [address for value in mail.header.get("x-failed-recipients", ()) for address in addresses_in(value)]
    if listed:
        words = {each.address.lower(): each.said for each in named}
        named = [notices.Named(address, words.get(address.lower(), "")) for address in dict.fromkeys(listed)]
    if not named:
        named = [notices.Named(address, "") for address in _returned_to(mail)]
    people = []
    for each in named:
        said = _best(each.said, "", notice, mail.first("subject"))
        code = ENHANCED.search(said)
        status = ".".join(str(int(part)) for part in code.groups()) if code and code[1] != "2" else ""
        people.append(_recipient(each.address, said, status, kind))
    return _with_traces(mail, kind, tuple(people))


def _returned_to(mail: Mail) -> list[str]:
    """To whom the returned message was, when that is one address and no list's."""
    header = mail.returned
    if not header or "list-id" in header or "list-post" in header:
        return []
    found = list(dict.fromkeys(addresses_in(header.get("to", ("",))[0])))
    return found if len(found) == 1 else []


def _best(said: str, status: str, *more: str) -> str:
    """The first words that name a reason; what was said of the recipient when none do."""
    general = not status or status.endswith(".0")
    if is_specific(said) or (said and not general):
        return said
    for words in more:
        if words and is_specific(words):
            return f"{said} {words}".strip()
    return said or more[0]


def _recipient(address: str, said: str, status: str, kind: Kind) -> Recipient:
    klass = BounceClass.OTHER if kind is Kind.DELIVERED else classify(said, status)
    if kind is Kind.DELAY and klass is BounceClass.HARD:
        klass = BounceClass.SOFT
    return Recipient(address, klass, status, " ".join(said.split())[:_LONGEST_REASON])


def _with_traces(mail: Mail, kind: Kind, people: tuple[Recipient, ...] = (), *, feedback: str = "") -> Report:
    envelope = [address for name in _ENVELOPE for value in mail.header.get(name, ()) for address in addresses_in(value)]
    ids, links = _traces(mail.returned)
    for part in mail.parts:
        more = _traces(header_in(part.text)) if part.type in _RETURNED else _quoted(part.text)
        ids, links = ids + more[0], links + more[1]
    return Report(kind, people, _once(envelope), _once(ids), _once(links), feedback)


def _traces(header: Mapping[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    ids = [found for value in header.get("message-id", ()) for found in _IDENTITY.findall(value)]
    links = [found for value in header.get("list-unsubscribe", ()) for found in _LINK.findall(value)]
    return ids, links


def _quoted(text: str) -> tuple[list[str], list[str]]:
    return _QUOTED_IDENTITY.findall(text), _QUOTED_LINK.findall(text)


def _once(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:20]


def _is_report(mail: Mail) -> bool:
    return mail.type == "multipart/report" or bool(notices.is_bounce_subject(mail.first("subject")))


def _disposition(mail: Mail) -> bool:
    return any(part.type == "message/disposition-notification" for part in mail.parts)
