"""The SPF terms that allow a relay to send: what its provider publishes, else the host itself."""

_PUBLISHED = {
    "amazonaws.com": "include:amazonses.com",
    "amazonses.com": "include:amazonses.com",
    "brevo.com": "include:spf.brevo.com",
    "gmail.com": "include:_spf.google.com",
    "google.com": "include:_spf.google.com",
    "mailgun.org": "include:mailgun.org",
    "mailjet.com": "include:spf.mailjet.com",
    "mandrillapp.com": "include:spf.mandrillapp.com",
    "office365.com": "include:spf.protection.outlook.com",
    "outlook.com": "include:spf.protection.outlook.com",
    "postmarkapp.com": "include:spf.mtasv.net",
    "resend.com": "include:amazonses.com",
    "sendgrid.net": "include:sendgrid.net",
    "sparkpostmail.com": "include:sparkpostmail.com",
    "zoho.com": "include:zohomail.com",
}


def terms_of(host: str) -> tuple[str, ...]:
    """The terms for a relay, by the name or address of its host. One of this machine gives none."""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return ()
    if ":" in host:
        return (f"ip6:{host}",)
    if host.replace(".", "").isdigit():
        return (f"ip4:{host}",)
    return (_of_provider(host) or f"a:{host}",)


def _of_provider(host: str) -> str | None:
    labels = host.split(".")
    names = (".".join(labels[at:]) for at in range(len(labels)))
    return next((_PUBLISHED[name] for name in names if name in _PUBLISHED), None)
