"""Checking the connection to a model: one short question."""

from dripline.accounts.connections.model import Connection
from dripline.authoring.models.asking import AskedInVain, Form, Limits, Message, Model, NotAnswered
from dripline.authoring.models.endpoint import endpoint_in
from dripline.delivery.calls.reaching import Reach

# A check has ten seconds.
_LIMITS = Limits(seconds=9.0, bytes=100_000, tokens=64, tries=1)
_ASKED = (Message("user", 'Answer with {"ok": true}.'),)
_FORM = Form(
    "check",
    {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False},
)


async def check_model(connection: Connection, reach: Reach | None = None) -> str | None:
    """Why the model of a connection cannot be asked; None when it answers, whatever it says."""
    try:
        await Model(endpoint_in(connection, reach), _LIMITS).ask(_ASKED, _FORM)
    except (NotAnswered, AskedInVain) as error:
        return error.message
    return None
