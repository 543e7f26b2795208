"""What reads the secrets of connections, what makes transports of them, and what asks their providers."""

from pathlib import Path
from typing import TYPE_CHECKING

from dripline.accounts.connections.checking import Checkers
from dripline.accounts.connections.model import CARRIERS, Connection, Provider
from dripline.accounts.connections.presets import relay_of
from dripline.accounts.sealing import Sealer
from dripline.authoring.models.checking import check_model
from dripline.delivery.calls.reaching import OPEN, Reach
from dripline.delivery.carriers import Connect
from dripline.delivery.discounts.shopify import check_shopify
from dripline.delivery.discounts.stripe import check_stripe
from dripline.delivery.transports.contract import Transport
from dripline.kernel.errors import Unprocessable
from dripline.kernel.ids import WorkspaceId, show
from dripline.settings import Settings

if TYPE_CHECKING:
    from dripline.delivery.transports.api import ApiTransport, Dialect

_CONNECTIONS = 10
_CHECK_SECONDS = 8.0


def make_sealer(settings: Settings) -> Sealer:
    """Seals with the master key, and opens with the former ones too.

    Raises:
        Unprocessable: the settings have no master key.
    """
    if settings.secret_key is None:
        raise Unprocessable("DRIPLINE_SECRET_KEY is not set.")
    return Sealer(settings.secret_key, settings.former_secret_keys)


def make_reach(settings: Settings) -> Reach:
    """Where connections may lead that somebody with a key has made."""
    return Reach(private=settings.private_connections)


def make_connect(settings: Settings) -> Connect:
    """How the connections that carry mail become transports. What each needs is imported with the first of its kind."""

    reach = make_reach(settings)

    def connect(workspace: WorkspaceId, connection: Connection) -> Transport:
        match connection.provider:
            case Provider.SMTP:
                from dripline.delivery.transports.smtp import SmtpTransport

                most = int(connection.settings.get("connections", _CONNECTIONS))
                timeout = settings.smtp_timeout_seconds
                return SmtpTransport(relay_of(connection), connections=most, timeout=timeout, reach=reach)
            case Provider.FILE:
                from dripline.delivery.transports.file import FileTransport

                return FileTransport(_folder(settings, workspace, connection))
            case _:
                return _api(connection, timeout=settings.smtp_timeout_seconds)

    return connect


def make_checkers(reach: Reach | None = None) -> Checkers:
    """How to ask each provider whether its connection is good. A folder of files has nobody to ask."""
    reach = reach or OPEN

    async def check(connection: Connection) -> str | None:
        if connection.provider is Provider.SMTP:
            from dripline.delivery.transports.smtp import SmtpTransport

            relay = SmtpTransport(relay_of(connection), connections=1, timeout=_CHECK_SECONDS, reach=reach)
            try:
                return await relay.check()
            finally:
                await relay.close()
        api = _api(connection, timeout=_CHECK_SECONDS)
        try:
            return await api.check()
        finally:
            await api.close()

    async def check_imap(connection: Connection) -> str | None:
        from dripline.delivery.feedback.polling import check_mailbox

        return await check_mailbox(connection, reach)

    async def check_llm(connection: Connection) -> str | None:
        return await check_model(connection, reach)

    return {
        **dict.fromkeys(CARRIERS - {Provider.FILE}, check),
        Provider.IMAP: check_imap,
        Provider.LLM: check_llm,
        Provider.STRIPE: check_stripe,
        Provider.SHOPIFY: check_shopify,
    }


def _api(connection: Connection, *, timeout: float | None) -> "ApiTransport":
    from dripline.delivery.transports.api import ApiTransport

    return ApiTransport(_dialect(connection), connections=_CONNECTIONS, timeout=timeout)


def _dialect(connection: Connection) -> "Dialect":
    told, secrets = connection.settings, connection.secrets
    region = told.get("region", "us")
    match connection.provider:
        case Provider.POSTMARK:
            from dripline.delivery.transports.postmark import Postmark

            return Postmark(secrets["serverToken"], told.get("messageStream", "broadcast"))
        case Provider.SENDGRID:
            from dripline.delivery.transports.sendgrid import SendGrid

            return SendGrid(secrets["apiKey"], region)
        case Provider.MAILGUN:
            from dripline.delivery.transports.mailgun import Mailgun

            return Mailgun(secrets["apiKey"], told["domain"], region)
        case Provider.RESEND:
            from dripline.delivery.transports.resend import Resend

            return Resend(secrets["apiKey"])
        case other:
            raise ValueError(f"a connection to {other} carries no mail")


def _folder(settings: Settings, workspace: WorkspaceId, connection: Connection) -> Path:
    return settings.data_dir.absolute() / "mail" / show("workspace", workspace) / connection.name
