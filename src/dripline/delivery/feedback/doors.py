"""The public addresses that providers report to: one for each workspace and provider, which nobody can guess."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from uuid import UUID

from dripline.delivery.feedback.inbound import Source
from dripline.delivery.feedback.providers.contract import Fetch, Reporter
from dripline.delivery.feedback.providers.mailgun import Mailgun
from dripline.delivery.feedback.providers.postmark import Postmark
from dripline.delivery.feedback.providers.resend import Resend
from dripline.delivery.feedback.providers.sendgrid import SendGrid
from dripline.delivery.feedback.providers.ses import Ses
from dripline.kernel.ids import WorkspaceId

_MAC = 16


def reporters(fetch: Fetch) -> Mapping[Source, Reporter]:
    """Those who report by webhook."""
    return {
        Source.SES: Ses(fetch),
        Source.POSTMARK: Postmark(),
        Source.SENDGRID: SendGrid(),
        Source.MAILGUN: Mailgun(),
        Source.RESEND: Resend(),
    }


class ReportingDoors:
    """Makes and reads the addresses. They work for as long as the secret key, or a former one, is known."""

    def __init__(self, secret_key: str, public_url: str, former: Sequence[str] = ()) -> None:
        self._keys = [hashlib.blake2b(key.encode(), person=b"reports").digest() for key in (secret_key, *former)]
        self._base = public_url.rstrip("/")

    def url(self, workspace: WorkspaceId, source: Source) -> str:
        """Where a provider sends its reports about the mail of a workspace."""
        token = base64.urlsafe_b64encode(workspace.bytes + _mac(self._keys[0], workspace, source))
        return f"{self._base}/webhooks/in/{source}/{token.rstrip(b'=').decode()}"

    def read(self, source: Source, token: str) -> WorkspaceId | None:
        """Whose address it is, or None when it is not one of ours."""
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(data) != 16 + _MAC:
            return None
        workspace = WorkspaceId(UUID(bytes=data[:16]))
        good = any(hmac.compare_digest(data[16:], _mac(key, workspace, source)) for key in self._keys)
        return workspace if good else None


def _mac(key: bytes, workspace: WorkspaceId, source: Source) -> bytes:
    return hashlib.blake2b(workspace.bytes + source.encode(), key=key, digest_size=_MAC).digest()
