"""What the large mailbox providers ask of a sender, held against what is known of a domain.

Sources: Google, "Email sender guidelines" and their FAQ; Yahoo, "Sender best practices"; Microsoft, "Outlook's new
requirements for high-volume senders" (2025).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dripline.delivery.domains.complaints import NO_COMPLAINTS, Complaints
from dripline.delivery.domains.dmarc import are_aligned
from dripline.delivery.domains.model import Domain, Standing
from dripline.delivery.domains.records import Place, key_of
from dripline.delivery.domains.relaying import REVERSE_DNS, TLS
from dripline.kernel.relays import Security


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


def preflight(domain: Domain, place: Place, complaints: Complaints = NO_COMPLAINTS) -> list[Rule]:
    """Every rule with its verdict, those of the DNS first. `place` is how mail of this domain leaves."""
    return [
        Rule("spf", _ALL, *_spf(domain, place)),
        Rule("dkim", _ALL, *_dkim(domain)),
        Rule("dmarc", _ALL, *_of_finding(domain, "dmarc", f"The policy is p={domain.findings.policy}.")),
        Rule("alignment", _ALL, *_alignment(domain)),
        Rule("tls", ("gmail",), *_tls(domain, place)),
        Rule("reverse_dns", _GMAIL_YAHOO, *_reverse_dns(domain, place)),
        Rule("one_click_unsubscribe", _GMAIL_YAHOO, Verdict.PASS, _ONE_CLICK),
        Rule("unsubscribe_in_two_days", _GMAIL_YAHOO, Verdict.PASS, "An unsubscription holds before the next mail."),
        Rule("own_from_domain", _ALL, Verdict.PASS, "Mail from public mailbox domains is refused."),
        Rule("spam_rate", _GMAIL_YAHOO, *_spam_rate(complaints)),
    ]


_REVERSE_DNS = "The address that the relay sends from must have a name that leads back to it; ask who runs the relay."
_ONE_CLICK = "Marketing mail carries List-Unsubscribe and List-Unsubscribe-Post, and both are signed."
_SPAM_RATE = "Gmail counts for itself: see Google Postmaster Tools."
_NO_RELAY = "Nothing is known of a relay outside this machine."
_LEAST_SENT = 200
_SHOULD_STAY_BELOW, _MUST_NEVER_REACH = 0.001, 0.003

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


def _spf(domain: Domain, place: Place) -> _Judgement:
    if place.providers and not place.spf_terms:
        return Verdict.PASS, f"{_joined(place.providers)} sends from a return path of its own, which has a record."
    return _of_finding(domain, "spf", "The SPF record allows the relay.")


def _tls(domain: Domain, place: Place) -> _Judgement:
    """Whether mail is handed over encrypted: as the connections are set up, and where that leaves it open, as seen."""
    if not place.relays:
        known = Verdict.PASS, f"Mail is handed over to {_joined(place.providers)} over HTTPS."
        return known if place.providers else (Verdict.UNKNOWN, _NO_RELAY)
    if any(relay.security is Security.NEVER for relay in place.relays):
        return Verdict.FAIL, "Mail is handed over unencrypted: set starttls=required."
    if all(relay.security is not Security.OPPORTUNISTIC for relay in place.relays):
        return Verdict.PASS, "Mail is handed over encrypted; the relay goes on as it is set up."
    seen, reason = _of_finding(domain, TLS, "The relay offered encryption when it was last looked at.")
    if seen is Verdict.FAIL:
        return seen, f"The relay did not encrypt when it was last looked at: {reason}"
    return seen, f"{reason} To make sure of it, set starttls=required."


def _reverse_dns(domain: Domain, place: Place) -> _Judgement:
    if not place.relays:
        own = f"{_joined(place.providers)} sends from addresses of its own, and keeps their names."
        return (Verdict.PASS, own) if place.providers else (Verdict.UNKNOWN, _REVERSE_DNS)
    good = "The relay's addresses have names that lead back to them; if it sends from others, ask who runs it."
    return _of_finding(domain, REVERSE_DNS, good)


def _spam_rate(complaints: Complaints) -> _Judgement:
    """By the complaints that came to us: whoever counts for himself may know of more."""
    sent, complained = complaints.sent, complaints.complained
    if sent < _LEAST_SENT:
        few = f"{sent} mails in 30 days are too few to tell; {_LEAST_SENT} are needed."
        return Verdict.UNKNOWN, f"{few} {_SPAM_RATE}"
    told = f"{complained} complaints about {sent} mails in 30 days are {complained / sent:.2%}."
    if complained >= sent * _MUST_NEVER_REACH:
        return Verdict.FAIL, f"{told} 0.3 % must never be reached. {_SPAM_RATE}"
    if complained >= sent * _SHOULD_STAY_BELOW:
        return Verdict.FAIL, f"{told} It should stay below 0.1 %. {_SPAM_RATE}"
    return Verdict.PASS, f"{told} {_SPAM_RATE}"


def _joined(names: Sequence[str]) -> str:
    return " and ".join(names)


_VERDICTS = {
    Standing.MISSING: Verdict.FAIL,
    Standing.WRONG: Verdict.FAIL,
    Standing.UNKNOWN: Verdict.UNKNOWN,
    Standing.UNCHECKED: Verdict.UNKNOWN,
}
_ORDER: Callable[[Verdict], int] = (Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL).index
