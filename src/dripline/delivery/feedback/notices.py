"""Bounces without a machine-readable report: told from other mail, and their recipients found in the prose. Pure."""

import re
from dataclasses import dataclass

from dripline.delivery.feedback.addresses import ADDRESS, addresses_in, valid
from dripline.delivery.feedback.mail import Mail

_LONGEST = 30_000
_MOST = 50
# Where a server that has no name of one says what it has to say.
_HEAD = 600
_DAEMON = re.compile(
    r"mailer-?daemon|mail\.?delivery|postmaster|mail delivery (?:sub)?system|system administrator|delivery subsystem"
    r"|mdaemon|mail administrator|jetmail|non-?delivery|\bndr@|bounce handler",
    re.IGNORECASE,
)
_SERVER = re.compile(r"mailer-?daemon|postmaster@|\bmdaemon@|<>", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|returned (?:mail|to sender|e-?mail)|mail (?:delivery )?(?:failed|failure|system error|error"
    r"|not delivered)"
    r"|failure (?:notice|delivery)|delivery (?:status )?(?:notification|failure|failed|report|error|problem|warning)"
    r"|delivery has failed|non-?delivery|could not be delivered|failed mail|message delivery|non remis|rejected mail"
    r"|not delivered|permanent (?:delivery )?failure|mail (?:konnte|nicht)|unzustellbar|non recens|impossible de"
    r"|no se (?:pudo|puede) entregar|mail revenu|warning: (?:message|could not|[^ ]{1,80} - user)|delayed"
    r"|processing error"
    r"|delivery (?:is )?delayed|failed to deliver|returning (?:message )?to sender|nondelivery|mancata consegna"
    r"|не доставл"
    r"|配信|送信|退信|传输失败",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"(?:not|n't|un\w{2,6}|failed to|unable to|impossible to) (?:yet )?(?:be |been )?(?:able to )?(?:deliver"
    r"|reach|send)"
    r"|undeliver|(?:delivery|delevery)[^.]{0,60} (?:failed|has failed|failure|aborted|delayed|errors)|not delivered"
    r"|did not (?:reach|receive)|failed (?:permanently|recipients?|addresses)|following (?:address"
    r"|recipient)[^.]{0,40} failed"
    r"|not yet been delivered|permanent (?:fatal )?error|fatal errors|has been returned|non-delivery"
    r"|been delayed|postponed"
    r"|unknown user|user unknown|no such user|invalid final delivery|rejected by|automatically rejected"
    r"|delivery problems"
    r"|wasn't able to deliver|not able to deliver|problem with the e-mail address|mailbox is full|mail error"
    r"|did not exactly match|error-for:|too many hops|no longer valid|could not be (?:delivered|reached|sent)"
    r"|delivery failed|mail failed|failed addresses|error while being processed|does not exist|unable to send"
    r"|n'a pas pu|konnte nicht|nicht zugestellt|no (?:pudo|ha podido|se ha podido)|не (?:может|доставлено)"
    r"|无法|失败|できませんでした|届けられ",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"not yet been delivered|will be re-?tried|warning (?:message )?only|(?:delivery )?attempts will continue"
    r"|we will continue to|will keep trying|has been (?:postponed|delayed)|being retried|still trying to deliver"
    r"|is delayed|will continue trying|will be attempted again|retry[^.]{0,30} for (?:up to )?\d",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"failed permanently|given up|giving up|permanent (?:error|failure)|no further attempts", re.IGNORECASE
)
# Where the notice ends and what it brings back begins.
_RETURNED = re.compile(
    r"^\W{0,12}(?:below this line|below the next line|original (?:message|mail|e-mail)(?! (?:id|was|to)\b)"
    r"|forwarded message"
    r"|(?:this|here) is a copy|included is a copy|a copy of the|(?:the )?(?:message|mail) (?:header|text|body)s?\b"
    r"|the headers? (?:of|and)|header of the|returned (?:mail|message)|start of returned|unsent message"
    r"|your message reads"
    r"|a summary of the undelivered|the first \d|old message|attachment is a copy|begin (?:original|message)"
    r"|undelivered message"
    r"|copy of (?:the|your) (?:message|mail)|mensaje original|message d'origine|urspr.ngliche nachricht|end of message)"
    r"|^>?(?:received|return-path|message-id|mime-version|x-mailer|dkim-signature): ",
    re.IGNORECASE,
)
_NOT_THEM = re.compile(
    r"contact|assist|support|help ?desk|question|report(?:ed)? to|help,|please (?:send|forward|mail|reply)"
    r"|locator|may wish"
    r"|reply to this",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"^\W{0,6}(?:from|sender|subject|reply-to|cc|bcc|date|message-id|to|return-path|sent|mail from|via)\b",
    re.IGNORECASE,
)
_A = ADDRESS.pattern
_STARTS = re.compile(rf"^[\W_]{{0,14}}(?:(?:SMTP|mailto):)?({_A})(?![\w@])", re.IGNORECASE)
_LABELLED = re.compile(rf"(?:SMTP)?[:=][\s\"'<\[(]{{0,12}}(?:SMTP[:=]|mailto:)?[<\[]?({_A})", re.IGNORECASE)
_NAMED = re.compile(
    rf"\b(?:to|for|user|mailbox|recipient|address(?:ed)?|account)[\s,]{{1,3}}[<\"'(\[]{{0,2}}({_A})", re.IGNORECASE
)
_ALIAS = re.compile(
    rf"\((?:ultimately )?(?:expanded|generated|forwarded|originally addressed) (?:from|to):? <?({_A})", re.IGNORECASE
)
_NOT_PEOPLE = re.compile(r"^(?:postmaster|mailer-daemon|mailerdaemon|abuse|mdaemon)@", re.IGNORECASE)
_AFTER_TO = re.compile(rf"^\W{{0,6}}to:\s{{0,8}}<?({_A})>?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """An address in a notice and what stands beside it."""

    address: str
    said: str


def is_notice(mail: Mail, text: str) -> bool:
    """Whether a mail tells that another one was not delivered. Talk about such mail is none."""
    subject, sender = mail.first("subject"), mail.first("from")
    daemon = bool(_DAEMON.search(sender)) or "<>" in (sender.strip(), mail.first("return-path").strip())
    says = bool(_FAILURE.search(text[:_LONGEST]))
    about = is_bounce_subject(subject) and not re.match(r"(?:re|aw|fwd?|sv):", subject, re.IGNORECASE)
    if "list-post" in mail.header or "list-id" in mail.header:
        # Lists carry talk about bounces. What the list got back itself is from a server, by name.
        return says and bool(_SERVER.search(sender))
    if daemon:
        return says or about
    return about and bool(_FAILURE.search(text.lstrip()[:_HEAD])) and bool(named_in(mail, notice_of(text)))


def is_bounce_subject(subject: str) -> bool:
    """Whether a subject is one that servers give to what they send back."""
    return bool(_SUBJECT.search(subject[:400]))


def is_delay(text: str) -> bool:
    """Whether a notice says that delivery goes on being tried."""
    return bool(_DELAY.search(text)) and not _OVER.search(text)


def notice_of(text: str) -> str:
    """The words of the notice itself: what stands before the message that it brings back."""
    lines = text.replace("\r", "")[:_LONGEST].splitlines()
    for at, line in enumerate(lines):
        if _RETURNED.match(line) and any(each.strip() for each in lines[:at]):
            return "\n".join(lines[:at])
    return "\n".join(lines)


def named_in(mail: Mail, notice: str) -> list[Named]:
    """The recipients that a notice names, each with the words that belong to it."""
    ours = {
        address.lower()
        for name in ("to", "from", "sender", "reply-to", "cc")
        for address in addresses_in(mail.first(name))
    }
    lines = notice.splitlines()
    for pattern in (_STARTS, _LABELLED, _NAMED, _AFTER_TO):
        found = _find(lines, pattern, ours)
        if found:
            return _with_words(lines, found)
    return []


def _find(lines: list[str], pattern: re.Pattern[str], ours: set[str]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        if _NOT_THEM.search(line) or (pattern is not _AFTER_TO and _LABELS.match(line)):
            continue
        matches = [pattern.match(line)] if pattern in (_STARTS, _AFTER_TO) else list(pattern.finditer(line[:1_000]))
        matches += list(_ALIAS.finditer(line[:1_000]))
        for match in matches:
            address = valid(match[1]) if match else None
            if address is None or _NOT_PEOPLE.match(address) or address.lower() in ours:
                continue
            if all(address.lower() != other.lower() for _, other in found):
                found.append((at, address))
    return found[:_MOST]


def _with_words(lines: list[str], found: list[tuple[int, str]]) -> list[Named]:
    ends = [at for at, _ in found[1:]] + [len(lines)]
    return [
        Named(address, "\n".join(lines[at : max(end, at + 1)])[:4_000])
        for (at, address), end in zip(found, ends, strict=True)
    ]
