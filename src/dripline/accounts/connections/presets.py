"""Providers whose relays are known, and the relay that a connection names. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from dripline.accounts.connections.model import Connection
from dripline.kernel.relays import Credentials, Relay, Security


@dataclass(frozen=True, slots=True)
class Preset:
    """The relay of a provider. `host` may hold `{region}`; `username` is the one that all its users have."""

    host: str
    region: str = ""
    regions: Mapping[str, str] | None = None
    username: str | None = None

    def host_in(self, region: str | None) -> str:
        if self.regions is not None:
            return self.regions.get(region or self.region, self.host)
        return self.host.format(region=region or self.region)


PRESETS: Mapping[str, Preset] = {
    "gmail": Preset("smtp.gmail.com"),
    "mailgun": Preset("smtp.mailgun.org", "us", {"us": "smtp.mailgun.org", "eu": "smtp.eu.mailgun.org"}),
    "postmark": Preset("smtp.postmarkapp.com"),
    "resend": Preset("smtp.resend.com", username="resend"),
    "sendgrid": Preset("smtp.sendgrid.net", username="apikey"),
    "ses": Preset("email-smtp.{region}.amazonaws.com", "us-east-1"),
}

_SUBMISSION, _SUBMISSION_OVER_TLS = 587, 465


def relay_of(connection: Connection) -> Relay:
    """The relay that a connection of the provider `smtp` names."""
    told = connection.settings
    preset = PRESETS[told["preset"]] if "preset" in told else None
    host = preset.host_in(told.get("region")) if preset is not None else told["host"]
    port = int(told.get("port", 0))
    implied = Security.IMPLICIT if port == _SUBMISSION_OVER_TLS else Security.REQUIRED
    security = Security(told.get("security", implied))
    username = told.get("username") or (preset.username if preset is not None else None)
    password = connection.secrets.get("password")
    credentials = Credentials(username, password) if username and password else None
    usual = _SUBMISSION_OVER_TLS if security is Security.IMPLICIT else _SUBMISSION
    return Relay(host, port or usual, security, credentials)
