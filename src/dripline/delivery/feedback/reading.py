"""What a received mail says: one function from bytes to a report. Pure, and it never raises."""

import re
from collections.abc import Mapping, Sequence

from dripline.delivery.feedback import complaints, notices, replies
from dripline.delivery.feedback.addresses import addresses_in
from dripline.delivery.feedback.mail import Mail, Unreadable, header_in, read_mail
from dripline.delivery.feedback.model import BounceClass, Kind, Recipient, Report
from dripline.delivery.feedback.notifications import notification_in
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
_TOP = re.compile(r"^(?:received|return-path|from|date|message-id|to|subject): ", re.IGNORECASE | re.MULTILINE)
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
    if (told := notification_in(mail, text)) is not None:
        return _with_traces(mail, *told)
    statuses = _statuses(mail, text)
    if statuses:
        return _by_statuses(mail, statuses, text)
    disposition = _disposition(mail)
    if replies.is_auto_reply(mail) and not disposition and not _is_report(mail, text):
        return _with_traces(mail, Kind.AUTO_REPLY)
    if notices.is_notice(mail, text):
        return _by_notice(mail, text)
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
        notice = notices.notice_of(text)
        found = read_statuses(notice)
        if not found and not notices.named_in(mail, notice):
            # A whole report inside of another one's text.
            found = read_statuses(text)
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
    if not people:
        return _with_traces(mail, kind, _people(mail, text, kind, _first(statuses, wanted)))
    return _with_traces(mail, kind, tuple(people.values()))


def _first(statuses: Sequence[Status], wanted: str) -> Status:
    """What is reported of whom nobody can read: of a pipe, a file, or an address that is none."""
    return next(status for status in statuses if status.action == wanted)


def _kind_of(statuses: Sequence[Status]) -> tuple[Kind, str]:
    actions = {status.action for status in statuses}
    for action, kind in (("failed", Kind.BOUNCE), ("delayed", Kind.DELAY)):
        if action in actions:
            return kind, action
    return Kind.DELIVERED, "delivered"


def _by_notice(mail: Mail, text: str) -> Report:
    said = f"{mail.first('subject')}\n{notices.notice_of(text)}"
    kind = Kind.DELAY if notices.is_delay(said) else Kind.BOUNCE
    return _with_traces(mail, kind, _people(mail, text, kind))


def _people(mail: Mail, text: str, kind: Kind, status: Status | None = None) -> tuple[Recipient, ...]:
    """Those whom the words of a notice name, or its header, or the message that it brings back."""
    notice = notices.notice_of(text)
    named = notices.named_in(mail, notice)
    listed = [address for value in mail.header.get("x-failed-recipients", ()) for address in addresses_in(value)]
    if listed:
        beside = {each.address.lower(): each for each in named}
        named = [beside.get(each.lower(), notices.Named(each, "")) for each in dict.fromkeys(listed)]
    if not named:
        named = [notices.Named(address, "") for address in _returned_to(mail, notices.behind(text, notice))]
    reported = status or Status(None, "", "", "")
    return tuple(
        _person(each, reported, (each.more, notice, mail.first("subject")), kind) for each in named[:_MOST_PEOPLE]
    )


def _person(named: notices.Named, reported: Status, more: Sequence[str], kind: Kind) -> Recipient:
    said = _best(f"{reported.said} {named.said}".strip(), reported.status, *more)
    found = ENHANCED.search(said) or ENHANCED.search(named.more)
    status = reported.status
    if not status and found and found[1] != "2":
        status = ".".join(str(int(part)) for part in found.groups())
    return _recipient(named.address, said, status, kind)


def _returned_to(mail: Mail, behind: str) -> list[str]:
    """To whom the returned message was, when that is one address and no list's."""
    header = mail.returned or _header_behind(behind)
    if not header or "list-id" in header or "list-post" in header:
        return []
    found = list(dict.fromkeys(addresses_in(header.get("to", ("",))[0])))
    return found if len(found) == 1 else []


def _header_behind(text: str) -> Mapping[str, tuple[str, ...]]:
    """The header of a message that stands in the text itself, below a line that says so."""
    found = _TOP.search(text)
    return header_in(text[found.start() :]) if found else {}


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


def _is_report(mail: Mail, text: str) -> bool:
    if mail.type == "multipart/report" or notices.is_bounce_subject(mail.first("subject")):
        return True
    return notices.is_from_server(mail) and notices.is_notice(mail, text)


def _disposition(mail: Mail) -> bool:
    return any(part.type == "message/disposition-notification" for part in mail.parts)
