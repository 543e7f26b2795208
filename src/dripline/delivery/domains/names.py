"""Names of domains: read, and told from those that belong to everybody."""

from dripline.delivery.domains.suffixes import is_public_suffix
from dripline.delivery.message.addressing import Unmailable, wire_domain
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import Invalid, Problem, Unprocessable

_GOOGLE, _MICROSOFT, _YAHOO, _APPLE = ".gmail.com", ".office365.com", ".yahoo.com", ".mail.me.com"
# Where everybody can have an address, and nobody else may write from; and the relay through which its users send.
_PUBLIC_MAILBOXES = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GOOGLE),
    **dict.fromkeys(("outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de"), _MICROSOFT),
    **dict.fromkeys(("live.com", "live.co.uk", "live.fr", "live.de", "msn.com", "outlook.de"), _MICROSOFT),
    **dict.fromkeys(("outlook.fr", "outlook.es", "outlook.it", "passport.com"), _MICROSOFT),
    **dict.fromkeys(("yahoo.com", "yahoo.co.uk", "yahoo.co.in", "yahoo.co.jp", "yahoo.com.br"), _YAHOO),
    **dict.fromkeys(("yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "ymail.com", "rocketmail.com"), _YAHOO),
    **dict.fromkeys(("aol.com", "aim.com", "verizon.net"), ".aol.com"),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"), _APPLE),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.at", "gmx.ch"), ".gmx.net"),
    **dict.fromkeys(("gmx.com", "mail.com", "email.com"), ".mail.com"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), ".protonmail.ch"),
    **dict.fromkeys(("mail.ru", "bk.ru", "inbox.ru", "list.ru"), ".mail.ru"),
    **dict.fromkeys(("yandex.ru", "yandex.com", "ya.ru"), ".yandex.com"),
    **dict.fromkeys(("qq.com", "foxmail.com"), ".qq.com"),
    **dict.fromkeys(("163.com", "126.com", "yeah.net"), ".163.com"),
    "web.de": ".web.de",
    "t-online.de": ".t-online.de",
    "orange.fr": ".orange.fr",
    "wanadoo.fr": ".orange.fr",
    "free.fr": ".free.fr",
    "laposte.net": ".laposte.net",
    "libero.it": ".libero.it",
    "naver.com": ".naver.com",
    "comcast.net": ".comcast.net",
    "att.net": ".att.net",
    "btinternet.com": ".btinternet.com",
    "zoho.com": ".zoho.com",
    "fastmail.com": ".fastmail.com",
    "hey.com": ".hey.com",
    "tutanota.com": ".tutanota.com",
    "tuta.io": ".tutanota.com",
}


def is_public_mailbox(domain: str, *, relay: str | None = None) -> bool:
    """Whether everybody can have an address in a domain, so that mail from it may not be sent.

    It may through the domain's own relay, given by the name of its host.
    """
    home = _PUBLIC_MAILBOXES.get(domain.lower())
    return home is not None and (relay is None or not f".{relay.lower()}".endswith(home))


def read_domain(text: str, path: str) -> str:
    """A domain that mail may come from, in ASCII and lower case.

    Raises:
        Invalid: it is no domain.
        Unprocessable: it is a public one, which nobody can prove to be theirs.
    """
    name = text.strip().rstrip(".").lower()
    try:
        name = wire_domain(parse_address(f"postmaster@{name}").domain)
    except (ValueError, Unmailable):
        name = ""
    if not name:
        raise Invalid.at(path, "is no domain", found=repr(text[:80]), expected="a name such as mail.example.com")
    if is_public_mailbox(name):
        problem = f"{name} is a public mailbox domain: mail can only come from a domain that is yours"
        raise Unprocessable.of([Problem(path, problem, found=name)])
    if is_public_suffix(name):
        problem = f"{name} is a public suffix: domains are registered below it"
        raise Unprocessable.of([Problem(path, problem, found=name)])
    return name
