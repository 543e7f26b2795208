"""What the large mailbox providers ask of a sender, held against what is known of a domain.

Sources: Google, "Email sender guidelines" and their FAQ; Yahoo, "Sender best practices"; Microsoft, "Outlook's new
requirements for high-volume senders" (2025).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dripline.delivery.domains.dmarc import are_aligned
from dripline.delivery.domains.model import Domain, Standing
from dripline.delivery.domains.records import key_of


class Verdict(StrEnum):
    """Whether a rule is kept."""

    PASS = "pass"  # noqa: S105 (a word of the answer)
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and its verdict: who asks for it, and why it is judged so."""

    name: str
    providers: tuple[str, ...]
    verdict: Verdict
    detail: str


_ALL = ("gmail", "yahoo", "microsoft")
_GMAIL_YAHOO = ("gmail", "yahoo")


def preflight(domain: Domain, *, encrypts: bool | None) -> list[Rule]:
    """Every rule with its verdict, those of the DNS first. `encrypts`: whether relays get mail only encrypted."""
    return [
        Rule("spf", _ALL, *_of_finding(domain, "spf", "The SPF record allows the relay.")),
        Rule("dkim", _ALL, *_dkim(domain)),
        Rule("dmarc", _ALL, *_of_finding(domain, "dmarc", f"The policy is p={domain.findings.policy}.")),
        Rule("alignment", _ALL, *_alignment(domain)),
        Rule("tls", ("gmail",), *_tls(encrypts)),
        Rule("reverse_dns", _GMAIL_YAHOO, Verdict.UNKNOWN, _REVERSE_DNS),
        Rule("one_click_unsubscribe", _GMAIL_YAHOO, Verdict.PASS, _ONE_CLICK),
        Rule("unsubscribe_in_two_days", _GMAIL_YAHOO, Verdict.PASS, "An unsubscription holds before the next mail."),
        Rule("own_from_domain", _ALL, Verdict.PASS, "Mail from public mailbox domains is refused."),
        Rule("spam_rate", _GMAIL_YAHOO, Verdict.UNKNOWN, _SPAM_RATE),
    ]


_REVERSE_DNS = "The address that the relay sends from must have a name that leads back to it; ask who runs the relay."
_ONE_CLICK = "Marketing mail carries List-Unsubscribe and List-Unsubscribe-Post, and both are signed."
_SPAM_RATE = "Stay below 0.1 %, and never reach 0.3 %; see Google Postmaster Tools for what Gmail counts."

_Judgement = tuple[Verdict, str]


def _of_finding(domain: Domain, key: str, good: str) -> _Judgement:
    finding = domain.finding(key)
    if finding.standing is Standing.VERIFIED:
        return Verdict.PASS, good
    reason = finding.reason or "It has not been looked for yet."
    return _VERDICTS[finding.standing], reason


def _dkim(domain: Domain) -> _Judgement:
    keys = [key for key in domain.keys if key.algorithm == "rsa" and key.retired_at is None]
    judged = [_of_finding(domain, key_of(key), "Mail is signed with a key of 2048 bits.") for key in keys]
    return min(judged, key=lambda each: _ORDER(each[0]), default=(Verdict.UNKNOWN, "There is no key yet."))


def _alignment(domain: Domain) -> _Judgement:
    organisation = domain.findings.organisation
    if organisation is None:
        return Verdict.UNKNOWN, "It has not been looked for yet."
    signed = _dkim(domain)[0]
    if not are_aligned(organisation, domain.name):
        return Verdict.FAIL, f"{domain.name} does not belong to {organisation}."
    if signed is Verdict.PASS:
        return Verdict.PASS, f"Mail is signed as {domain.name}, of {organisation}."
    if domain.return_path_host is not None:
        return Verdict.PASS, f"Bounces go to {domain.return_path_host}, of {organisation}."
    return signed, "Neither the signature nor the return path is proved."


def _tls(encrypts: bool | None) -> _Judgement:
    if encrypts is None:
        return Verdict.UNKNOWN, "Nothing is known of the relay."
    if encrypts:
        return Verdict.PASS, "Mail is handed over encrypted; the relay goes on as it is set up."
    return Verdict.FAIL, "Mail is handed over unencrypted: set starttls=required."


_VERDICTS = {
    Standing.MISSING: Verdict.FAIL,
    Standing.WRONG: Verdict.FAIL,
    Standing.UNKNOWN: Verdict.UNKNOWN,
    Standing.UNCHECKED: Verdict.UNKNOWN,
}
_ORDER: Callable[[Verdict], int] = (Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL).index
