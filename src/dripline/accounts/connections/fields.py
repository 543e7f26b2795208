"""What each provider needs to be told, and how each word of it is read. Pure.

Whoever builds on a provider declares its fields here; routes, documentation and storage follow.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import idna

from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.presets import PRESETS

Parse: TypeAlias = Callable[[str], str]
"""Gives the text as it is kept. Raises ValueError when it is not what it should be."""

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class FieldOf:
    """One thing to tell a provider.

    `expected` completes "expected …". `leads`: it says where secrets are taken to, so that whoever changes it must
    give the secrets again: else it would be a way to read them.
    """

    name: str
    about: str
    expected: str
    parse: Parse
    secret: bool = False
    required: bool = False
    leads: bool = False


def _text(text: str) -> str:
    if not text.isprintable() or len(text) > _LONGEST:
        raise ValueError
    return text


def _word(text: str) -> str:
    if any(letter.isspace() for letter in text):
        raise ValueError
    return _text(text)


def _matching(pattern: str) -> Parse:
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return parse


def _one_of(*words: str) -> Parse:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return parse


def _whole(least: int, most: int) -> Parse:
    def parse(text: str) -> str:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError
        return str(int(text))

    return parse


def parse_host(text: str) -> str:
    """A host name or an IP address, in ASCII and lower case.

    Raises:
        ValueError: it is neither.
    """
    if re.fullmatch(r"[0-9A-Fa-f:.]+", text) and (":" in text or text.rpartition(".")[2].isdigit()):
        return urlsplit(f"//[{text}]" if ":" in text else f"//{text}").hostname or text
    return idna.encode(_word(text).lower().rstrip("."), uts46=True).decode()


def parse_domain(text: str) -> str:
    """A domain name with at least one dot, in ASCII and lower case.

    Raises:
        ValueError: it is none.
    """
    domain = parse_host(text)
    if "." not in domain or domain.rpartition(".")[2].isdigit() or ":" in domain:
        raise ValueError
    return domain


def _http_url(text: str) -> str:
    url = urlsplit(_word(text))
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment or url.username:
        raise ValueError
    _ = url.port
    return text.rstrip("/")


def _https_url(text: str) -> str:
    if urlsplit(text).scheme != "https":
        raise ValueError
    return _http_url(text)


def _secret(name: str, about: str, *, required: bool = True, parse: Parse = _word) -> FieldOf:
    return FieldOf(name, about, "text without spaces, as the provider shows it", parse, secret=True, required=required)


_HOST = "a host name or an IP address"
_DOMAIN = "a domain name such as mail.example.com"
_URL = "an http:// or https:// URL without query"
_PORT = "a whole number from 1 to 65535"
_STRIPE = FieldOf(
    "apiKey",
    "Secret or restricted key.",
    "a key that begins with sk_test_, sk_live_, rk_test_ or rk_live_",
    _matching(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{3,300}"),
    secret=True,
    required=True,
)
_SHOP = FieldOf(
    "shop",
    "Name of the shop.",
    "a name such as acme.myshopify.com",
    lambda text: _matching(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com")(text.lower()),
    required=True,
    leads=True,
)
_REGION = FieldOf("region", "Where the account is. Default `us`.", "us or eu", _one_of("us", "eu"))

FIELDS: Mapping[Provider, tuple[FieldOf, ...]] = {
    Provider.STRIPE: (_STRIPE,),
    Provider.SHOPIFY: (_SHOP, _secret("token", "Access token of the Admin API.")),
    Provider.SMTP: (
        FieldOf(
            "preset",
            "A provider whose host, port and encryption are known.",
            ", ".join(PRESETS),
            _one_of(*PRESETS),
            leads=True,
        ),
        FieldOf("host", "Host of the relay. Needed without `preset`.", _HOST, parse_host, leads=True),
        FieldOf("port", "Port of the relay. Default 587, or 465 with `implicit`.", _PORT, _whole(1, 65535), leads=True),
        FieldOf(
            "security",
            "`implicit`: TLS from the first byte; else when to use STARTTLS. Default `required`, or `implicit` on 465.",
            "implicit, required, opportunistic or never",
            _one_of("implicit", "required", "opportunistic", "never"),
            leads=True,
        ),
        FieldOf(
            "region",
            "Region of the account, with the presets `ses` (default `us-east-1`) and `mailgun` (default `us`).",
            "a region such as eu-west-1",
            _matching(r"[a-z]{2}(-[a-z]{2,12}){0,2}(-[0-9])?"),
            leads=True,
        ),
        FieldOf("username", "User to log in as. Known with the presets `sendgrid` and `resend`.", "text", _text),
        FieldOf("password", "Its password, or the API key.", "text", _text, secret=True),
        FieldOf("connections", "Most connections for each worker. Default 10.", "1 to 100", _whole(1, 100)),
        FieldOf(
            "snsTopic",
            "Topic of Amazon SNS by which SES reports; reports of no other topic are taken.",
            "an ARN such as arn:aws:sns:eu-west-1:123456789012:ses",
            _matching(r"arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{3,30}:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?"),
        ),
    ),
    Provider.POSTMARK: (
        _secret("serverToken", "API token of the server."),
        FieldOf(
            "messageStream",
            "Stream for mail of sequences. Default `broadcast`; transactional mail goes through `outbound`.",
            "the id of a message stream",
            _matching(r"[a-z0-9][a-z0-9_-]{0,99}"),
        ),
        _secret("webhookPassword", "Password that its webhooks give (basic authentication).", required=False),
    ),
    Provider.SENDGRID: (
        _secret("apiKey", "API key that may send mail."),
        _REGION,
        FieldOf(
            "webhookKey",
            "Key that its event webhook is verified with. Without it no event is taken.",
            "the verification key that SendGrid shows",
            _matching(r"[A-Za-z0-9+/]{40,2000}={0,2}"),
        ),
    ),
    Provider.MAILGUN: (
        _secret("apiKey", "Sending key of the domain, or API key."),
        FieldOf("domain", "Domain as Mailgun knows it.", _DOMAIN, parse_domain, required=True),
        _REGION,
        _secret("webhookKey", "HTTP webhook signing key. Without it no webhook is taken.", required=False),
    ),
    Provider.RESEND: (
        _secret("apiKey", "API key that may send mail."),
        _secret("webhookSecret", "Signing secret of the webhook. Without it no webhook is taken.", required=False),
    ),
    Provider.FILE: (),
    Provider.LLM: (
        FieldOf("baseUrl", "Where the endpoint is: OpenAI's own, or one like it.", _URL, _http_url, leads=True),
        FieldOf("model", "Name of the model.", "text", _text, required=True),
        _secret("apiKey", "API key, where the endpoint wants one.", required=False),
    ),
    Provider.IMAP: (
        FieldOf("host", "Host of the mailbox that bounces go to.", _HOST, parse_host, required=True, leads=True),
        FieldOf("port", "Port. Default 993, or 143 with `starttls`.", _PORT, _whole(1, 65535), leads=True),
        FieldOf("security", "Default `implicit`.", "implicit or starttls", _one_of("implicit", "starttls"), leads=True),
        FieldOf("username", "User to log in as.", "text", _text, required=True),
        FieldOf("password", "Its password. Needed without `tokenUrl`.", "text", _text, secret=True),
        FieldOf(
            "tokenUrl",
            "Where tokens are given (OAuth 2.0) that are used in the place of a password.",
            "an https:// URL without query",
            _https_url,
            leads=True,
        ),
        FieldOf("clientId", "Id of the app that asks for tokens. Needed with `tokenUrl`.", "text", _text),
        _secret("clientSecret", "Its secret. Needed with `tokenUrl` where there is no `refreshToken`.", required=False),
        _secret("refreshToken", "Refresh token of the mailbox. Without it the app asks for itself.", required=False),
        FieldOf("scope", "What the token is to be good for, where the provider wants to be told.", "text", _text),
        FieldOf("folder", "Folder to read. Default `INBOX`.", "text", _text),
        FieldOf("processed", "Folder that mail is moved to once it is kept. Else it is marked as read.", "text", _text),
    ),
}
