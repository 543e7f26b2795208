"""Bounces without a machine-readable report: told from other mail, and their recipients found in the prose. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dripline.delivery.feedback import announcing
from dripline.delivery.feedback.addresses import ADDRESS, addresses_in, valid
from dripline.delivery.feedback.mail import Mail

_LONGEST = 30_000
_MOST = 50
# Where a server that has no name of one says what it has to say.
_HEAD = 600
_NOT_THEM = re.compile(
    r"contact|assist|support|help ?desk|question|report(?:ed)? to|help,|please (?:send|forward|mail|reply)"
    r"|locator|may wish"
    r"|reply to this",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S{1,500}")
_LABELS = re.compile(
    r"^\W{0,6}(?:from|sender|subject|reply-to|cc|bcc|date|message-id|to|return-path|sent|mail from|via)\b",
    re.IGNORECASE,
)
_A = ADDRESS.pattern
_STARTS = re.compile(rf"^[\W_]{{0,14}}(?:(?:SMTP|mailto):)?({_A})(?![\w@])", re.IGNORECASE)
# What a server said line by line: its answer about an address, and what it was asked.
_ANSWERED = re.compile(rf"^\W{{0,6}}[45]\d\d[ -](?:[45]\.\d{{1,3}}\.\d{{1,3}} )?<?({_A})>?(?:\.\.\.|:)", re.IGNORECASE)
_ASKED = re.compile(rf"\brcpt to:\s{{0,4}}<?({_A})", re.IGNORECASE)
_LABELLED = re.compile(rf"(?:SMTP)?[:=][\s\"'<\[(]{{0,12}}(?:SMTP[:=]|mailto:)?[<\[]?({_A})", re.IGNORECASE)
_NAMED = re.compile(
    rf"\b(?:to|for|user|mailbox|recipient|address(?:ed)?|account)[\s,]{{1,3}}[<\"'(\[]{{0,2}}({_A})", re.IGNORECASE
)
_ALIAS = re.compile(
    rf"\b(?:expanded|generated|forwarded|originally addressed) (?:from|to|by):? <?({_A})", re.IGNORECASE
)
_NOT_PEOPLE = re.compile(r"^(?:postmaster|mailer-daemon|mailerdaemon|abuse|mdaemon)@", re.IGNORECASE)
_AFTER_TO = re.compile(rf"^\W{{0,6}}to:\s{{0,8}}<?({_A})>?\s*$", re.IGNORECASE)

_PATTERNS = (_STARTS, _ANSWERED, _LABELLED, _NAMED, _ASKED, _AFTER_TO)
_SURE = (_STARTS, _ANSWERED, _ASKED)


@dataclass(frozen=True, slots=True)
class Named:
    """An address in a notice, what is said of it in its own paragraph, and all up to the next address."""

    address: str
    said: str
    more: str = ""


def is_notice(mail: Mail, text: str) -> bool:
    """Whether a mail tells that another one was not delivered. Talk about such mail is none."""
    subject, sender = mail.first("subject"), mail.first("from")
    says = bool(announcing.FAILURE.search(text[:_LONGEST]))
    about = is_bounce_subject(subject) and not re.match(r"(?:re|aw|fwd?|sv|tr|rv|wg):", subject, re.IGNORECASE)
    if "list-post" in mail.header or "list-id" in mail.header:
        # Lists carry talk about bounces. What the list got back itself is from a server, by name.
        return says and bool(announcing.SERVER.search(sender))
    if announcing.DAEMON.search(sender):
        return says or about
    if not announcing.FAILURE.search(text.lstrip()[:_HEAD]):
        return False
    # Answering machines have no return path either, and they write of people who cannot be reached.
    nameless = "<>" in (sender.strip(), mail.first("return-path").strip())
    if about and nameless:
        return True
    return (about or nameless) and bool(_found_in(notice_of(text), _PATTERNS, _ours(mail)))


def is_from_server(mail: Mail) -> bool:
    """Whether it says itself that a server wrote it."""
    return bool(announcing.SERVER.search(mail.first("from")))


def is_bounce_subject(subject: str) -> bool:
    """Whether a subject is one that servers give to what they send back."""
    return bool(announcing.SUBJECT.search(subject[:400]))


def is_delay(text: str) -> bool:
    """Whether a notice says that delivery goes on being tried."""
    return bool(announcing.DELAY.search(text)) and not announcing.OVER.search(text)


def notice_of(text: str) -> str:
    """The words of the notice itself: what stands before the message that it brings back."""
    lines = text.replace("\r", "")[:_LONGEST].splitlines()
    for at, line in enumerate(lines):
        if announcing.RETURNED.match(line) and any(each.strip() for each in lines[:at]):
            return "\n".join(lines[:at])
    return "\n".join(lines)


def behind(text: str, notice: str) -> str:
    """What comes after the words of the notice."""
    return text.replace("\r", "")[len(notice) :]


def named_in(mail: Mail, notice: str) -> list[Named]:
    """The recipients that a notice names, each with the words that belong to it."""
    found = _found_in(notice, _PATTERNS, _ours(mail))
    # People write to themselves, too, and postmasters are people.
    return found or _found_in(notice, _SURE, frozenset())


def _ours(mail: Mail) -> frozenset[str]:
    names = ("to", "from", "sender", "reply-to", "cc")
    return frozenset(each.lower() for name in names for each in addresses_in(mail.first(name)))


def _found_in(notice: str, patterns: Sequence[re.Pattern[str]], ours: frozenset[str]) -> list[Named]:
    lines = notice.splitlines()
    for pattern in patterns:
        found = _find(lines, pattern, ours)
        if found:
            return _with_words_before(lines, found) if pattern is _ANSWERED else _with_words(lines, found)
    return []


def _find(lines: list[str], pattern: re.Pattern[str], ours: frozenset[str]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        if _NOT_THEM.search(_LINK.sub("", line)) or (pattern is not _AFTER_TO and _LABELS.match(line)):
            continue
        matches = (
            [pattern.match(line)]
            if pattern in (_STARTS, _ANSWERED, _AFTER_TO)
            else list(pattern.finditer(line[:1_000]))
        )
        matches += list(_ALIAS.finditer(line[:1_000]))
        for match in matches:
            address = valid(match[1]) if match and not _is_of_the_sender(lines[:at]) else None
            if address is None or address.lower() in ours or (ours and _NOT_PEOPLE.match(address)):
                continue
            if all(address.lower() != other.lower() for _, other in found):
                found.append((at, address))
    return found[:_MOST]


def _is_of_the_sender(above: list[str]) -> bool:
    last = next((line for line in reversed(above[-4:]) if line.strip()), "")
    return last.rstrip(": \r").lower().endswith("sent by")


def _with_words(lines: list[str], found: list[tuple[int, str]]) -> list[Named]:
    ends = [at for at, _ in found[1:]] + [len(lines)]
    return [
        Named(address, _paragraph(lines, at, max(end, at + 1)), "\n".join(lines[at : max(end, at + 1)])[:4_000])
        for (at, address), end in zip(found, ends, strict=True)
    ]


def _with_words_before(lines: list[str], found: list[tuple[int, str]]) -> list[Named]:
    """In the transcript of a session the conversation comes first, and then what came of it for an address."""
    begins = [0] + [at + 1 for at, _ in found[:-1]]
    return [
        Named(address, lines[at][:4_000], "\n".join(lines[begin : at + 1])[:4_000])
        for (at, address), begin in zip(found, begins, strict=True)
    ]


def _paragraph(lines: list[str], at: int, end: int) -> str:
    until = next((n for n in range(at + 1, end) if not lines[n].strip()), end)
    return "\n".join(lines[at:until])[:4_000]
