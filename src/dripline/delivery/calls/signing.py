"""The secret that calls are signed with (Standard Webhooks): one for each workspace, derived from the master key."""

import base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dripline.kernel.ids import WorkspaceId

_PURPOSE = b"dripline webhook steps 1"
_BYTES = 32


def signing_secret(master: str, workspace: WorkspaceId) -> str:
    """`whsec_…`, always the same for a workspace and a master key."""
    derived = HKDF(SHA256(), _BYTES, salt=workspace.bytes, info=_PURPOSE).derive(master.encode())
    return f"whsec_{base64.b64encode(derived).decode()}"
