"""Reading caught mail back: from the bytes, so that what is shown is what would have been sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import WorkspaceId, show

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A mail in the inbox, read by an ordinary parser. `sent_at` is in the workspace's time.

    Mail that no sequence sent has no step.
    """

    id: UUID
    to: str
    sender: str
    subject: str
    html: str | None
    text: str | None
    headers: Mapping[str, str]
    message_id: str
    kind: str
    sequence: str | None
    step: str | None
    sent_at: datetime


async def list_inbox(
    tx: Tx, workspace: WorkspaceId, *, email_key: str | None = None, limit: int, before: UUID | None = None
) -> list[CaughtMail]:
    """Caught mail, newest first, to one address where one is given, older than the mail `before`."""
    rows = await tx.rows(_sql["list_inbox"], workspace, email_key, before, limit)
    return [_caught(row) for row in rows]


async def raw_mail(tx: Tx, workspace: WorkspaceId, mail: UUID) -> bytes:
    """One caught mail to the byte.

    Raises:
        NotFound: there is none by that id.
    """
    content: bytes | None = await tx.value(_sql["raw_mail"], workspace, mail)
    if content is None:
        raise NotFound.of("caught mail", show("inbox", mail))
    return content


async def clear_inbox(tx: Tx, workspace: WorkspaceId) -> int:
    """Throw all caught mail away; gives how much there was."""
    return await tx.run(_sql["clear_inbox"], workspace)


def _caught(row: Row) -> CaughtMail:
    mail = message_from_bytes(row["content"], EmailMessage, policy=policy.default)
    return CaughtMail(
        id=row["id"],
        to=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        html=_part(mail, "html"),
        text=_part(mail, "plain"),
        headers={name: str(value) for name, value in mail.items()},
        message_id=str(mail["Message-ID"]).strip("<>"),
        kind=row["kind"],
        sequence=row["sequence"],
        step=row["step"],
        sent_at=row["sent_at"],
    )


def _part(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return None
    content: str = part.get_content()
    return content
