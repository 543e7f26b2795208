"""The secret that the calls of webhook steps are signed with."""

import msgspec
from litestar import get

from dripline.api.parameters import Calling


class SigningSecretShape(msgspec.Struct, frozen=True):
    """A secret of Standard Webhooks."""

    secret: str


@get("/webhook-signing-secret")
async def get_signing_secret(caller: Calling) -> SigningSecretShape:
    """The secret of this workspace. It changes with the master key of the installation, and only with it."""
    return SigningSecretShape(caller.services.signing_secret(caller.id))


ROUTES = [get_signing_secret]
