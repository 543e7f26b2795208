"""Why a mail was not delivered: hard, soft, block or other. Pure.

By the reason that the words give, then by the enhanced code (RFC 3463), then by the SMTP code. The class of the code
alone is wrong more often than right: many servers answer 5xx to a full mailbox, and to a sender they do not like.
"""

import re

from dripline.delivery.feedback import wording
from dripline.delivery.feedback.model import BounceClass

_LONGEST = 8_000
_ADDRESS = re.compile(
    r"<?[^\s<>@\"'(),;:\[\]]{1,80}@[^\s<>@\"'(),;:.\[\]]{1,80}(?:\.[^\s<>@\"'(),;:.\[\]]{1,80}){0,8}>?"
)
# Of a link the host tells who judged; the rest may be anything.
_URL = re.compile(r"https?://([^\s<>/?#]{1,200})[^\s<>]{0,500}")
# Some say what they make of an answer before they quote it.
_OPINION = re.compile(
    r"[45]\.\d\.\d - (?:unknown address error|other mail system problem|other address status)(?= \d{3})"
)
_BLANKS = re.compile(r"\s+")
_CONTINUED = re.compile(r"(?<!\d)([245]\d\d)-")

_HARD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.1.0"})
_BY_CODE = {
    "5.2.2": BounceClass.SOFT,
    "5.2.3": BounceClass.BLOCK,
    "5.3.4": BounceClass.BLOCK,
    "5.2.0": BounceClass.OTHER,
    "5.1.7": BounceClass.BLOCK,
    "5.1.8": BounceClass.BLOCK,
}
_BY_SUBJECT = {
    "1": BounceClass.OTHER,
    "2": BounceClass.OTHER,
    "3": BounceClass.SOFT,
    "4": BounceClass.SOFT,
    "6": BounceClass.BLOCK,
    "7": BounceClass.BLOCK,
}
# Hosts that take no mail at all (RFC 7504).
_NO_MAIL_HERE = frozenset({521, 556})


def classify(said: str, status: str = "") -> BounceClass:
    """The class of a failed delivery by what the server said and by the status that was reported."""
    text = _plain(said)
    code = _code(text, status)
    found = _by_words(text, code)
    if found is not None:
        return found
    return _by_code(text, code)


def is_specific(said: str) -> bool:
    """Whether the words name a reason by themselves."""
    return _by_words(_plain(said), "") is not None


def _by_words(text: str, code: str) -> BounceClass | None:
    if wording.SENDER.search(text) or wording.THEIR_WISH.search(text):
        return BounceClass.BLOCK
    if wording.LATER.search(text):
        return BounceClass.SOFT
    if wording.TOO_LARGE.search(text) and not wording.NO_USER.search(text):
        return BounceClass.BLOCK
    if wording.FULL.search(text):
        return BounceClass.SOFT
    if wording.LISTED.search(text):
        return BounceClass.BLOCK
    if wording.NO_MAIL_EVER.search(text):
        return BounceClass.HARD
    if _is_hard(text, code):
        return BounceClass.SOFT if _is_temporary(text, code) else BounceClass.HARD
    if wording.NETWORK.search(text):
        return BounceClass.SOFT
    return BounceClass.BLOCK if wording.REFUSED.search(text) else None


def _is_hard(text: str, code: str) -> bool:
    if any(words.search(text) for words in (wording.NO_USER, wording.GONE, wording.NO_HOST)):
        return True
    # Exchange Online says so of addresses that are not in its directory.
    return code in _HARD_CODES or (code == "5.4.1" and "recipient address rejected: access denied" in text)


def _is_temporary(text: str, code: str) -> bool:
    answers = {int(found) // 100 for found in wording.ANSWER.findall(text)}
    if answers & {4, 5}:
        return 5 not in answers
    return code.startswith("4.")


def _by_code(text: str, code: str) -> BounceClass:
    if code.startswith("4."):
        return BounceClass.SOFT
    if code in _BY_CODE:
        return _BY_CODE[code]
    subject = code.split(".")[1] if code else ""
    if subject in _BY_SUBJECT:
        return _BY_SUBJECT[subject]
    answers = {int(found) for found in wording.ANSWER.findall(text)}
    if answers & _NO_MAIL_HERE:
        return BounceClass.HARD
    return BounceClass.SOFT if any(answer // 100 == 4 for answer in answers) else BounceClass.OTHER


def _code(text: str, status: str) -> str:
    """The code that says most: the reported one, unless it is general and the words have a better one."""
    codes = [".".join(parts) for parts in wording.ENHANCED.findall(text) if parts[0] != "2"]
    given = [status] if status else []
    for code in (*given, *codes):
        if not code.endswith(".0") or code == "5.1.0":
            return code
    return (given or codes or [""])[0]


def _plain(said: str) -> str:
    text = _OPINION.sub(" ", _CONTINUED.sub(r"\1 ", said[:_LONGEST]).lower())
    text = _ADDRESS.sub(" ", _URL.sub(r" \1 ", text)).replace("\u2019", "'")
    return _BLANKS.sub(" ", text)
